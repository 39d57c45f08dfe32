/// Bodies that end too early, or too late.
let truncationFaults: [Fault] = lengthCuts + chunkCuts + unframedCuts + surplusFaults + bodyStalls

private func cutLength(_ knobs: Fault.Settings) -> Payload {
    head("Content-Length: \(knobs[.size])") + .repeated("x", knobs[.bytes])
}

private let lengthCuts: [Fault] = [
    Fault(
        "length-cut-fin", .truncation, "a part of the Content-Length, FIN", .cutShort, with: [.size: 100, .bytes: 40]
    ) { knobs in
        replyThenPause(cutLength(knobs), .finish)
    },
    Fault(
        "length-cut-reset", .truncation, "a part of the Content-Length, reset", .cutShort,
        with: [.size: 100, .bytes: 40]
    ) { knobs in
        replyThenPause(cutLength(knobs), .reset)
    },
    Fault(
        "length-empty-fin", .truncation, "'Content-Length: 100', no body at all, FIN", .either(.cutShort, .incomplete),
        replyThenPause(head("Content-Length: 100"), .finish)),
    Fault("length-big-fin", .truncation, "1 MB of 2 MB, FIN", .cutShort, with: [.size: 2_000_000, .bytes: 1_000_000]) {
        knobs in
        replyThenPause(cutLength(knobs), .finish)
    },
    Fault(
        "length-big-reset", .truncation, "1 MB of 2 MB, reset", .cutShort,
        with: [.size: 2_000_000, .bytes: 1_000_000]
    ) { knobs in
        replyThenPause(cutLength(knobs), .reset)
    },
    Fault(
        "html-cut", .truncation, "half of an HTML page of 2,000 bytes, FIN (for gateways that compress)", .cutShort,
        replyThenPause(head("Content-Type: text/html", "Content-Length: 2000") + .repeated("x", 1000), .finish)),
]

private let chunkCuts: [Fault] = [
    Fault("chunk-cut-fin", .truncation, "FIN inside a chunk of 100 bytes", .cutShort, with: [.bytes: 40]) { knobs in
        replyThenPause(chunkedHead + "64\r\n" + .repeated("x", min(knobs[.bytes], 100)), .finish)
    },
    Fault("chunk-cut-reset", .truncation, "reset inside a chunk of 100 bytes", .cutShort, with: [.bytes: 40]) {
        knobs in
        replyThenPause(chunkedHead + "64\r\n" + .repeated("x", min(knobs[.bytes], 100)), .reset)
    },
    Fault(
        "chunk-no-last", .truncation, "FIN after a whole chunk, no last chunk", .cutShort,
        replyThenPause(chunkedHead + "3\r\nok\n\r\n", .finish)),
    Fault(
        "chunk-half-last", .truncation, "FIN after the last chunk's size, its blank line missing", .cutShort,
        replyThenPause(chunkedHead + "3\r\nok\n\r\n0\r\n", .finish)),
]

private let unframedCuts: [Fault] = [
    Fault("unframed-fin", .truncation, "no length, the body ends with FIN (legal)", .good, with: [.bytes: 40]) {
        knobs in
        replyThenPause(head() + .repeated("x", knobs[.bytes]), .finish)
    },
    Fault("unframed-reset", .truncation, "no length, the body ends with a reset", .cutShort, with: [.bytes: 40]) {
        knobs in
        replyThenPause(head() + .repeated("x", knobs[.bytes]), .reset)
    },
    Fault(
        "unframed-empty-reset", .truncation, "no length, reset before the first byte of the body",
        .either(.cutShort, .terminated),
        replyThenPause(head(), .reset)),
    Fault("unframed-big-reset", .truncation, "no length, reset after 1 MB", .cutShort, with: [.bytes: 1_000_000]) {
        knobs in
        replyThenPause(head() + .repeated("x", knobs[.bytes]), .reset)
    },
    Fault(
        "unframed-dribble", .truncation, "no length, five bytes one by one, FIN (legal)", .good, with: [.interval: 400]
    ) { knobs in
        [.readAll, .send(head()), .dribble("12345", bytes: 1, milliseconds: knobs[.interval]), .finish]
    },
]

private let surplusFaults: [Fault] = [
    Fault(
        "length-surplus", .truncation, "five bytes more than the Content-Length", .good,
        reply(answer() + "EXTRA", .serve)),
    Fault(
        "length-surplus-later", .truncation, "five bytes more than the Content-Length, 200 ms later", .good,
        [.readAll, .send(answer()), .sleep(milliseconds: 200), .send("EXTRA"), .serve]),
    Fault(
        "length-zero-body", .truncation, "'Content-Length: 0' and a body", .good,
        reply(head("Content-Length: 0") + "EXTRA", .serve)),
    Fault(
        "length-surplus-response", .truncation, "a second response after the body (response injection)", .good,
        reply(answer() + answer("evil\n"), .serve)),
]

private let bodyStalls: [Fault] = [
    Fault(
        "length-stall", .truncation, "40 bytes of 100, then silence", .cutByTimeout,
        reply(head("Content-Length: 100") + .repeated("x", 40), .held)),
    Fault(
        "chunk-stall", .truncation, "silence inside a chunk", .cutByTimeout,
        reply(chunkedHead + "64\r\n" + .repeated("x", 40), .held)),
    Fault(
        "unframed-stall", .truncation, "no length, 40 bytes, then silence", .cutByTimeout,
        reply(head() + .repeated("x", 40), .held)),
]
