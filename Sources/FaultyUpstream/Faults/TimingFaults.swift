/// Silence and slowness. `seconds` 0 means: as long as the server's limit allows.
let timingFaults: [Fault] = [
    Fault("never-answers", .timing, "reads the request and never answers", .late, with: [.seconds: 0]) { knobs in
        [.readAll, silence(knobs)]
    },
    Fault("status-line-stall", .timing, "'HTTP/1.1 20', then silence", .late, with: [.seconds: 0]) { knobs in
        [.readAll, .send("HTTP/1.1 20"), silence(knobs)]
    },
    Fault("head-stall", .timing, "status line and one field, then silence", .late, with: [.seconds: 0]) { knobs in
        [.readAll, .send("HTTP/1.1 200 OK\r\nX-A: 1\r\n"), silence(knobs)]
    },
    Fault(
        "head-dribble", .timing, "the head three bytes at a time, so that no gap is long but the head is",
        .either(.good, .late),
        with: [.interval: 300]
    ) { knobs in
        [
            .readAll, .dribble("HTTP/1.1 200 OK\r\nX: 1\r\nY: 2\r\n", bytes: 3, milliseconds: knobs[.interval]),
            .send("Content-Length: 3\r\n\r\nok\n"), .serve,
        ]
    },
    Fault("body-dribble", .timing, "a body of ten bytes, one at a time (legal)", .good, with: [.interval: 400]) {
        knobs in
        [
            .readAll, .send(head("Content-Length: 10")),
            .dribble("0123456789", bytes: 1, milliseconds: knobs[.interval]), .serve,
        ]
    },
    Fault("answer-late", .timing, "a good answer after `delay`", .either(.good, .late), with: [.delay: 700]) { _ in
        reply(answer(), .serve)
    },
    Fault(
        "fin-late", .timing, "a whole body without a length, and its FIN only after `interval`", .good,
        with: [.interval: 1000]
    ) { knobs in
        [.readAll, .send(head() + "ok\n"), .sleep(milliseconds: knobs[.interval]), .finish]
    },
    Fault(
        "never-reads", .timing, "accepts, reads nothing, answers nothing",
        .either(.late, .fails(504, .connectionWriteTimeout)),
        with: [.seconds: 0]
    ) { knobs in
        [.stall(milliseconds: knobs[.seconds] == 0 ? nil : knobs[.seconds] * 1000)]
    },
    Fault(
        "reads-head-only", .timing, "reads the request's head, then neither reads nor answers",
        .either(.late, .fails(504, .connectionWriteTimeout)), with: [.seconds: 0]
    ) { knobs in
        [.readHead, .stall(milliseconds: knobs[.seconds] == 0 ? nil : knobs[.seconds] * 1000)]
    },
    Fault(
        "slow-reader", .timing, "reads the request's body a little at a time, then answers", .good,
        with: [.bytes: 65_536, .interval: 100, .count: 20]
    ) { knobs in
        let sips = (0..<min(knobs[.count], 1000)).flatMap { _ in
            [Step.sleep(milliseconds: knobs[.interval]), .read(bytes: knobs[.bytes])]
        }
        return [.readHead] + sips + [.readBody, .send(answer()), .serve]
    },
]

private func silence(_ knobs: Fault.Settings) -> Step {
    .hold(milliseconds: knobs[.seconds] == 0 ? nil : knobs[.seconds] * 1000)
}
