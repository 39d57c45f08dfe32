import Bytes
import Configuration
import Testing

@Suite struct PatternTests {
    private func pattern(_ text: String, ignoresCase: Bool = false) throws -> Pattern {
        try Pattern(Array(text.utf8), ignoresCase: ignoresCase, optimized: true)
    }

    @Test func groups() throws {
        let matcher = PatternMatcher(captureLimit: 9)
        let word = try pattern("^(?<first>[a-z]+)(-)?(x+)$")
        #expect(word.captureCount == 3)
        #expect(word.names.map(\.name) == ["first"] && word.names.map(\.group) == [1])
        let subject = Array("abcxx".utf8)
        #expect(matcher.match(word, subject.span) == .matched)
        #expect(matcher.range(0) == ByteRange(0, 5))
        #expect(matcher.range(1) == ByteRange(0, 4))
        #expect(matcher.range(2) == nil)
        #expect(matcher.range(3) == ByteRange(4, 5))
        #expect(matcher.range(4) == nil)
        let other = Array("ABC".utf8)
        #expect(matcher.match(word, other.span) == .none)
    }

    @Test func emptySubject() throws {
        let matcher = PatternMatcher(captureLimit: 0)
        let nothing: [UInt8] = []
        #expect(matcher.match(try pattern("^$"), nothing.span) == .matched)
        #expect(matcher.match(try pattern("."), nothing.span) == .none)
    }

    @Test func letterCase() throws {
        let matcher = PatternMatcher(captureLimit: 0)
        let subject = Array("ABC".utf8)
        #expect(matcher.match(try pattern("^abc$", ignoresCase: true), subject.span) == .matched)
        #expect(matcher.match(try pattern("^abc$"), subject.span) == .none)
    }

    @Test func errors() {
        func message(_ text: String) -> String {
            do throws(PatternError) {
                _ = try Pattern(Array(text.utf8), ignoresCase: false)
                return "compiles"
            } catch {
                return error.message
            }
        }
        #expect(message("(a") == "pcre2_compile() failed: missing closing parenthesis in \"(a\"")
        let order = "pcre2_compile() failed: range out of order in character class in \"[z-a]\""
        #expect(message("[z-a]").hasPrefix(order))
    }

    @Test func endlessWorkIsBounded() throws {
        let matcher = PatternMatcher(captureLimit: 9, stepLimit: 1000)
        let subject = Array((String(repeating: "a", count: 64) + "!").utf8)
        let result = matcher.match(try pattern("^(a+)+$"), subject.span)
        guard case .failed = result else {
            Issue.record("a pattern that backtracks without end must fail, not \(result)")
            return
        }
    }
}
