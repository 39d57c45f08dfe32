/// Why a client's head is refused; always the client's fault. One case for each that nginx tells apart.
package enum RequestRefusal: UInt8, CaseIterable, Sendable {
    case invalidMethod
    case invalidRequest
    case unsupportedVersion
    /// A line without a version, which was HTTP/0.9; nginx answers a GET of that kind, Postern none.
    case noVersion
    case noVersionAndNotGet
    case tooLongTarget
    case tooLongFieldLine
    case tooManyFields
    case tooLargeHead
    case invalidFieldLine
    case invalidHostInTarget
    case invalidHost
    case duplicateHost
    case duplicateField
    case noHost
    case invalidContentLength
    case transferEncodingInHTTP10
    case contentLengthAndTransferEncoding
    case unknownTransferEncoding
    case connect
    case trace

    /// The status nginx gives. 494 is its own: the log shows it, the client sees 400.
    package var status: Int {
        switch self {
        case .unsupportedVersion: 505
        case .tooLongTarget: 414
        case .tooLongFieldLine, .tooManyFields, .tooLargeHead: 494
        case .unknownTransferEncoding: 501
        case .connect, .trace: 405
        default: 400
        }
    }

    /// nginx's words, up to the evidence, which stands in quotes after those that end in a space.
    package var text: StaticString {
        switch self {
        case .invalidMethod: "client sent invalid method"
        case .invalidRequest, .noVersion: "client sent invalid request"
        case .unsupportedVersion: "client sent invalid version"
        case .noVersionAndNotGet: "client sent invalid method in HTTP/0.9 request"
        case .tooLongTarget: "client sent too long URI"
        case .tooLongFieldLine: "client sent too long header line: "
        case .tooManyFields: "client sent too many header lines"
        case .tooLargeHead: "client sent too large request"
        case .invalidFieldLine: "client sent invalid header line: "
        case .invalidHostInTarget: "client sent invalid host in request line"
        case .invalidHost: "client sent invalid host header"
        case .duplicateHost: "client sent duplicate host header: "
        case .duplicateField: "client sent duplicate header line: "
        case .noHost: "client sent HTTP/1.1 request without \"Host\" header"
        case .invalidContentLength: "client sent invalid \"Content-Length\" header"
        case .transferEncodingInHTTP10: "client sent HTTP/1.0 request with \"Transfer-Encoding\" header"
        case .contentLengthAndTransferEncoding:
            "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"
        case .unknownTransferEncoding: "client sent unknown \"Transfer-Encoding\": "
        case .connect: "client sent CONNECT method"
        case .trace: "client sent TRACE method"
        }
    }
}

/// What one call of `RequestHeadParser.parse` came to.
package enum RequestHeadProgress: Equatable, Sendable {
    /// More bytes are needed; the parser goes on at the first line that is not whole.
    case incomplete
    /// The head ends before that offset; what follows is the body, or the next request.
    case complete(Int)
    /// The head is refused; nothing after it can be understood.
    case refused(RequestRefusal, Evidence)
}
