/// A Swift source taken apart: its code and its comments, each as long as the source, blanks in the other's places.
/// The text of string literals is in neither; what is interpolated into them is code.
struct SwiftText {
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    private let source: [UInt8]
    private var position = 0

    init(_ text: String) {
        source = Array(text.utf8)
        code = source.map { $0 == newline ? newline : blank }
        comments = code
        readCode(untilParenthesis: false)
    }

    private func sees(_ text: StaticString, at offset: Int = 0) -> Bool {
        let start = position + offset
        guard start + text.utf8CodeUnitCount <= source.count else { return false }
        return text.withUTF8Buffer { wanted in
            for index in wanted.indices where unsafe source[start + index] != wanted[index] { return false }
            return true
        }
    }

    private mutating func readCode(untilParenthesis: Bool) {
        var depth = 0
        while position < source.count {
            if sees("//") {
                while position < source.count && source[position] != newline { keepComment() }
            } else if sees("/*") {
                readBlockComment()
            } else if let hashes = literalStart() {
                readLiteral(hashes)
            } else {
                if sees("(") { depth += 1 }
                if sees(")") { depth -= 1 }
                if untilParenthesis && depth == 0 { return }
                code[position] = source[position]
                position += 1
            }
        }
    }

    private mutating func keepComment() {
        comments[position] = source[position]
        position += 1
    }

    private mutating func readBlockComment() {
        var depth = 0
        repeat {
            if sees("/*") { depth += 1 }
            if sees("*/") {
                depth -= 1
                keepComment()
            }
            keepComment()
        } while depth > 0 && position < source.count
    }

    /// How many `#` a string literal begins with, where one begins here.
    private func literalStart() -> Int? {
        var count = 0
        while sees("#", at: count) { count += 1 }
        return sees("\"", at: count) ? count : nil
    }

    private mutating func readLiteral(_ hashes: Int) {
        position += hashes
        let isBlock = sees("\"\"\"")
        let quotes = isBlock ? 3 : 1
        position += quotes
        while position < source.count {
            if sees("\"\"\"") || !isBlock && sees("\"") {
                if follows(hashes, after: quotes) {
                    position += quotes + hashes
                    return
                }
                position += 1
            } else if sees("\\") && follows(hashes, after: 1) {
                position += 1 + hashes
                if sees("(") { readCode(untilParenthesis: true) }
                position += 1
            } else {
                position += 1
            }
        }
    }

    private func follows(_ hashes: Int, after offset: Int) -> Bool {
        for index in 0..<hashes where !sees("#", at: offset + index) { return false }
        return true
    }
}

let newline = UInt8(ascii: "\n")
let blank = UInt8(ascii: " ")
