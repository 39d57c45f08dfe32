import Bytes
import HTTP

/// An upstream's head.
enum ResponseHeads {
    static func play(_ input: Span<UInt8>) {
        var table = FieldTable(limit: 100)
        let limits = ResponseLimits(headLimitBytes: 2048)
        let whole = read(input, Cuts(none: input), &table, limits)
        checkAccepted(input, whole, &table, limits)
        let cut = read(input, Cuts(random: input), &table, limits)
        precondition(whole == cut, "a response head that was cut is read differently")
        if input.count > 600 { return }
        let single = read(input, Cuts(each: input), &table, limits)
        precondition(whole == single, "a response head that came byte by byte is read differently")
    }

    /// What one reading came to.
    struct Reading: Equatable {
        var parser = ResponseHeadParser()
        var progress = ResponseHeadProgress.incomplete
        /// The field lines; none where the head is not taken.
        var fields: [FieldEntry] = []

        /// Whether two readings say the same; ranges are compared as they stand.
        static func == (one: Reading, other: Reading) -> Bool {
            if one.progress != other.progress { return false }
            guard case .complete = one.progress else { return true }
            let (head, second) = (one.parser, other.parser)
            return head.version == second.version && head.status == second.status
                && head.statusText == second.statusText && head.framing(for: .get) == second.framing(for: .get)
                && head.connection == second.connection && head.duplicateCount == second.duplicateCount
                && head.hasUpgrade == second.hasUpgrade && head.hasAccelFields == second.hasAccelFields
                && FieldNotes.areEqual(one.fields, other.fields)
        }
    }

    private static func read(
        _ input: Span<UInt8>, _ cuts: consuming Cuts, _ table: inout FieldTable, _ limits: ResponseLimits
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
        _ input: Span<UInt8>, _ reading: Reading, _ table: inout FieldTable, _ limits: ResponseLimits
    ) {
        guard case .complete(let end) = reading.progress else { return }
        let parser = reading.parser
        precondition(end > 0 && end <= input.count && end <= limits.headLimitBytes, "a head that ends elsewhere")
        precondition(parser.statusText.count >= 3 && parser.statusText.end < end, "a status outside its head")
        precondition((100...999).contains(parser.status), "a status of other than three digits")
        checkFraming(input, reading)
        let fields = FieldNotes(input, reading.fields, from: parser.statusText.end, to: end)
        let wanted = meaning(input, parser, fields)
        // Whatever follows the head says nothing about it.
        let alone = read(input.extracting(0..<end), Cuts(none: input.extracting(0..<end)), &table, limits)
        precondition(alone == reading, "a head depends on what follows it")
        checkAgain(input, parser, fields, meaning: wanted, &table, limits)
    }

    /// The framing is decided once. An interim head has none, whatever its fields say.
    private static func checkFraming(_ input: Span<UInt8>, _ reading: Reading) {
        let parser = reading.parser
        precondition(parser.framing(for: .head) == .none, "an answer to HEAD with a body")
        let framing = parser.framing(for: .get)
        if parser.status < 200 || parser.status == 204 || parser.status == 304 {
            precondition(framing == .none, "a body where none can be")
            return
        }
        let lengths = FieldNotes.count("content-length", in: input, reading.fields)
        let codings = FieldNotes.count("transfer-encoding", in: input, reading.fields)
        precondition(lengths + codings <= 1, "a response that is framed twice")
        switch framing {
        case .none: preconditionFailure("no body where one must be")
        case .length: precondition(lengths == 1, "a length that nobody sent")
        case .chunked: precondition(codings == 1, "chunks that nobody announced")
        case .untilClose:
            precondition(lengths + codings == 0, "a framing that is overlooked")
            precondition(!parser.keepsAlive(after: framing), "a connection is kept that ends the body")
        }
    }

    /// What the head says, in bytes of its own.
    private static func meaning(_ input: Span<UInt8>, _ parser: ResponseHeadParser, _ fields: FieldNotes) -> Meaning {
        Meaning(
            version: parser.version, statusText: input.part(parser.statusText).array,
            framing: parser.framing(for: .get), connection: parser.connection, duplicateCount: parser.duplicateCount,
            hasUpgrade: parser.hasUpgrade, hasAccelFields: parser.hasAccelFields, fields: fields)
    }

    private struct Meaning: Equatable {
        let version: Version
        let statusText: [UInt8]
        let framing: BodyFraming
        let connection: ConnectionOptions
        let duplicateCount: Int
        let hasUpgrade: Bool
        let hasAccelFields: Bool
        let fields: FieldNotes
    }

    /// The same head, written in the plainest way, is taken again and says the same.
    private static func checkAgain(
        _ input: Span<UInt8>, _ parser: ResponseHeadParser, _ fields: FieldNotes, meaning wanted: Meaning,
        _ table: inout FieldTable, _ limits: ResponseLimits
    ) {
        var plain = ByteBuffer()
        plain.append(parser.version == .http10 ? "HTTP/1.0 " : "HTTP/1.1 ")
        plain.append(input.part(parser.statusText))
        plain.append("\r\n")
        fields.append(to: &plain)
        var wide = limits
        wide.headLimitBytes += 512
        let again = read(plain.span, Cuts(none: plain.span), &table, wide)
        guard case .complete(let end) = again.progress, end == plain.count else {
            preconditionFailure("a head that was taken is refused when it is written plainly")
        }
        let plainFields = FieldNotes(plain.span, again.fields, from: again.parser.statusText.end, to: end)
        precondition(
            meaning(plain.span, again.parser, plainFields) == wanted,
            "a head says something else when it is written plainly")
    }
}
