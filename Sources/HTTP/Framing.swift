import Bytes

/// How a body ends (RFC 9112 §6.3).
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// That many bytes; 0 where the message says so itself.
    case length(Int64)
    /// The chunked coding.
    case chunked
    /// At the end of the connection; responses only.
    case untilClose

    /// Written out, for the compiler's own is called through a table from another module.
    @inlinable package static func == (left: BodyFraming, right: BodyFraming) -> Bool {
        switch (left, right) {
        case (.none, .none), (.chunked, .chunked), (.untilClose, .untilClose): true
        case (.length(let left), .length(let right)): left == right
        default: false
        }
    }
}

/// What the fields of one head say about its body. Both parsers fill it in, and it alone decides on the framing.
package struct FramingFields: Equatable, Sendable {
    /// The length that was sent; −1 where none or an invalid one was.
    package private(set) var length: Int64 = -1
    /// Index of the Content-Length field; −1 where there is none.
    private var contentLength: Int32 = -1
    /// Index of the Transfer-Encoding field; −1 where there is none.
    private var transferEncoding: Int32 = -1
    /// Whether the transfer coding is exactly `chunked`, once.
    package private(set) var isChunked = false

    package init() {}

    package var hasContentLength: Bool { contentLength >= 0 }
    package var hasTransferEncoding: Bool { transferEncoding >= 0 }
    var hasInvalidLength: Bool { contentLength >= 0 && length < 0 }
    var contentLengthIndex: Int { Int(contentLength) }
    var transferEncodingIndex: Int { Int(transferEncoding) }

    /// Takes in a Content-Length field: digits only, at most `Int64.max`.
    package mutating func noteContentLength(_ bytes: Span<UInt8>, _ value: ByteRange, at index: Int) {
        contentLength = Int32(truncatingIfNeeded: index)
        length = bytes.part(value).decimal ?? -1
    }

    /// Takes in a Transfer-Encoding field. Whatever is not `chunked` alone, in any case, is unknown, as with nginx.
    package mutating func noteTransferEncoding(_ bytes: Span<UInt8>, _ value: ByteRange, at index: Int) {
        transferEncoding = Int32(truncatingIfNeeded: index)
        isChunked = bytes.part(value).equalsIgnoringCase("chunked")
    }

    /// A request's framing, once the parser has refused what is contradictory.
    package var ofRequest: BodyFraming {
        if isChunked { return .chunked }
        return length >= 0 ? .length(length) : .none
    }

    /// A response's framing, once the parser has refused what is contradictory.
    ///
    /// - Parameters:
    ///   - status: the response's; 1xx, 204 and 304 have no body
    ///   - method: of the request that it answers; the answer to HEAD has none either
    package func ofResponse(status: Int, to method: Method) -> BodyFraming {
        if method == .head || status < 200 || status == 204 || status == 304 { return .none }
        if isChunked { return .chunked }
        return length >= 0 ? .length(length) : .untilClose
    }
}
