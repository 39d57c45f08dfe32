/// The chunked coding (RFC 9112 §7.1) and trailers.
let chunkFaults: [Fault] = sizeLineFaults + dataFaults + trailerFaults

private let choice = Expected.either(.good, .badCoding)

private func chunks(_ name: String, _ bytes: Payload, _ summary: String, _ expected: Expected, _ end: Step = .finish)
    -> Fault
{
    Fault(name, .chunks, summary, expected, reply(chunkedHead + bytes, end))
}

/// Three bytes of data under this size line, and a good last chunk.
private func size(_ name: String, _ line: String, _ expected: Expected = .badCoding, _ summary: String? = nil) -> Fault
{
    chunks(
        "chunk-size-" + name, Payload(line) + "\r\nok\n\r\n0\r\n\r\n", summary ?? "the chunk size '\(line)'", expected)
}

private let sizeLineFaults: [Fault] = [
    size("letters", "zz"),
    size("negative", "-3"),
    size("hex", "0x3"),
    size("plus", "+3"),
    size("empty", "", .badCoding, "an empty chunk size"),
    size("leading-space", " 3", .badCoding, "a space before the chunk size"),
    size("trailing-space", "3 ", choice, "a space after the chunk size"),
    size("extension", "3;a=b", .good, "a chunk extension (legal)"),
    size("extension-space", "3 ;a", .good, "a chunk extension after a space"),
    size("extension-lf", "3;a=\"\n", .badCoding, "a line feed in a quoted chunk extension"),
    size("overflow", "FFFFFFFFFFFFFFFFF"),
    size("max63", "7FFFFFFFFFFFFFFF", .either(.badCoding, .cutShort)),
    size("max64", "FFFFFFFFFFFFFFFF"),
    size("2pow63", "8000000000000000"),
    size("wrap64", "10000000000000003", .badCoding, "2^64 + 3 as chunk size, which wraps to 3"),
    size("zeros", "00000000000000000000000000000000000000003", choice, "a chunk size with forty zeros in front"),
    size("underscore", "3_0"),
    size("comma", "3,"),
    chunks("chunk-size-cr", "3\rok\n\r\n0\r\n\r\n", "the size line ends in a bare CR", .badCoding),
    chunks("chunk-lines-lf", "3\nok\n\n0\n\n", "the lines of the coding end in bare LF", .badCoding),
    // Who does not want it may have sent the head before enough of it came.
    Fault(
        "chunk-extension-big", .chunks, "a big chunk extension", .either(choice, .cuts(200, .transferCoding)),
        with: [.size: 16_384]
    ) { knobs in
        reply(chunkedHead + "3;" + .repeated("e", knobs[.size]) + "\r\nok\n\r\n0\r\n\r\n")
    },
]

private let dataFaults: [Fault] = [
    chunks(
        "chunk-data-no-crlf", "3\r\nok\n0\r\n\r\n", "no CRLF after the chunk's data",
        .either(.badCoding, .cuts(200, .transferCoding))),
    chunks(
        "chunk-data-long", "3\r\nokokok\n\r\n0\r\n\r\n", "more data than the chunk's size",
        .either(.badCoding, .cuts(200, .transferCoding))),
    Fault(
        "chunk-good-then-bad", .chunks, "a good chunk, relayed already, then a bad size", .cuts(200, .transferCoding),
        with: [.size: 16_384]
    ) { knobs in
        let size = knobs[.size]
        return [
            .readAll, .send(chunkedHead + Payload(String(size, radix: 16) + "\r\n") + .repeated("c", size) + "\r\n"),
            .sleep(milliseconds: 300), .send("zz\r\n"), .held,
        ]
    },
    Fault(
        "chunk-bad-later", .chunks, "a small good chunk, then a bad size and more bytes", .cuts(200, .transferCoding),
        [
            .readAll, .send(chunkedHead + "3\r\nok\n\r\n"), .sleep(milliseconds: 200), .send("zz\r\nabcdefghijkl"),
            .held,
        ]),
    Fault(
        "chunk-bad-later-short", .chunks, "a small good chunk, then a bad size of four bytes and silence",
        .cuts(200, .transferCoding),
        [
            .readAll, .send(chunkedHead + "3\r\nok\n\r\n"), .sleep(milliseconds: 200), .send("zz\r\n"),
            .held,
        ]),
    chunks("chunk-surplus", chunkedOK + "EXTRA", "bytes after the last chunk", .good, .serve),
    chunks(
        "chunk-surplus-response", chunkedOK + answer("evil\n"),
        "a second response after the last chunk", .good, .serve),
]

private let trailerFaults: [Fault] = [
    chunks("trailer", "3\r\nok\n\r\n0\r\nX-T: 1\r\n\r\n", "a trailer section (legal)", .good, .serve),
    chunks(
        "trailer-no-colon", "3\r\nok\n\r\n0\r\nbroken\r\n\r\n", "a trailer line without a colon",
        .either(.good, .protocolError), .serve),
    chunks(
        "trailer-bad-name", "3\r\nok\n\r\n0\r\nbad\u{1}name: x\r\n\r\n", "0x01 in a trailer's name",
        .either(.good, .protocolError),
        .serve),
    Fault("trailer-big", .chunks, "a big trailer", .either(.good, .fails(502, .trailerTooBig)), with: [.size: 20_480]) {
        knobs in
        reply(chunkedHead + "3\r\nok\n\r\n0\r\nX-T: " + .repeated("t", knobs[.size]) + "\r\n\r\n", .serve)
    },
    chunks(
        "trailer-surplus", "3\r\nok\n\r\n0\r\nX-T: 1\r\n\r\nEXTRA", "bytes after the trailer section", .good, .serve),
    chunks(
        "trailer-length", "3\r\nok\n\r\n0\r\nContent-Length: 99\r\n\r\n", "a Content-Length in the trailer section",
        .good, .serve),
]
