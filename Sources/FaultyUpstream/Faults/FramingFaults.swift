/// Content-Length and Transfer-Encoding.
let framingFaults: [Fault] = lengthFaults + codingFaults

private let choice = Expected.either(.good, .protocolError)

/// Three bytes of body under this Content-Length, then FIN.
private func length(_ name: String, _ value: String, _ expected: Expected = .protocolError, _ summary: String? = nil)
    -> Fault
{
    Fault(
        name, .framing, summary ?? "'Content-Length: \(value)'", expected,
        reply(head("Content-Length: " + value) + "ok\n"))
}

private let lengthFaults: [Fault] = [
    Fault(
        "length-twice-same", .framing, "two equal Content-Length lines", choice,
        reply(head("Content-Length: 3", "Content-Length: 3") + "ok\n", .serve)),
    Fault(
        "length-twice-different", .framing, "two different Content-Length lines", .protocolError,
        reply(head("Content-Length: 3", "Content-Length: 5") + "ok\n", .held)),
    Fault(
        "length-list-same", .framing, "'Content-Length: 3, 3'", choice,
        reply(head("Content-Length: 3, 3") + "ok\n", .serve)),
    Fault(
        "length-list-different", .framing, "'Content-Length: 3, 5'", .protocolError,
        reply(head("Content-Length: 3, 5") + "ok\n", .held)),
    Fault(
        "length-then-chunked", .framing, "Content-Length, then Transfer-Encoding: chunked", .protocolError,
        reply(head("Content-Length: 3", "Transfer-Encoding: chunked") + chunkedOK, .held)),
    Fault(
        "chunked-then-length", .framing, "Transfer-Encoding: chunked, then Content-Length", .protocolError,
        reply(head("Transfer-Encoding: chunked", "Content-Length: 3") + chunkedOK, .held)),
    length("length-negative", "-1"),
    length("length-letters", "abc"),
    length("length-overflow", "99999999999999999999"),
    length("length-2pow63", "9223372036854775808"),
    length("length-max63", "9223372036854775807", .cutShort, "'Content-Length: 9223372036854775807', three bytes, FIN"),
    length("length-wrap64", "18446744073709551619", .protocolError, "2^64 + 3 as Content-Length, which wraps to 3"),
    length("length-plus", "+3"),
    length("length-hex", "0x3"),
    length("length-two-words", "3 3"),
    length("length-empty", "", .protocolError, "an empty Content-Length"),
    length("length-fraction", "3.0"),
    length("length-semicolon", "3;"),
    length("length-zeros", "0000000003", .good),
    length("length-trailing-tab", "3 \t", choice, "space and tab after the Content-Length (legal)"),
]

/// A good chunked body under this Transfer-Encoding, then FIN.
private func coding(_ name: String, _ value: String, _ expected: Expected = .badCoding, _ summary: String? = nil)
    -> Fault
{
    Fault(
        name, .framing, summary ?? "'Transfer-Encoding: \(value)'", expected,
        reply(head("Transfer-Encoding: " + value) + chunkedOK))
}

private let codingFaults: [Fault] = [
    coding("coding-gzip-chunked", "gzip, chunked"),
    coding("coding-gzip", "gzip"),
    coding("coding-unknown", "foo"),
    coding("coding-chunked-twice", "chunked, chunked"),
    coding("coding-chunked-identity", "chunked, identity"),
    coding("coding-identity", "identity"),
    coding("coding-upper", "CHUNKED", .good),
    coding("coding-vertical-tab", "\u{b}chunked", .badCoding, "a vertical tab before 'chunked'"),
    coding("coding-trailing-space", "chunked ", .good, "a space after 'chunked' (legal)"),
    coding("coding-parameter", "chunked;q=1"),
    coding("coding-quoted", "\"chunked\""),
    coding("coding-empty", "", .badCoding, "an empty Transfer-Encoding"),
    Fault(
        "coding-two-lines", .framing, "two 'Transfer-Encoding: chunked' lines", .either(.badCoding, .protocolError),
        reply(head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + chunkedOK)),
    Fault(
        "coding-gzip-line", .framing, "'Transfer-Encoding: gzip' and 'Transfer-Encoding: chunked' lines", .badCoding,
        reply(head("Transfer-Encoding: gzip", "Transfer-Encoding: chunked") + chunkedOK)),
    Fault(
        "coding-http10", .framing, "HTTP/1.0 with Transfer-Encoding: chunked", .good,
        reply(head("Transfer-Encoding: chunked", line: "HTTP/1.0 200 OK") + chunkedOK)),
    Fault(
        "length-chunked-http10", .framing, "HTTP/1.0 with Content-Length and Transfer-Encoding", .protocolError,
        reply(head("Content-Length: 3", "Transfer-Encoding: chunked", line: "HTTP/1.0 200 OK") + chunkedOK)),
]
