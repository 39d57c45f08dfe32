import Bytes
import HTTP

/// The fields of an accepted head, copied.
struct FieldNotes: Equatable {
    private struct Field: Equatable {
        let name: [UInt8]
        let value: [UInt8]
        let known: UInt8
        let marks: UInt8
    }

    private var fields: [Field] = []

    /// Copies what a parser found, and checks that it lies where it must: in order, within `start` and `end`.
    init(_ input: Span<UInt8>, _ entries: [FieldEntry], from start: Int, to end: Int) {
        var position = start
        for entry in entries {
            precondition(
                entry.name.start > position && !entry.name.isEmpty && entry.value.start > entry.name.end
                    && entry.value.end < end, "a field lies elsewhere than behind the one before it")
            position = entry.value.end
            let value = input.part(entry.value).array
            precondition(!value.contains { $0 == 0 || $0 == 0x0d || $0 == 0x0a }, "a value that spans lines")
            let name = input.part(entry.name).array
            fields.append(Field(name: name, value: value, known: entry.known, marks: entry.marks))
        }
    }

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
    static func count(_ name: StaticString, in input: Span<UInt8>, _ entries: [FieldEntry]) -> Int {
        entries.count { input.part($0.name).equalsIgnoringCase(name) }
    }

    /// Whether two parses found the same lines at the same places.
    static func areEqual(_ one: [FieldEntry], _ other: [FieldEntry]) -> Bool {
        one.count == other.count
            && zip(one, other).allSatisfy {
                $0.name == $1.name && $0.value == $1.value && $0.known == $1.known && $0.marks == $1.marks
            }
    }
}
