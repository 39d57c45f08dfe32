/// What stands where a status line should, and status lines that are odd.
let statusLineFaults: [Fault] = noStatusLineFaults + statusFaults + versionFaults + foreignFaults

private let oddButRead = Expected.either(.good, .protocolError)

private let noStatusLineFaults: [Fault] = [
    Fault("garbage-line", .statusLine, "'hello' and a line feed, FIN", .protocolError, reply("hello\n")),
    Fault(
        "garbage-line-held", .statusLine, "'hello' and a line feed, held open", .protocolError,
        reply("hello\n", .held)),
    Fault("garbage-bytes", .statusLine, "'hello' without an end of line, FIN", .protocolError, reply("hello")),
    Fault(
        "garbage-bytes-held", .statusLine, "'hello' without an end of line, held open", .protocolError,
        reply("hello", .held)),
    Fault(
        "bare-html", .statusLine, "a page without any head, as in HTTP/0.9", .protocolError,
        reply("<html><body>hi</body></html>\n")),
    Fault("bare-html-big", .statusLine, "a big page without any head", .protocolError, with: [.size: 100_000]) {
        knobs in
        reply("<html>" + .repeated("y", knobs[.size]) + "</html>\n")
    },
    Fault(
        "bare-html-reset", .statusLine, "the beginning of a page without any head, then reset", .protocolError,
        [.readAll, .send("<html>partial"), .sleep(milliseconds: 200), .reset]),
    Fault(
        "response-inside-garbage", .statusLine, "a garbage line with a whole response after it (response injection)",
        .protocolError,
        reply("x\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nevil\n")),
    Fault(
        "status-letters", .statusLine, "'HTTP/1.1 abc'", .protocolError,
        reply("HTTP/1.1 abc\r\nContent-Length: 3\r\n\r\nok\n")),
]

private func line(_ name: String, _ line: String, _ expected: Expected, _ summary: String? = nil) -> Fault {
    Fault(name, .statusLine, summary ?? "'\(line)'", expected, reply(answer(line: line), .held))
}

private let statusFaults: [Fault] = [
    line("status-099", "HTTP/1.1 099 X", .protocolError),
    line("status-000", "HTTP/1.1 000 X", .protocolError),
    line("status-1000", "HTTP/1.1 1000 X", .protocolError),
    line("status-20", "HTTP/1.1 20 X", .protocolError),
    line("status-2", "HTTP/1.1 2 X", .protocolError),
    line("status-199", "HTTP/1.1 199 X", .protocolError, "an unknown interim status with a body, and nothing after it"),
    line("status-600", "HTTP/1.1 600 X", .either(.passes(600), .protocolError)),
    line("status-999", "HTTP/1.1 999 X", .either(.passes(999), .protocolError)),
    line("status-negative", "HTTP/1.1 -200 X", .protocolError),
    line("status-2x0", "HTTP/1.1 2x0 X", .protocolError),
    line("phrase-missing", "HTTP/1.1 200", .good, "'HTTP/1.1 200' without a phrase or the space before it"),
    line("phrase-empty", "HTTP/1.1 200 ", .good, "'HTTP/1.1 200 ' with an empty phrase (legal)"),
    line("phrase-glued", "HTTP/1.1 200OK", .protocolError),
    line("phrase-nul", "HTTP/1.1 200 O\u{0}K", oddButRead, "a NUL in the phrase"),
    line("phrase-cr", "HTTP/1.1 200 O\rX: y", .protocolError, "a bare CR in the phrase"),
    line("phrase-8bit", "HTTP/1.1 200 O\u{e9}", oddButRead, "0xE9 in the phrase"),
    Fault("phrase-long", .statusLine, "a long phrase", .fails(502, .headTooBig), with: [.size: 10_000]) { knobs in
        [
            .readAll, .send("HTTP/1.1 200 " + .repeated("r", knobs[.size]) + "\r\nContent-Length: 3\r\n\r\nok\n"),
            .held,
        ]
    },
]

private let versionFaults: [Fault] = [
    line("version-two-spaces", "HTTP/1.1  200 OK", oddButRead),
    line("version-tab", "HTTP/1.1\t200 OK", .protocolError, "a tab after the version"),
    line("version-leading-space", " HTTP/1.1 200 OK", .protocolError),
    Fault(
        "version-leading-crlf", .statusLine, "CRLF before the status line", oddButRead,
        reply("\r\n" + answer(), .held)),
    line("version-lowercase", "http/1.1 200 OK", oddButRead),
    line("version-icy", "ICY 200 OK", .protocolError),
    line("version-2.0", "HTTP/2.0 200 OK", oddButRead),
    line("version-2", "HTTP/2 200 OK", .protocolError),
    line("version-1.2", "HTTP/1.2 200 OK", oddButRead),
    line("version-1.10", "HTTP/1.10 200 OK", oddButRead),
    line("version-0.9", "HTTP/0.9 200 OK", .protocolError),
    Fault(
        "status-line-lf", .statusLine, "the status line ends in a bare LF, the rest in CRLF", .good,
        reply("HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\nok\n", .held)),
]

/// Other protocols on the port.
private let foreignFaults: [Fault] = [
    Fault(
        "http2-settings", .statusLine, "HTTP/2: a SETTINGS and a WINDOW_UPDATE frame", .protocolError,
        reply(http2Settings + "\0\0\u{4}\u{8}\0\0\0\0\0\0\0\u{1}\0", .held)),
    Fault(
        "http2-goaway", .statusLine, "HTTP/2: SETTINGS, GOAWAY, FIN", .protocolError,
        reply(http2Settings + "\0\0\u{8}\u{7}\0\0\0\0\0\0\0\0\0\0\0\0\u{1}")),
    Fault(
        "ssh-banner", .statusLine, "an SSH server: its banner first, then it waits", .protocolError,
        [.send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), .held]),
    Fault(
        "smtp-banner", .statusLine, "an SMTP server", .protocolError,
        [.send("220 mail.test ESMTP\r\n"), .readHead, .send("500 unrecognized\r\n"), .finish]),
    Fault(
        "tls-alert", .statusLine, "a TLS port: a fatal alert, FIN", .protocolError,
        reply("\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{46}")),
    Fault(
        "tls-port-400", .statusLine, "a TLS port that answers plain HTTP with 400", .passes(400),
        reply(answer("plain HTTP to a TLS port\n", line: "HTTP/1.1 400 Bad Request"))),
]

private let http2Settings: Payload = "\0\0\u{6}\u{4}\0\0\0\0\0\0\u{3}\0\0\0\u{64}"
