import Bytes
import HTTP

// A client's head.
extension RequestHeadParser: PlayedParser {
    static var incomplete: RequestHeadProgress { .incomplete }

    static func limits(for input: Span<UInt8>) -> RequestLimits {
        RequestLimits(
            requestLineLimitBytes: 512, fieldLineLimitBytes: 512, headLimitBytes: 2048, fieldLimit: 64,
            ignoresInvalidNames: input.count & 1 == 0, allowsUnderscores: input.count & 2 == 0)
    }

    static func widened(_ limits: RequestLimits) -> RequestLimits {
        var wide = limits
        wide.requestLineLimitBytes += 16
        wide.fieldLineLimitBytes += 16
        wide.headLimitBytes += 512
        return wide
    }

    static func headLimitBytes(_ limits: RequestLimits) -> Int { limits.headLimitBytes }
    static func end(_ progress: RequestHeadProgress) -> Int? {
        if case .complete(let end) = progress { end } else { nil }
    }

    var startLineEnd: Int { requestLine.end }

    func isSame(_ other: RequestHeadParser) -> Bool {
        method == other.method && version == other.version && target == other.target && path == other.path
            && arguments == other.arguments && requestURI == other.requestURI && isPathNormal == other.isPathNormal
            && framing == other.framing && host == other.host && connection == other.connection
            && expectsContinue == other.expectsContinue && asksForUpgrade == other.asksForUpgrade
    }

    func check(_ input: Span<UInt8>, _ fields: [FieldEntry], end: Int) {
        precondition(requestLine.end < end, "a request line outside its head")
        for part in [methodName, target, protocolName] {
            precondition(
                part.start >= requestLine.start && part.end <= requestLine.end && !part.isEmpty,
                "a part of the request line outside it")
        }
        for part in [path, arguments, requestURI, scheme, authority] {
            precondition(
                part.isEmpty || part.start >= target.start && part.end <= target.end,
                "a part of the target outside it")
        }
        precondition(version != .http11 || host != nil, "HTTP/1.1 without a host")
        checkTarget(input)
        checkFraming(input, fields)
    }

    private func checkTarget(_ input: Span<UInt8>) {
        if targetForm != .origin { return }
        let second = OriginTarget(input, target)
        precondition(
            second?.path == path && second?.arguments == arguments && second?.isPathNormal == isPathNormal,
            "two opinions on a target")
    }

    /// The framing is decided once: by one field at most, which says one thing.
    private func checkFraming(_ input: Span<UInt8>, _ fields: [FieldEntry]) {
        let lengths = FieldNotes.count("content-length", in: input, fields)
        let codings = FieldNotes.count("transfer-encoding", in: input, fields)
        precondition(lengths + codings <= 1, "a request that is framed twice")
        switch framing {
        case .none: precondition(lengths + codings == 0, "a framing that is overlooked")
        case .length: precondition(lengths == 1, "a length that nobody sent")
        case .chunked: precondition(codings == 1 && version == .http11, "chunks that nobody announced")
        case .untilClose: preconditionFailure("a request that lasts as long as the connection")
        }
    }

    func meaning(_ input: Span<UInt8>, _ fields: FieldNotes) -> Meaning {
        Meaning(
            method: method, target: input.part(target).array, form: targetForm, version: version,
            host: host.map { input.part($0.name).array } ?? [], port: host?.port ?? 0, framing: framing,
            connection: connection, expectsContinue: expectsContinue, asksForUpgrade: asksForUpgrade, fields: fields)
    }

    struct Meaning: Equatable {
        let method: HTTP.Method
        let target: [UInt8]
        let form: RequestHeadParser.TargetForm
        let version: Version
        let host: [UInt8]
        let port: UInt16
        let framing: BodyFraming
        let connection: ConnectionOptions
        let expectsContinue: Bool
        let asksForUpgrade: Bool
        let fields: FieldNotes
    }

    func appendStartLine(of input: Span<UInt8>, to plain: inout ByteBuffer) {
        plain.append(input.part(methodName))
        plain.append(" ")
        plain.append(input.part(target))
        plain.append(" ")
        plain.append(input.part(protocolName))
    }
}
