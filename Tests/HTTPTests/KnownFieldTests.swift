import Bytes
import HTTP
import Testing

@Suite struct KnownFieldTests {
    @Test func everyNameIsFoundInAnyCase() {
        for field in KnownField.allCases where field != .none {
            let name = Array("\(field.name)".utf8)
            #expect(!name.isEmpty, "\(field) has no name")
            #expect(KnownField(name: name.span) == field)
            #expect(KnownField(name: Array("\(field.name)".lowercased().utf8).span) == field)
            #expect(KnownField(name: Array("\(field.name)".uppercased().utf8).span) == field)
        }
    }

    @Test func oneOtherByteMakesAnotherName() {
        for field in KnownField.allCases where field != .none {
            let name = Array("\(field.name)".utf8)
            for index in name.indices {
                for mask: UInt8 in [0x01, 0x02, 0x10, 0x40, 0x80] {
                    let other = name[index] ^ mask
                    var changed = name
                    changed[index] = other
                    let found = KnownField(name: changed.span)
                    #expect(found == .none || found != field && "\(found.name)".utf8.count == name.count)
                }
            }
        }
    }

    @Test func noLengthIsOutOfBounds() {
        for count in 0..<40 {
            #expect(KnownField(name: [UInt8](repeating: 0x78, count: count).span) == .none)
        }
    }

    @Test func methodsAreCaseSensitive() {
        for method in Method.allCases where method != .other {
            let name = "\(method)".uppercased()
            #expect(Method(Array(name.utf8).span) == method)
            #expect(Method(Array(name.lowercased().utf8).span) == .other)
            #expect(Method(Array((name.dropLast() + "_").utf8).span) == .other)
        }
        #expect(Method.put.mayBeRepeated && Method.other.mayBeRepeated)
        #expect(!Method.post.mayBeRepeated && !Method.lock.mayBeRepeated && !Method.patch.mayBeRepeated)
    }

    @Test func listsSkipWhatIsEmpty() {
        for (text, tokens) in [
            ("", []), (",", []), (" , ,\t", []), ("a", ["a"]), ("a,b", ["a", "b"]),
            (" a b , c\t,,d,", ["a b", "c", "d"]),
        ] {
            let bytes = Array(text.utf8)
            var list = ListTokens(ByteRange(0, bytes.count))
            var found: [String] = []
            while let token = list.next(bytes.span) { found.append(show(token, of: bytes)) }
            #expect(found == tokens, "\(text)")
        }
    }
}
