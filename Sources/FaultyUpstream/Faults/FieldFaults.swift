/// Header fields: malformed, too big, repeated, hop-by-hop.
let fieldFaults: [Fault] = malformedFaults + sizeFaults + repeatedFaults

private let oddButRead = Expected.either(.good, .protocolError)

/// A good response with these further fields, after which the connection is used on.
private func fields(_ name: String, _ fields: String..., to summary: String, _ expected: Expected) -> Fault {
    Fault(name, .fields, summary, expected, reply(answer("ok\n", fields: fields, line: "HTTP/1.1 200 OK"), .serve))
}

private let malformedFaults: [Fault] = [
    fields("field-no-colon", "BrokenHeader", to: "a field line without a colon", .protocolError),
    fields("field-words", "foo bar baz", to: "the field line 'foo bar baz'", .protocolError),
    fields("field-space-colon", "X-A : 1", to: "a space before the colon", .protocolError),
    fields("field-tab-colon", "X-A\t: 1", to: "a tab before the colon", .protocolError),
    Fault(
        "length-space-colon", .fields, "'Content-Length : 3'", .protocolError,
        reply(head("Content-Length : 3") + "ok\n", .held)),
    Fault(
        "coding-space-colon", .fields, "'Transfer-Encoding : chunked'", .protocolError,
        reply(head("Transfer-Encoding : chunked") + chunkedOK)),
    fields("name-empty", ": value", to: "a field without a name", .protocolError),
    fields("field-leading-space", " X-A: 1", to: "the first field line begins with a space", .protocolError),
    fields("field-folded", "X-A: 1", " folded", to: "a folded field (obs-fold)", .protocolError),
    fields("field-folded-tab", "X-A: 1", "\tfolded", to: "a field folded with a tab", .protocolError),
    fields("value-nul", "X-A: a\u{0}b", to: "a NUL in a value", .protocolError),
    fields("value-cr", "X-A: a\rInjected: yes", to: "a bare CR in a value", .protocolError),
    fields("value-control", "X-A: a\u{1}b", to: "0x01 in a value", oddButRead),
    fields("value-del", "X-A: a\u{7f}b", to: "0x7F in a value", oddButRead),
    fields("value-8bit", "X-A: caf\u{e9}", to: "0xE9 in a value (obs-text, legal)", .good),
    fields("value-empty", "X-A:", to: "an empty value (legal)", .good),
    fields("name-nul", "X\u{0}A: 1", to: "a NUL in a name", .protocolError),
    fields("name-8bit", "X-\u{e9}: 1", to: "0xE9 in a name", .protocolError),
    fields("name-parentheses", "X(A): 1", to: "parentheses in a name", .protocolError),
    fields("name-at", "X@A: 1", to: "'@' in a name", .protocolError),
    fields("name-slash", "X/A: 1", to: "'/' in a name", .protocolError),
    fields("name-underscore", "X_A: 1", to: "'_' in a name (legal)", .good),
    Fault(
        "lines-lf", .fields, "every line ends in a bare LF", oddButRead,
        reply("HTTP/1.1 200 OK\nContent-Length: 3\nX-A: 1\n\nok\n", .serve)),
    Fault(
        "lines-one-lf", .fields, "one line ends in a bare LF", oddButRead,
        reply("HTTP/1.1 200 OK\r\nX-A: 1\nContent-Length: 3\r\n\r\nok\n", .serve)),
    Fault(
        "lines-crcrlf", .fields, "a line ends in CR CR LF", oddButRead,
        reply("HTTP/1.1 200 OK\r\nX-A: 1\r\r\nContent-Length: 3\r\n\r\nok\n", .serve)),
]

private let sizeFaults: [Fault] = [
    Fault(
        "field-big", .fields, "one big field (nginx's buffer for the head is 4 KiB)", .fails(502, .headTooBig),
        with: [.size: 20_480]
    ) { knobs in
        [
            .readAll,
            .send("HTTP/1.1 200 OK\r\nX-Big: " + .repeated("z", knobs[.size]) + "\r\nContent-Length: 3\r\n\r\nok\n"),
            .serve,
        ]
    },
    Fault("fields-many", .fields, "many short fields", .fails(502, .headTooBig), with: [.count: 1000]) { knobs in
        let lines = (0..<knobs[.count]).map { "X-\($0): \($0)" }
        return reply(answer("ok\n", fields: lines, line: "HTTP/1.1 200 OK"), .serve)
    },
    Fault(
        "fields-endless", .fields, "field lines that take no end", .fails(502, .headTooBig),
        with: [.size: 440_000, .interval: 20]
    ) { knobs in
        [
            .readAll, .send("HTTP/1.1 200 OK\r\n"),
            .dribble(
                .repeated("X-A: 0123456789abcde\r\n", knobs[.size] / 22), bytes: 8800, milliseconds: knobs[.interval]),
            .held,
        ]
    },
]

private let repeatedFaults: [Fault] = [
    fields(
        "twice-server-date", "Server: a", "Server: b", "Date: x", "Date: y",
        to: "two Server and two Date lines", .good),
    fields("twice-type", "Content-Type: text/plain", "Content-Type: text/html", to: "two Content-Type lines", .good),
    Fault(
        "twice-location", .fields, "a 302 with two Location lines", .passes(302),
        reply(answer("", "Location: /a", "Location: /b", line: "HTTP/1.1 302 Found"), .serve)),
    fields(
        "twice-validators", "ETag: \"a\"", "ETag: \"b\"", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT",
        "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT", to: "two ETag and two Last-Modified lines", .good),
    fields(
        "three-cookies", "Set-Cookie: a=1", "Set-Cookie: b=2", "Set-Cookie: c=3", to: "three Set-Cookie lines (legal)",
        .good),
    Fault(
        "connection-names-field", .fields, "'Connection: close, X-Hop' and 'X-Hop: 1', which must not be passed on",
        .good,
        reply(answer("ok\n", "Connection: close, X-Hop", "X-Hop: 1"))),
    fields(
        "hop-by-hop", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "Trailer: X-T", "Upgrade: h2c",
        "TE: gzip",
        to: "hop-by-hop fields in a 200", .good),
    fields("dates-bad", "Date: yesterday", "Last-Modified: soon", "Expires: 0", to: "dates that are none", .good),
]
