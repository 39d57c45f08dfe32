/// Splits configuration text into words, as nginx does: a directive's words up to `;`, `{` or `}`.
struct Lexer {
    /// What ended the words.
    enum Ending: Equatable {
        case semicolon
        case openingBrace
        /// `}`; there are no words before it.
        case closingBrace
        case endOfText
    }

    /// nginx reads through a buffer of this many bytes, which a word must fit into.
    static let wordLimitBytes = 4096

    let bytes: [UInt8]
    /// The file's full path; nil for the text of `-g`.
    let file: String?
    private(set) var offset = 0
    private(set) var line = 1

    init(bytes: [UInt8], file: String?) {
        self.bytes = bytes
        self.file = file
    }

    /// Where the reading stands.
    var position: SourcePosition { SourcePosition(file: file, line: line) }

    /// The next words and what ended them.
    mutating func next() throws(ConfigurationError) -> (words: [Word], ending: Ending) {
        var words: [Word] = []
        while true {
            guard try skipSpace() else {
                if words.isEmpty { return (words, .endOfText) }
                throw endOfText()
            }
            switch bytes[offset] {
            case UInt8(ascii: ";"), UInt8(ascii: "{"):
                let isBrace = bytes[offset] == UInt8(ascii: "{")
                offset += 1
                if words.isEmpty { throw error("unexpected \"\(isBrace ? "{" : ";")\"") }
                return (words, isBrace ? .openingBrace : .semicolon)
            case UInt8(ascii: "}"):
                offset += 1
                if let last = words.last {
                    throw error("unexpected \"}\"", help: "the \";\" behind \"\(last.text)\" is missing")
                }
                return (words, .closingBrace)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                words.append(try quotedWord())
                if let ending = try afterQuote() { return (words, ending) }
            default:
                words.append(try plainWord())
            }
        }
    }

    /// A configuration error at the current line.
    func error(_ message: String, help: String? = nil) -> ConfigurationError {
        ConfigurationError(message: message + position.suffix, position: position, help: help)
    }
}

/// One word of a directive, quotes and escapes resolved.
struct Word: Equatable {
    let bytes: [UInt8]
    /// The bytes as text, what is no UTF-8 replaced.
    let text: String

    init(bytes: [UInt8]) {
        self.bytes = bytes
        text = String(decoding: bytes, as: UTF8.self)
    }

    init(_ text: String) { self.init(bytes: Array(text.utf8)) }
}

extension Lexer {
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
    }

    /// Passes over space and comments; false at the end of the text.
    private mutating func skipSpace() throws(ConfigurationError) -> Bool {
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "#") {
                while offset < bytes.count && bytes[offset] != 0x0a { offset += 1 }
            } else if Lexer.isSpace(byte) {
                if byte == 0x0a { line += 1 }
                offset += 1
            } else {
                return true
            }
        }
        return false
    }

    /// A word without quotes, up to space, `;` or `{`. `${` does not end it.
    private mutating func plainWord() throws(ConfigurationError) -> Word {
        let start = offset
        let startLine = line
        var afterDollar = false
        while true {
            try checkLength(from: start, line: startLine, quote: nil)
            let byte = bytes[offset]
            let endsHere =
                Lexer.isSpace(byte) || byte == UInt8(ascii: ";")
                || (byte == UInt8(ascii: "{") && !afterDollar)
            if endsHere { return Word(bytes: Lexer.unescaped(bytes[start..<offset])) }
            try passByte(from: start, line: startLine, quote: nil)
            afterDollar = byte == UInt8(ascii: "$") || (afterDollar && byte == UInt8(ascii: "{"))
        }
    }

    /// A word in quotes, which may hold anything, newlines too.
    private mutating func quotedWord() throws(ConfigurationError) -> Word {
        let quote = bytes[offset]
        offset += 1
        let start = offset
        let startLine = line
        while true {
            try checkLength(from: start, line: startLine, quote: quote)
            if bytes[offset] == quote {
                offset += 1
                return Word(bytes: Lexer.unescaped(bytes[start..<(offset - 1)]))
            }
            try passByte(from: start, line: startLine, quote: quote)
        }
    }

    /// Goes over one byte of a word, or over a backslash and what it protects.
    private mutating func passByte(from start: Int, line startLine: Int, quote: UInt8?) throws(ConfigurationError) {
        if bytes[offset] == 0x0a { line += 1 }
        let isEscape = bytes[offset] == UInt8(ascii: "\\")
        offset += 1
        guard isEscape else { return }
        try checkLength(from: start, line: startLine, quote: quote)
        if bytes[offset] == 0x0a { line += 1 }
        offset += 1
    }

    /// What may follow a closing quote: space, `;`, `{`, or `)` which begins the next word.
    private mutating func afterQuote() throws(ConfigurationError) -> Ending? {
        guard offset < bytes.count else { throw endOfText() }
        let byte = bytes[offset]
        switch byte {
        case UInt8(ascii: ";"):
            offset += 1
            return .semicolon
        case UInt8(ascii: "{"):
            offset += 1
            return .openingBrace
        case UInt8(ascii: ")"):
            return nil
        default:
            if Lexer.isSpace(byte) { return nil }
            throw error("unexpected \"\(Word(bytes: [byte]).text)\"")
        }
    }

    /// Fails at the end of the text, and where a word has grown past nginx's buffer.
    private mutating func checkLength(from start: Int, line startLine: Int, quote: UInt8?) throws(ConfigurationError) {
        if offset >= bytes.count {
            let place = SourcePosition(file: file, line: startLine).suffix
            throw endOfText(help: quote.map { "no \(Word(bytes: [$0]).text) ends the one that begins" + place })
        }
        guard offset - start >= Lexer.wordLimitBytes else { return }
        line = startLine
        if let quote {
            let mark = quote == UInt8(ascii: "'") ? "'" : "\""
            throw error("too long parameter, probably missing terminating \"\(mark)\" character")
        }
        let beginning = Word(bytes: Array(bytes[start..<min(start + 10, bytes.count)])).text
        throw error("too long parameter \"\(beginning)...\" started")
    }

    private func endOfText(help: String? = nil) -> ConfigurationError {
        if file == nil { return error("unexpected end of parameter, expecting \";\"") }
        return error("unexpected end of file, expecting \";\" or \"}\"", help: help)
    }

    /// Resolves `\"`, `\'`, `\\`, `\t`, `\r` and `\n`; any other backslash stays.
    private static func unescaped(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        if !raw.contains(UInt8(ascii: "\\")) { return Array(raw) }
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var index = raw.startIndex
        while index < raw.endIndex {
            let byte = raw[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < raw.endIndex else {
                result.append(byte)
                continue
            }
            switch raw[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): result.append(raw[index])
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "n"): result.append(0x0a)
            default:
                result.append(byte)
                continue
            }
            index += 1
        }
        return result
    }
}
