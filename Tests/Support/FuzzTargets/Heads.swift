import Bytes
import HTTP

/// A parser of heads, as `Heads` plays with it.
protocol PlayedParser {
    associatedtype Progress: Equatable
    associatedtype Limits
    /// What a head says, in bytes of its own.
    associatedtype Meaning: Equatable

    init()
    mutating func parse(_ input: Span<UInt8>, fields: inout FieldTable, limits: Limits) -> Progress

    static var incomplete: Progress { get }
    static func limits(for input: Span<UInt8>) -> Limits
    /// Limits that leave room for a head that is written in the plainest way.
    static func widened(_ limits: Limits) -> Limits
    static func headLimitBytes(_ limits: Limits) -> Int
    /// Where the head ends; nil where it is not taken.
    static func end(_ progress: Progress) -> Int?

    /// Where the field lines begin, or what is before them ends.
    var startLineEnd: Int { get }
    /// Whether two heads say the same; ranges are compared as they stand.
    func isSame(_ other: Self) -> Bool
    /// What holds for a head that is taken.
    func check(_ input: Span<UInt8>, _ fields: [FieldEntry], end: Int)
    func meaning(_ input: Span<UInt8>, _ fields: FieldNotes) -> Meaning
    /// The start line, in the plainest way.
    func appendStartLine(of input: Span<UInt8>, to plain: inout ByteBuffer)
}

/// Heads of one kind: however they come, they are read in one way.
enum Heads<Parser: PlayedParser> {
    static func play(_ input: Span<UInt8>) {
        var table = FieldTable(limit: 100)
        let limits = Parser.limits(for: input)
        let whole = read(input, Cuts(none: input), &table, limits)
        checkAccepted(input, whole, &table, limits)
        let cut = read(input, Cuts(random: input), &table, limits)
        precondition(whole == cut, "\(Parser.self): a head that was cut is read differently")
        if input.count > 600 { return }
        let single = read(input, Cuts(each: input), &table, limits)
        precondition(whole == single, "\(Parser.self): a head that came byte by byte is read differently")
    }

    /// What one reading came to.
    private struct Reading: Equatable {
        var parser = Parser()
        var progress = Parser.incomplete
        /// The field lines; none where the head is not taken.
        var fields: [FieldEntry] = []

        static func == (one: Reading, other: Reading) -> Bool {
            if one.progress != other.progress { return false }
            if Parser.end(one.progress) == nil { return true }
            return one.parser.isSame(other.parser) && FieldNotes.areEqual(one.fields, other.fields)
        }
    }

    private static func read(
        _ input: Span<UInt8>, _ cuts: consuming Cuts, _ table: inout FieldTable, _ limits: Parser.Limits
    ) -> Reading {
        var reading = Reading()
        while reading.progress == Parser.incomplete, let end = cuts.next() {
            reading.progress = reading.parser.parse(input.extracting(0..<end), fields: &table, limits: limits)
        }
        if Parser.end(reading.progress) == nil { return reading }
        for index in 0..<table.count { reading.fields.append(table[index]) }
        return reading
    }

    private static func checkAccepted(
        _ input: Span<UInt8>, _ reading: Reading, _ table: inout FieldTable, _ limits: Parser.Limits
    ) {
        guard let end = Parser.end(reading.progress) else { return }
        let isWithin = end > 0 && end <= input.count && end <= Parser.headLimitBytes(limits)
        precondition(isWithin, "a head that ends elsewhere")
        reading.parser.check(input, reading.fields, end: end)
        let fields = FieldNotes(input, reading.fields, from: reading.parser.startLineEnd, to: end)
        let wanted = reading.parser.meaning(input, fields)
        // Whatever follows the head says nothing about it.
        let alone = read(input.extracting(0..<end), Cuts(none: input.extracting(0..<end)), &table, limits)
        precondition(alone == reading, "a head depends on what follows it")

        // The same head, written in the plainest way, is taken again and says the same.
        var plain = ByteBuffer()
        reading.parser.appendStartLine(of: input, to: &plain)
        plain.append("\r\n")
        fields.append(to: &plain)
        let again = read(plain.span, Cuts(none: plain.span), &table, Parser.widened(limits))
        precondition(
            Parser.end(again.progress) == plain.count,
            "a head that was taken is refused when it is written plainly")
        let plainFields = FieldNotes(plain.span, again.fields, from: again.parser.startLineEnd, to: plain.count)
        precondition(
            again.parser.meaning(plain.span, plainFields) == wanted,
            "a head says something else when it is written plainly")
    }
}
