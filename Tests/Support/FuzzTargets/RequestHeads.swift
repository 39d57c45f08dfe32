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
        precondition(whole.outcome.span.equals(cut.outcome.span), "a request head that was cut is read differently")
        if input.count > 600 { return }
        let single = read(input, Cuts(each: input), &table, limits)
        precondition(
            whole.outcome.span.equals(single.outcome.span), "a request head that came byte by byte is read differently")
    }

    /// What one reading came to.
    struct Reading: ~Copyable {
        var parser = RequestHeadParser()
        var progress = RequestHeadProgress.incomplete
        /// All that it says, ranges as numbers.
        var outcome = ByteBuffer()
    }

    private static func read(
        _ input: Span<UInt8>, _ cuts: consuming Cuts, _ table: inout FieldTable, _ limits: RequestLimits
    ) -> Reading {
        var reading = Reading()
        while reading.progress == .incomplete, let end = cuts.next() {
            reading.progress = reading.parser.parse(input.extracting(0..<end), fields: &table, limits: limits)
        }
        reading.outcome.append(text: "\(reading.progress)")
        guard case .complete = reading.progress else { return reading }
        let parser = reading.parser
        reading.outcome.append(
            text: "\(parser.method)\(parser.version)\(parser.path)\(parser.arguments)\(parser.requestURI)"
                + "\(parser.isPathNormal)\(parser.framing)\(String(describing: parser.host))\(parser.connection)")
        for index in 0..<table.count {
            let entry = table[index]
            reading.outcome.append(text: " \(entry.name)\(entry.value)\(entry.known) \(entry.marks)")
        }
        return reading
    }

    /// What holds for a head that is taken.
    private static func checkAccepted(
        _ input: Span<UInt8>, _ reading: borrowing Reading, _ table: inout FieldTable, _ limits: RequestLimits
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
        checkFraming(input, parser, table)
        let fields = FieldNotes(input, table, from: parser.requestLine.end, to: end)
        let meaning = meaning(input, parser, fields)
        // Whatever follows the head says nothing about it.
        let alone = read(input.extracting(0..<end), Cuts(none: input.extracting(0..<end)), &table, limits)
        precondition(alone.outcome.span.equals(reading.outcome.span), "a head depends on what follows it")
        checkAgain(input, parser, fields, meaning: meaning, &table, limits)
    }

    private static func checkTarget(_ input: Span<UInt8>, _ parser: RequestHeadParser) {
        if parser.targetForm != .origin { return }
        let target = OriginTarget(input, parser.target)
        precondition(
            target?.path == parser.path && target?.arguments == parser.arguments
                && target?.isPathNormal == parser.isPathNormal, "two opinions on a target")
    }

    /// The framing is decided once: by one field at most, which says one thing.
    private static func checkFraming(_ input: Span<UInt8>, _ parser: RequestHeadParser, _ table: borrowing FieldTable) {
        let lengths = FieldNotes.count("content-length", in: input, table)
        let codings = FieldNotes.count("transfer-encoding", in: input, table)
        precondition(lengths + codings <= 1, "a request that is framed twice")
        switch parser.framing {
        case .none: precondition(lengths + codings == 0, "a framing that is overlooked")
        case .length: precondition(lengths == 1, "a length that nobody sent")
        case .chunked: precondition(codings == 1 && parser.version == .http11, "chunks that nobody announced")
        case .untilClose: preconditionFailure("a request that lasts as long as the connection")
        }
    }

    /// What the head says, in bytes of its own.
    private static func meaning(_ input: Span<UInt8>, _ parser: RequestHeadParser, _ fields: FieldNotes) -> String {
        let host = parser.host.map { "\(input.part($0.name).text):\($0.port)" } ?? "-"
        return "\(parser.method) \(input.part(parser.target).array) \(parser.version) \(host) \(parser.framing) "
            + "\(parser.connection) \(parser.expectsContinue) \(parser.asksForUpgrade) \(parser.targetForm) "
            + "\(parser.ignoredFieldCount) \(fields.meaning)"
    }

    /// The same head, written in the plainest way, is taken again and says the same.
    private static func checkAgain(
        _ input: Span<UInt8>, _ parser: RequestHeadParser, _ fields: FieldNotes, meaning wanted: String,
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
        let plainFields = FieldNotes(plain.span, table, from: again.parser.requestLine.end, to: end)
        precondition(
            meaning(plain.span, again.parser, plainFields) == wanted,
            "a head says something else when it is written plainly")
    }
}
