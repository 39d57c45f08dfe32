/// Responses and ends before the request was read.
let earlyResponseFaults: [Fault] = [
    Fault(
        "early-413-fin", .earlyResponse, "413 before the body is read, then FIN and reading on", .passes(413),
        [.readHead, .send(tooBig), .finish]),
    Fault(
        "early-413-close", .earlyResponse, "413 before the body is read, then close(): a reset", .passes(413),
        [.readHead, .send(tooBig), pause, .close]),
    Fault(
        "early-413-reset", .earlyResponse, "413 and a reset at once", .either(.passes(413), .terminated),
        [.readHead, .send(tooBig), .reset]),
    Fault(
        "early-413-held", .earlyResponse, "413, then the body is never read", .passes(413),
        [.readHead, .send(tooBig), .stall(milliseconds: nil)]),
    Fault(
        "early-200-close", .earlyResponse, "200 with the body unread, then close()", .good,
        [.readHead, .send(answer()), pause, .close]),
    Fault(
        "answer-before-request", .earlyResponse, "200 before any byte of the request is read",
        .either(.good, .protocolError),
        [.send(answer("early\n")), .held]),
    Fault("reset-in-upload", .earlyResponse, "reset while the request's body comes", .terminated, with: [.bytes: 0]) {
        knobs in
        [.readHead, .read(bytes: knobs[.bytes]), pause, .reset]
    },
    Fault(
        "fin-in-upload", .earlyResponse, "FIN while the request's body comes, reading on", .terminated,
        with: [.bytes: 0]
    ) { knobs in
        [.readHead, .read(bytes: knobs[.bytes]), pause, .finish]
    },
]

private let tooBig = answer("too big\n", line: "HTTP/1.1 413 Content Too Large")
private let goOn: Payload = "HTTP/1.1 100 Continue\r\n\r\n"
private let hints: Payload = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"

/// Interim responses (RFC 9110 §15.2).
let interimFaults: [Fault] = [
    Fault("continue", .interim, "100, then 200", .good, reply(goOn + answer(), .serve)),
    Fault(
        "continue-expected", .interim, "100 after the head, 200 after the body", .good,
        [.readHead, .send(goOn), .readBody, .send(answer()), .serve]),
    Fault(
        "continue-unread", .interim, "100 and 200, the body never read", .good,
        [.readHead, .send(goOn), pause, .send(answer()), .held]),
    Fault(
        "expectation-failed", .interim, "417", .passes(417),
        reply(answer("expectation failed\n", line: "HTTP/1.1 417 Expectation Failed"), .serve)),
    Fault("continue-then-fin", .interim, "100, then 200, then FIN", .good, reply(goOn + answer())),
    Fault("continue-many", .interim, "several 100, then 200", .good, with: [.count: 3]) { knobs in
        reply(.repeated("HTTP/1.1 100 Continue\r\n\r\n", min(knobs[.count], 10_000)) + answer(), .serve)
    },
    Fault(
        "continue-pause", .interim, "100, 200 ms, then 200", .good,
        [.readAll, .send(goOn), .sleep(milliseconds: 200), .send(answer()), .serve]),
    Fault("continue-fin", .interim, "100, then FIN", .incomplete, reply(goOn)),
    Fault("continue-stall", .interim, "100, then silence", .late, reply(goOn, .held)),
    Fault(
        "continue-length", .interim, "100 with a Content-Length and no body, then 200", .either(.good, .protocolError),
        reply(head("Content-Length: 5", line: "HTTP/1.1 100 Continue") + answer(), .serve)),
    Fault("continue-garbage", .interim, "100, then no status line", .protocolError, reply(goOn + "garbage\r\n\r\n")),
    Fault("processing", .interim, "102, then 200", .good, reply("HTTP/1.1 102 Processing\r\n\r\n" + answer(), .serve)),
    Fault("hints", .interim, "103, then 200", .good, reply(hints + answer(), .serve)),
    Fault(
        "hints-pause", .interim, "103, 200 ms, then 200", .good,
        [.readAll, .send(hints), .sleep(milliseconds: 200), .send(answer()), .serve]),
    Fault("hints-fin", .interim, "103, then FIN", .incomplete, reply(hints)),
    Fault("hints-stall", .interim, "103, then silence", .late, reply(hints, .held)),
    Fault("hints-many", .interim, "a hundred 103, then 200", .either(.good, .protocolError), with: [.count: 100]) {
        knobs in
        let all = Payload.repeated(
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", min(knobs[.count], 10_000))
        return reply(all + answer(), .serve)
    },
    Fault(
        "hints-http10", .interim, "103 in HTTP/1.0, then 200", .either(.protocolError, .good),
        reply("HTTP/1.0 103 Early Hints\r\n\r\n" + answer(), .serve)),
    Fault("interim-unknown", .interim, "199, then 200", .good, reply("HTTP/1.1 199 What\r\n\r\n" + answer(), .serve)),
]

/// Upgrades (RFC 9110 §7.8) and the tunnels after them.
let tunnelFaults: [Fault] = [
    Fault(
        "switch-unasked", .tunnel, "101 that nobody asked for", .fails(502, .upgradeFailed),
        reply(
            head("Upgrade: foo", "Connection: Upgrade", line: "HTTP/1.1 101 Switching Protocols") + "TUNNEL",
            .held)),
    Fault(
        "tunnel-echo", .tunnel, "101, then every byte comes back (legal)", .passes(101),
        [.readHead, .switchProtocols, .echo]),
    Fault(
        "tunnel-reset", .tunnel, "101, two bytes, then reset", .cuts(101, .responseIncomplete),
        [.readHead, .switchProtocols, .send("hi"), .sleep(milliseconds: 200), .reset]),
    Fault(
        "tunnel-fin", .tunnel, "101, two bytes, then FIN (legal)", .passes(101),
        [.readHead, .switchProtocols, .send("hi"), .sleep(milliseconds: 200), .finish]),
    Fault("upgrade-ignored", .tunnel, "200 where an upgrade was asked for (legal)", .good, reply(answer(), .serve)),
    Fault(
        "switch-without-field", .tunnel, "101 without an Upgrade field",
        .either(.passes(101), .fails(502, .upgradeFailed)),
        [.readHead, .send("HTTP/1.1 101 Switching Protocols\r\n\r\n"), .echo]),
    Fault("upgrade-fin", .tunnel, "FIN where an upgrade was asked for", .terminated, [.readHead, .finish]),
]
