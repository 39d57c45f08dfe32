import Bytes
import HTTP

// An upstream's head.
extension ResponseHeadParser: PlayedParser {
    static var incomplete: ResponseHeadProgress { .incomplete }
    static func limits(for input: Span<UInt8>) -> ResponseLimits { ResponseLimits(headLimitBytes: 2048) }

    static func widened(_ limits: ResponseLimits) -> ResponseLimits {
        var wide = limits
        wide.headLimitBytes += 512
        return wide
    }

    static func headLimitBytes(_ limits: ResponseLimits) -> Int { limits.headLimitBytes }
    static func end(_ progress: ResponseHeadProgress) -> Int? {
        if case .complete(let end) = progress { end } else { nil }
    }

    var startLineEnd: Int { statusText.end }

    func isSame(_ other: ResponseHeadParser) -> Bool {
        version == other.version && status == other.status && statusText == other.statusText
            && framing(for: .get) == other.framing(for: .get) && connection == other.connection
            && duplicateCount == other.duplicateCount && hasUpgrade == other.hasUpgrade
            && hasAccelFields == other.hasAccelFields
    }

    func check(_ input: Span<UInt8>, _ fields: [FieldEntry], end: Int) {
        precondition(statusText.count >= 3 && statusText.end < end, "a status outside its head")
        precondition((100...999).contains(status), "a status of other than three digits")
        checkFraming(input, fields)
    }

    /// The framing is decided once. An interim head has none, whatever its fields say.
    private func checkFraming(_ input: Span<UInt8>, _ fields: [FieldEntry]) {
        precondition(framing(for: .head) == .none, "an answer to HEAD with a body")
        let framing = framing(for: .get)
        if status < 200 || status == 204 || status == 304 {
            precondition(framing == .none, "a body where none can be")
            return
        }
        let lengths = FieldNotes.count("content-length", in: input, fields)
        let codings = FieldNotes.count("transfer-encoding", in: input, fields)
        precondition(lengths + codings <= 1, "a response that is framed twice")
        switch framing {
        case .none: preconditionFailure("no body where one must be")
        case .length: precondition(lengths == 1, "a length that nobody sent")
        case .chunked: precondition(codings == 1, "chunks that nobody announced")
        case .untilClose:
            precondition(lengths + codings == 0, "a framing that is overlooked")
            precondition(!keepsAlive(after: framing), "a connection is kept that ends the body")
        }
    }

    func meaning(_ input: Span<UInt8>, _ fields: FieldNotes) -> Meaning {
        Meaning(
            version: version, statusText: input.part(statusText).array, framing: framing(for: .get),
            connection: connection, duplicateCount: duplicateCount, hasUpgrade: hasUpgrade,
            hasAccelFields: hasAccelFields, fields: fields)
    }

    struct Meaning: Equatable {
        let version: Version
        let statusText: [UInt8]
        let framing: BodyFraming
        let connection: ConnectionOptions
        let duplicateCount: Int
        let hasUpgrade: Bool
        let hasAccelFields: Bool
        let fields: FieldNotes
    }

    func appendStartLine(of input: Span<UInt8>, to plain: inout ByteBuffer) {
        plain.append(version == .http10 ? "HTTP/1.0 " : "HTTP/1.1 ")
        plain.append(input.part(statusText))
    }
}
