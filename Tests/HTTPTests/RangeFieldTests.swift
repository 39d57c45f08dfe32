import HTTP
import Testing

/// What Range fields ask of 1,000 bytes.
@Suite struct RangeFieldTests {
    @Test(arguments: [
        ("", RangeRequest.whole), ("items=0-1", .whole), ("bytes=", .whole),
        ("bytes=0-0", .part(0, 1)), ("BYTES=0-99", .part(0, 100)), ("bytes= 5 - 9 ", .part(5, 10)),
        ("bytes=990-", .part(990, 1000)), ("bytes=990-99999999999999999999", .part(990, 1000)),
        ("bytes=-10", .part(990, 1000)), ("bytes=-5000", .part(0, 1000)), ("bytes=0-", .part(0, 1000)),
        ("bytes=1000-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=5-4", .unsatisfiable),
        ("bytes=x", .unsatisfiable), ("bytes=1", .unsatisfiable), ("bytes=-", .unsatisfiable),
        ("bytes=1-2x", .unsatisfiable), ("bytes=0-0,", .unsatisfiable), ("bytes=0-0,-x", .unsatisfiable),
        ("bytes=99999999999999999999-", .unsatisfiable),
        ("bytes=0-0,2-3", .whole), ("bytes=2000-,5-6", .part(5, 7)), ("bytes=0-0,2-2,4-4,6-6", .whole),
        ("bytes=0-999,1-2", .whole),
    ])
    func asks(_ value: String, _ answer: RangeRequest) {
        #expect(RangeRequest(Array(value.utf8).span, of: 1000, limit: 3) == answer)
    }

    @Test func nothingHasNoPart() {
        #expect(RangeRequest(Array("bytes=0-".utf8).span, of: 0, limit: 3) == .unsatisfiable)
        #expect(RangeRequest(Array("bytes=-5".utf8).span, of: 0, limit: 3) == .unsatisfiable)
    }

    @Test func noRangesAreAllowed() {
        #expect(RangeRequest(Array("bytes=0-0".utf8).span, of: 10, limit: 0) == .whole)
    }
}

@Suite struct EntityTagTests {
    @Test(arguments: [
        ("*", true, true), ("\"abc\"", true, true), ("W/\"abc\"", false, true), ("\"x\", \"abc\"", true, true),
        ("\"x\",W/\"abc\" , \"y\"", false, true), ("\"abcd\"", false, false), ("abc", false, false),
        ("\"a,\"abc\"", false, false), ("", false, false), (" , ", false, false),
    ])
    func names(_ list: String, _ strongly: Bool, _ weakly: Bool) {
        let tag = Array("\"abc\"".utf8)
        #expect(EntityTag.matches(Array(list.utf8).span, tag.span, weakly: false) == strongly)
        #expect(EntityTag.matches(Array(list.utf8).span, tag.span, weakly: true) == weakly)
    }

    @Test func starNamesWhatHasNoTag() {
        let nothing: [UInt8] = []
        let matchesAny = EntityTag.matches(Array("*".utf8).span, nothing.span, weakly: true)
        let matchesEmpty = EntityTag.matches(Array("\"\"".utf8).span, nothing.span, weakly: true)
        #expect(matchesAny)
        #expect(!matchesEmpty)
    }
}
