import Bytes
import HTTP

/// A client's head.
enum RequestHeads {
    static func play(_ input: Span<UInt8>) {
        var table = FieldTable(limit: 100)
        let limits = RequestLimits(
            requestLineLimitBytes: 512, fieldLineLimitBytes: 512, headLimitBytes: 2048, fieldLimit: 64,
            ignoresInvalidNames: input.count & 1 == 0, allowsUnderscores: input.count & 2 == 0)
        let whole = read(input, Cuts(none: input), &table, limits)
        checkAccepted(input, whole, &table, limits)
        let cut = read(input, Cuts(random: input), &table, limits)
        precondition(whole == cut, "a request head that was cut is read differently")
        if input.count > 600 { return }
        let single = read(input, Cuts(each: input), &table, limits)
        precondition(whole == single, "a request head that came byte by byte is read differently")
    }

    /// What one reading came to.
    struct Reading: Equatable {
        var parser = RequestHeadParser()
        var progress = RequestHeadProgress.incomplete
        /// The field lines; none where the head is not taken.
        var fields: [FieldEntry] = []

        /// Whether two readings say the same; ranges are compared as they stand.
        static func == (one: Reading, other: Reading) -> Bool {
            if one.progress != other.progress { return false }
            guard case .complete = one.progress else { return true }
            let (head, second) = (one.parser, other.parser)
            return head.method == second.method && head.version == second.version && head.target == second.target
                && head.path == second.path && head.arguments == second.arguments
                && head.requestURI == second.requestURI && head.isPathNormal == second.isPathNormal
                && head.framing == second.framing && head.host == second.host && head.connection == second.connection
                && head.expectsContinue == second.expectsContinue && head.asksForUpgrade == second.asksForUpgrade
                && FieldNotes.areEqual(one.fields, other.fields)
        }
    }

    private static func read(
        _ input: Span<UInt8>, _ cuts: consuming Cuts, _ table: inout FieldTable, _ limits: RequestLimits
    ) -> Reading {
        var reading = Reading()
        while reading.progress == .incomplete, let end = cuts.next() {
            reading.progress = reading.parser.parse(input.extracting(0..<end), fields: &table, limits: limits)
        }
        guard case .complete = reading.progress else { return reading }
        for index in 0..<table.count { reading.fields.append(table[index]) }
        return reading
    }

    /// What holds for a head that is taken.
    private static func checkAccepted(
        _ input: Span<UInt8>, _ reading: Reading, _ table: inout FieldTable, _ limits: RequestLimits
    ) {
        guard case .complete(let end) = reading.progress else { return }
        let parser = reading.parser
        precondition(end > 0 && end <= input.count && end <= limits.headLimitBytes, "a head that ends elsewhere")
        precondition(parser.requestLine.end < end, "a request line outside its head")
        for part in [parser.methodName, parser.target, parser.protocolName] {
            precondition(
                part.start >= parser.requestLine.start && part.end <= parser.requestLine.end && !part.isEmpty,
                "a part of the request line outside it")
        }
        for part in [parser.path, parser.arguments, parser.requestURI, parser.scheme, parser.authority] {
            precondition(
                part.isEmpty || part.start >= parser.target.start && part.end <= parser.target.end,
                "a part of the target outside it")
        }
        precondition(parser.version != .http11 || parser.host != nil, "HTTP/1.1 without a host")
        checkTarget(input, parser)
        checkFraming(input, reading)
        let fields = FieldNotes(input, reading.fields, from: parser.requestLine.end, to: end)
        let wanted = meaning(input, parser, fields)
        // Whatever follows the head says nothing about it.
        let alone = read(input.extracting(0..<end), Cuts(none: input.extracting(0..<end)), &table, limits)
        precondition(alone == reading, "a head depends on what follows it")
        checkAgain(input, parser, fields, meaning: wanted, &table, limits)
    }

    private static func checkTarget(_ input: Span<UInt8>, _ parser: RequestHeadParser) {
        if parser.targetForm != .origin { return }
        let target = OriginTarget(input, parser.target)
        precondition(
            target?.path == parser.path && target?.arguments == parser.arguments
                && target?.isPathNormal == parser.isPathNormal, "two opinions on a target")
    }

    /// The framing is decided once: by one field at most, which says one thing.
    private static func checkFraming(_ input: Span<UInt8>, _ reading: Reading) {
        let parser = reading.parser
        let lengths = FieldNotes.count("content-length", in: input, reading.fields)
        let codings = FieldNotes.count("transfer-encoding", in: input, reading.fields)
        precondition(lengths + codings <= 1, "a request that is framed twice")
        switch parser.framing {
        case .none: precondition(lengths + codings == 0, "a framing that is overlooked")
        case .length: precondition(lengths == 1, "a length that nobody sent")
        case .chunked: precondition(codings == 1 && parser.version == .http11, "chunks that nobody announced")
        case .untilClose: preconditionFailure("a request that lasts as long as the connection")
        }
    }

    /// What the head says, in bytes of its own.
    private static func meaning(_ input: Span<UInt8>, _ parser: RequestHeadParser, _ fields: FieldNotes) -> Meaning {
        Meaning(
            method: parser.method, target: input.part(parser.target).array, form: parser.targetForm,
            version: parser.version, host: parser.host.map { input.part($0.name).array } ?? [],
            port: parser.host?.port ?? 0, framing: parser.framing, connection: parser.connection,
            expectsContinue: parser.expectsContinue, asksForUpgrade: parser.asksForUpgrade, fields: fields)
    }

    private struct Meaning: Equatable {
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

    /// The same head, written in the plainest way, is taken again and says the same.
    private static func checkAgain(
        _ input: Span<UInt8>, _ parser: RequestHeadParser, _ fields: FieldNotes, meaning wanted: Meaning,
        _ table: inout FieldTable, _ limits: RequestLimits
    ) {
        var plain = ByteBuffer()
        plain.append(input.part(parser.methodName))
        plain.append(" ")
        plain.append(input.part(parser.target))
        plain.append(" ")
        plain.append(input.part(parser.protocolName))
        plain.append("\r\n")
        fields.append(to: &plain)
        var wide = limits
        wide.requestLineLimitBytes += 16
        wide.fieldLineLimitBytes += 16
        wide.headLimitBytes += 512
        let again = read(plain.span, Cuts(none: plain.span), &table, wide)
        guard case .complete(let end) = again.progress, end == plain.count else {
            preconditionFailure("a head that was taken is refused when it is written plainly")
        }
        let plainFields = FieldNotes(plain.span, again.fields, from: again.parser.requestLine.end, to: end)
        precondition(
            meaning(plain.span, again.parser, plainFields) == wanted,
            "a head says something else when it is written plainly")
    }
}
