import Bytes
import Testing

/// Eight bytes at a time must find what one at a time finds.
@Suite struct WordsTests {
    @Test func everyByteAtEachPlace() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<19 {
                for filler: UInt8 in [0x61, 0x2d, 0x5a] {
                    var bytes = [UInt8](repeating: filler, count: 19)
                    bytes[place] = byte
                    #expect(bytes.span.firstControl(from: 0) == bytes.firstIndex { $0 < 0x20 } ?? 19)
                    let expected = bytes.firstIndex { !ASCII.isLetter($0) && $0 != 0x2d } ?? 19
                    let found = bytes.span.firstNeitherLetterNorHyphen(from: 0)
                    #expect(found == expected || found == 16 && expected > 16)
                    var lower = bytes.span.lowercasedWord(at: place / 8 * 5)
                    for index in 0..<8 {
                        #expect(UInt8(truncatingIfNeeded: lower) == ASCII.lowercased(bytes[place / 8 * 5 + index]))
                        lower >>= 8
                    }
                }
            }
        }
    }

    @Test func literalsOfEachLength() {
        for (literal, text): (StaticString, String) in [
            ("", ""), ("te", "Te"), ("expires", "EXPIRES"), ("location", "loCation"), ("keep-alive", "Keep-Alive"),
            ("content-length-x", "Content-Length-X"), ("transfer-encoding", "Transfer-Encoding"),
        ] {
            let bytes = Array(text.utf8)
            let isFound = bytes.span.equalsIgnoringCase(literal)
            #expect(isFound, "\(text)")
            for place in bytes.indices {
                var other = bytes
                other[place] ^= 0x40
                let isEqual = other.span.equalsIgnoringCase(literal)
                #expect(!isEqual, "\(text) at \(place)")
            }
        }
    }
}
