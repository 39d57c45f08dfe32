/// Responses without a body by definition (RFC 9112 §6.3), and what comes with them or after them.
let bodilessFaults: [Fault] = [
    Fault(
        "204-length-body", .bodiless, "204 with a Content-Length and a body", .passes(204),
        reply(answer("BODY\n", line: "HTTP/1.1 204 No Content"), .serve)),
    Fault(
        "204-body", .bodiless, "204 with a body and no length", .passes(204),
        reply(head(line: "HTTP/1.1 204 No Content") + "BODY\n", .serve)),
    Fault(
        "204-chunked", .bodiless, "204 with a chunked body", .passes(204),
        reply(head("Transfer-Encoding: chunked", line: "HTTP/1.1 204 No Content") + chunkedOK, .serve)),
    Fault(
        "304-body", .bodiless, "304 with a body", .passes(304),
        reply(answer("BODY\n", line: "HTTP/1.1 304 Not Modified"), .serve)),
    Fault(
        "304-length", .bodiless, "304 with a Content-Length and no body (legal)", .passes(304),
        reply(head("Content-Length: 5", line: "HTTP/1.1 304 Not Modified"), .serve)),
    Fault(
        "205-body", .bodiless, "205 with a body", .passes(205),
        reply(answer("BODY\n", line: "HTTP/1.1 205 Reset Content"), .serve)),
    Fault("head-body", .bodiless, "HEAD answered with a body", .good, reply(answer("BODY\n"), .serve)),
    Fault(
        "head-length", .bodiless, "HEAD answered with a Content-Length and no body (legal), the next request with one",
        .good,
        [.readAll, .send(head("Content-Length: 5")), .readAll, .send(answer("12345")), .serve]),
    Fault(
        "head-chunked", .bodiless, "HEAD answered with Transfer-Encoding and no body (legal)", .good,
        reply(chunkedHead, .serve)),
    Fault(
        "head-unframed", .bodiless, "HEAD answered without a length, held open (legal)", .good,
        reply(head(), .held)),
    late("head-body-late", "HEAD's body comes after the next request was sent", head("Content-Length: 5")),
    late("204-body-late", "204's body comes after the next request was sent", head(line: "HTTP/1.1 204 No Content")),
    late(
        "304-body-late", "304's body comes after the next request was sent",
        head("Content-Length: 5", line: "HTTP/1.1 304 Not Modified")),
    late("surplus-late", "bytes beyond the Content-Length come after the next request was sent", answer()),
    Fault(
        "response-late", .bodiless, "a whole second response comes after the next request was sent", .good,
        [
            .readAll, .send(answer()), .sleep(milliseconds: 400), .send(answer("evil\n")), .readAll,
            .send(answer("second\n")), .serve,
        ]),
    Fault(
        "http10-fin", .bodiless, "HTTP/1.0, body until FIN (legal)", .good,
        reply(head(line: "HTTP/1.0 200 OK") + "old\n")),
    Fault(
        "http10-keepalive", .bodiless, "HTTP/1.0 with Connection: keep-alive (legal)", .good,
        [.answerAll(answer("old\n", "Connection: keep-alive", line: "HTTP/1.0 200 OK"))]),
    Fault(
        "http10-held", .bodiless, "HTTP/1.0 with a Content-Length, held open", .good,
        reply(answer("old\n", line: "HTTP/1.0 200 OK"), .held)),
    Fault(
        "close-but-held", .bodiless, "'Connection: close', but held open", .good,
        reply(answer("ok\n", "Connection: close"), .held)),
]

private func late(_ name: String, _ summary: String, _ first: Payload) -> Fault {
    Fault(
        name, .bodiless, summary, .either(.good, .protocolError),
        [
            .readAll, .send(first), .sleep(milliseconds: 400), .send("BODY\n"), .readAll, .send(answer("second\n")),
            .serve,
        ])
}

/// Kept connections: the first request is answered well, then the connection fails. A gateway that tries once more on
/// a new connection gets a good answer; for a method that is not idempotent it must not (RFC 9110 §9.2.2).
let reuseFaults: [Fault] = [
    reuse("stale-fin", "FIN on reading the second request", .either(.good, .terminated), [.readHead, .finish]),
    reuse(
        "stale-reset", "close() with the second request unread: a reset", .either(.good, .terminated), [.peek, .close]),
    reuse("stale-idle-fin", "FIN while idle", .good, [pause, .finish]),
    reuse("stale-idle-reset", "reset while idle", .good, [pause, .reset]),
    reuse(
        "stale-partial", "a piece of a status line for the second request, FIN", .either(.good, .incomplete),
        [.readAll, .send("HTTP/1.1 2"), .finish]),
    reuse("stale-408-idle", "408 while idle, FIN", .good, [pause, .send(timedOut), .finish]),
    reuse(
        "stale-408-reuse", "408 at the moment of reuse, then a reset", .either(.good, .passes(408)),
        [.peek, .send(timedOut), .close]),
    reuse("stale-stall", "silence on the second request", .late, [.readHead, .stall(milliseconds: nil)]),
    Fault(
        "stale-always", .reuse, "after the first request every one ends with FIN, on new connections as well",
        .terminated,
        with: [.after: 1]
    ) { _ in [.readHead, .finish] },
]

private let timedOut = answer("timed out\n", line: "HTTP/1.1 408 Request Timeout")

private func reuse(_ name: String, _ summary: String, _ expected: Expected, _ then: [Step]) -> Fault {
    Fault(name, .reuse, summary, expected, [.readAll, .send(answer("one\n"))] + then)
}
