import Bytes
import HTTP

/// The fields of an accepted head, copied.
struct FieldNotes {
    private var fields: [(name: [UInt8], value: [UInt8], known: UInt8, marks: UInt8)] = []

    /// Copies what a parser found, and checks that it lies where it must: in order, within `start` and `end`.
    init(_ input: Span<UInt8>, _ table: borrowing FieldTable, from start: Int, to end: Int) {
        var position = start
        for index in 0..<table.count {
            let entry = table[index]
            precondition(
                entry.name.start > position && !entry.name.isEmpty && entry.value.start > entry.name.end
                    && entry.value.end < end, "a field lies elsewhere than behind the one before it")
            position = entry.value.end
            let value = input.part(entry.value).array
            precondition(!value.contains { $0 == 0 || $0 == 0x0d || $0 == 0x0a }, "a value that spans lines")
            fields.append((input.part(entry.name).array, value, entry.known, entry.marks))
        }
    }

    /// All that the fields say.
    var meaning: String { fields.map { "\($0.name)\($0.value) \($0.known) \($0.marks)" }.joined(separator: ", ") }

    /// Writes them as lines, and the empty line.
    func append(to out: inout ByteBuffer) {
        for field in fields {
            out.append(field.name)
            out.append(": ")
            out.append(field.value)
            out.append("\r\n")
        }
        out.append("\r\n")
    }

    /// How many fields have that name, in whatever case.
    static func count(_ name: StaticString, in input: Span<UInt8>, _ table: borrowing FieldTable) -> Int {
        var count = 0
        for index in 0..<table.count where input.part(table[index].name).equalsIgnoringCase(name) { count += 1 }
        return count
    }
}
