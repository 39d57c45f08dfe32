import Bytes
import CPCRE2

/// A compiled regular expression, in PCRE2's language without UTF, as nginx compiles its own.
///
/// Never changes once made. Safe: the code belongs to this object alone, is freed with it and is only read by matching.
@safe package final class Pattern {
    /// Capture groups, the whole match not counted.
    package let captureCount: Int
    /// Named groups in the order of their numbers; one name may stand for several groups.
    package let names: [Name]
    fileprivate let code: postern_pattern

    /// A named group.
    package struct Name: Equatable, Sendable {
        /// As it is written.
        package let name: String
        /// From 1.
        package let group: Int
    }

    /// Compiles `text`; `optimized` also makes machine code, which a worker wants and a check does not.
    ///
    /// Throws nginx's words where the text is no pattern: the fault of who wrote the configuration.
    package init(_ text: [UInt8], ignoresCase: Bool, optimized: Bool = false) throws(PatternError) {
        var error: Int32 = 0
        var offset = 0
        let compiled = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe postern_pattern_compile(bytes.baseAddress, bytes.count, ignoresCase ? 1 : 0, &error, &offset)
        }
        guard let compiled = unsafe compiled else { throw PatternError(text: text, code: error, offset: offset) }
        unsafe code = compiled
        captureCount = unsafe Int(postern_pattern_captures(compiled))
        names = unsafe Self.names(of: compiled)
        if optimized { unsafe postern_pattern_jit(compiled) }
    }

    deinit { unsafe postern_pattern_free(code) }

    /// PCRE2's name table: entries of one size, a group's number in two bytes, then its name with a NUL.
    private static func names(of code: postern_pattern) -> [Name] {
        var table: UnsafePointer<UInt8>?
        var entrySize: UInt32 = 0
        let count = unsafe Int(postern_pattern_names(code, &table, &entrySize))
        guard count > 0, let table = unsafe table else { return [] }
        var names: [Name] = []
        for index in 0..<count {
            let entry = unsafe table + index * Int(entrySize)
            let group = unsafe Int(entry[0]) << 8 | Int(entry[1])
            var bytes: [UInt8] = []
            var position = 2
            while unsafe entry[position] != 0 {
                unsafe bytes.append(entry[position])
                position += 1
            }
            names.append(Name(name: String(decoding: bytes, as: UTF8.self), group: group))
        }
        return names.sorted { $0.group < $1.group }
    }
}

/// Why a regular expression was refused.
package struct PatternError: Error, Equatable, Sendable {
    /// nginx's message, without the place: `pcre2_compile() failed: missing closing parenthesis in "(a"`.
    package let message: String

    init(text: [UInt8], code: Int32, offset: Int) {
        let whole = String(decoding: text, as: UTF8.self)
        var message = "pcre2_compile() failed: \(PatternMatcher.text(ofError: code)) in \"\(whole)\""
        if offset < text.count { message += " at \"\(String(decoding: text[offset...], as: UTF8.self))\"" }
        self.message = message
    }
}

/// What a match came to.
package enum PatternResult: Equatable, Sendable {
    case none
    case matched
    /// PCRE2's error: a pattern that takes too long on this subject, above all.
    case failed(Int32)
}

/// Where one worker's matches leave their offsets.
///
/// Safe: its memory belongs to this object alone and is freed with it; a subject is lent for one call only. Not for use
/// by two threads, which is why it is not `Sendable`.
@safe package final class PatternMatcher {
    private let data: postern_match_data
    private let context: postern_match_context
    private var pairs = 0
    private var lastCount = 0

    /// A matcher with room for `captureLimit` groups. `stepLimit` bounds the work of one match.
    package init(captureLimit: Int, stepLimit: UInt32 = 1_000_000) {
        let data = unsafe postern_match_data_create(UInt32(captureLimit + 1))
        let context = unsafe postern_match_context_create(stepLimit, 10_000)
        guard let data = unsafe data, let context = unsafe context else {
            preconditionFailure("no memory is left for matching")
        }
        unsafe self.data = data
        unsafe self.context = context
        pairs = captureLimit + 1
    }

    deinit {
        unsafe postern_match_data_free(data)
        unsafe postern_match_context_free(context)
    }

    /// Looks for the pattern anywhere in `subject`.
    package func match(_ pattern: Pattern, _ subject: Span<UInt8>) -> PatternResult {
        let (data, context) = unsafe (data, context)
        let code = unsafe pattern.code
        let result = unsafe subject.withUnsafeBufferPointer { bytes in
            unsafe postern_match(code, bytes.baseAddress, bytes.count, data, context)
        }
        lastCount = 0
        if result == PCRE2_ERROR_NOMATCH { return .none }
        if result < 0 { return .failed(result) }
        lastCount = result == 0 ? pairs : Int(result)
        return .matched
    }

    /// How many groups the last match may have set, the whole match counted.
    package var groupCount: Int { lastCount }

    /// Where the group stood in the last match's subject, 0 being the whole match; nil where it took no part.
    package func range(_ group: Int) -> ByteRange? {
        guard group >= 0, group < lastCount else { return nil }
        let offsets = unsafe postern_match_offsets(data)
        guard let offsets = unsafe offsets else { return nil }
        // An unset group's offsets are PCRE2_UNSET, which is negative here; `\K` can put the start behind the end.
        let (start, end) = unsafe (offsets[2 * group], offsets[2 * group + 1])
        if start < 0 || start > end { return nil }
        return ByteRange(start, end)
    }

    /// PCRE2's words for one of its errors.
    package static func text(ofError code: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 128)
        let count = unsafe text.withUnsafeMutableBufferPointer {
            unsafe postern_error_text(code, $0.baseAddress, $0.count)
        }
        return String(decoding: text.prefix(max(0, Int(count))), as: UTF8.self)
    }
}
