/// Why an upstream's head is refused; always the upstream's fault (502). One case for each that nginx tells apart.
package enum ResponseRefusal: UInt8, CaseIterable, Sendable {
    /// The bytes are no `HTTP/1.x NNN` line. nginx passes them on as HTTP/0.9.
    case noStatusLine
    case invalidFieldLine
    case tooBigHead
    case duplicateField
    case contentLengthAndTransferEncoding
    case invalidContentLength
    case unknownTransferEncoding
    case earlyHintsInHTTP10

    /// nginx's words, up to the evidence, which stands in quotes after those that end in a space.
    package var text: StaticString {
        switch self {
        case .noStatusLine: "upstream sent no valid HTTP/1.0 header"
        case .invalidFieldLine: "upstream sent invalid header: "
        case .tooBigHead: "upstream sent too big header"
        case .duplicateField: "upstream sent duplicate header line: "
        case .contentLengthAndTransferEncoding:
            "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"
        case .invalidContentLength: "upstream sent invalid \"Content-Length\" header: "
        case .unknownTransferEncoding: "upstream sent unknown \"Transfer-Encoding\": "
        case .earlyHintsInHTTP10: "upstream sent HTTP/1.0 response with early hints"
        }
    }
}

/// What one call of `ResponseHeadParser.parse` came to.
package enum ResponseHeadProgress: Equatable, Sendable {
    /// More bytes are needed; the parser goes on at the first line that is not whole.
    case incomplete
    /// The head ends before that offset.
    case complete(Int)
    /// The head is refused.
    case refused(ResponseRefusal, Evidence)
}
