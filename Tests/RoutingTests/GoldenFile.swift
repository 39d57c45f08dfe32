import Foundation
import Testing

/// A Markdown file of cases.
///
/// A `conf` block is the inside of `http {}` for the cases that follow it; a `request` block is a head, perhaps with a
/// `response` block, an upstream's head, behind it; the `expect` block says what must come of it.
///
/// In heads, lines end in CRLF, and `\xHH` is that byte. `UPDATE_GOLDEN=1` writes the expectations anew.
struct GoldenFile {
    struct Case {
        /// The last heading before it.
        let title: String
        let configuration: String
        /// The words behind the fence of the request, such as `client=192.0.2.1` or `tls`.
        let options: [String: String]
        let request: [UInt8]
        let response: [UInt8]?
        /// The lines of the file that hold the expectation.
        let expected: Range<Int>
    }

    let path: String
    let text: [String]

    init(_ name: String, file: String = #filePath) throws {
        path = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Golden/\(name).md").path
        text = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    }

    /// Runs `render` on each case and compares, or rewrites the file.
    func check(_ render: (Case) throws -> [String]) throws {
        let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
        var output: [String] = []
        var copied = 0
        for one in cases {
            let actual = try render(one)
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
        var title = "", configuration = ""
        var options: [String: String] = [:]
        var request: [UInt8] = []
        var response: [UInt8]?
        var fence: [Substring] = []
        var start = 0
        for (index, line) in text.enumerated() {
            if line.hasPrefix("```") && fence.isEmpty {
                fence = line.dropFirst(3).split(separator: " ")
                start = index + 1
                continue
            }
            guard line.hasPrefix("```") else {
                if fence.isEmpty && line.hasPrefix("#") { title = String(line.drop { $0 == "#" || $0 == " " }) }
                continue
            }
            let lines = Array(text[start..<index])
            switch fence[0] {
            case "conf": configuration = lines.joined(separator: "\n")
            case "request":
                options = Self.options(fence.dropFirst())
                request = lines.flatMap(Self.bytes) + [0x0d, 0x0a]
                response = nil
            case "response": response = lines.flatMap(Self.bytes) + [0x0d, 0x0a]
            default:
                found.append(
                    Case(
                        title: title, configuration: configuration, options: options, request: request,
                        response: response, expected: start..<index))
            }
            fence = []
        }
        return found
    }

    private static func options(_ words: ArraySlice<Substring>) -> [String: String] {
        let pairs = words.map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(
            pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }, uniquingKeysWith: { $0 + "," + $1 })
    }

    private static func bytes(_ line: String) -> [UInt8] {
        var out: [UInt8] = []
        var rest = Array(line.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"),
                let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(3)
            } else {
                out.append(byte)
            }
        }
        return out + [0x0d, 0x0a]
    }
}

/// Bytes for reading: what is no printable ASCII is written `\xHH`.
func show(_ bytes: [UInt8]) -> String {
    var out = ""
    for byte in bytes {
        if (0x20..<0x7f).contains(byte) {
            out.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            out += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return out
}

/// The lines of a head or of a log, without their ends.
func showLines(_ bytes: [UInt8], mark: String) -> [String] {
    var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
        show(line.last == 0x0d ? line.dropLast() : Array(line))
    }
    while lines.last == "" { lines.removeLast() }
    return lines.map { $0.isEmpty ? mark : "\(mark) \($0)" }
}
