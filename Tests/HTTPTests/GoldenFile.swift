import Foundation
import Testing

/// A Markdown file of cases: a fenced block of input, then a block called `expect` with what must come of it.
///
/// Each line of an input block ends in CRLF, unless it ends in a backslash (nothing is added then). Escapes are
/// `\n \r \t \0 \\ \xHH`, and `{text*n}` is `text` n times. `UPDATE_GOLDEN=1` writes the expectations anew.
struct GoldenFile {
    struct Case {
        /// The last heading before it.
        let title: String
        /// The first word behind the opening fence.
        let kind: String
        /// The other words, such as `to=HEAD`; a word without a value has an empty one.
        let options: [String: String]
        let lines: [String]
        /// The lines of the file that hold the expectation.
        let expected: Range<Int>

        /// The input as it comes from the wire.
        var bytes: [UInt8] { lines.flatMap { Escapes.bytes($0, end: [0x0d, 0x0a]) } }
    }

    let path: String
    let text: [String]

    init(_ name: String, file: String = #filePath) throws {
        path = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Golden/\(name).md").path
        text = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    }

    /// Runs `render` on each case and compares, or rewrites the file.
    func check(_ render: (Case) -> [String]) throws {
        let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
        var output: [String] = []
        var copied = 0
        for one in cases {
            let actual = render(one)
            if !isUpdating { #expect(actual == Array(text[one.expected]), "\(one.title), in \(path)") }
            output += text[copied..<one.expected.lowerBound] + actual
            copied = one.expected.upperBound
        }
        #expect(!cases.isEmpty, "no case in \(path)")
        output += text[copied...]
        if isUpdating { try output.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8) }
    }

    var cases: [Case] {
        var found: [Case] = []
        var title = ""
        var fence: [Substring] = []
        var start = 0
        var input: (words: [Substring], lines: [String])?
        for (index, line) in text.enumerated() {
            if line.hasPrefix("```") {
                if fence.isEmpty {
                    fence = line.dropFirst(3).split(separator: " ")
                    start = index + 1
                } else {
                    if fence[0] != "expect" {
                        input = (fence, Array(text[start..<index]))
                    } else if let (words, lines) = input {
                        let pairs = words.dropFirst().map { $0.split(separator: "=", maxSplits: 1) }
                        let options = Dictionary(
                            pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }, uniquingKeysWith: { $1 })
                        found.append(
                            Case(
                                title: title, kind: String(words[0]), options: options, lines: lines,
                                expected: start..<index))
                        input = nil
                    }
                    fence = []
                }
            } else if fence.isEmpty && line.hasPrefix("#") {
                title = String(line.drop { $0 == "#" || $0 == " " })
            }
        }
        return found
    }
}

/// Bytes as the goldens write them.
enum Escapes {
    /// The bytes of one input line, `end` after them unless a backslash ends the line.
    static func bytes(_ line: String, end: [UInt8] = []) -> [UInt8] {
        var out: [UInt8] = []
        var rest = Array(line.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "{"), let (text, count, after) = repetition(rest) {
                for _ in 0..<count { out += bytes(text) }
                rest = after
            } else if byte != UInt8(ascii: "\\") {
                out.append(byte)
            } else {
                guard let next = rest.popFirst() else { return out }
                switch next {
                case UInt8(ascii: "n"): out.append(0x0a)
                case UInt8(ascii: "r"): out.append(0x0d)
                case UInt8(ascii: "t"): out.append(0x09)
                case UInt8(ascii: "0"): out.append(0)
                case UInt8(ascii: "x"):
                    out.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                    rest = rest.dropFirst(2)
                default: out.append(next)
                }
            }
        }
        return out + end
    }

    /// `text*n}`, as the text, the number and what follows.
    private static func repetition(_ rest: ArraySlice<UInt8>) -> (String, Int, ArraySlice<UInt8>)? {
        guard let close = rest.firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let inside = String(decoding: rest[..<close], as: UTF8.self)
        guard let star = inside.lastIndex(of: "*"), let count = Int(inside[inside.index(after: star)...]) else {
            return nil
        }
        return (String(inside[..<star]), count, rest[(close + 1)...])
    }

    /// Bytes for reading: what is no printable ASCII is escaped, and long runs are cut.
    static func show(_ bytes: [UInt8]) -> String {
        var out = ""
        for byte in bytes.prefix(60) {
            switch byte {
            case 0x0a: out += "\\n"
            case 0x0d: out += "\\r"
            case 0x09: out += "\\t"
            case 0x20..<0x7f: out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return bytes.count > 60 ? out + "… (\(bytes.count) bytes)" : out
    }
}
