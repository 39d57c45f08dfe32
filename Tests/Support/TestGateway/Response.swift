import HTTP2Ends

/// A response as a client saw it.
package struct Response: Sendable {
    /// The status line.
    package let line: String
    package let status: Int
    package internal(set) var fields: [Field]
    /// Without the framing, as Latin-1.
    package var body = ""
    package var trailers: [Field] = []
    /// Chunks that the body came in; 0 where it was not chunked.
    package var chunks = 0
    /// How it ended.
    package var end = Ending.whole
    /// The 1xx responses before it.
    package var interims: [Response] = []

    /// How the message ended.
    package enum Ending: Equatable, Sendable {
        /// As its framing says.
        case whole
        /// Too early.
        case cut(Client.End)
        /// Its framing is none.
        case invalid
    }

    /// Reads a head with its blank line.
    init(head: String) throws {
        // A CR LF is one Character.
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
        guard !lines.isEmpty else { throw Trouble("an empty head") }
        line = lines.removeFirst()
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, let number = Int(words[1]), words[0].hasPrefix("HTTP/1.") else {
            throw Trouble("no status line: \(line)")
        }
        status = number
        fields = lines.map(Field.init(line:))
    }

    /// The body, which is a request that was echoed, with its fields' names as HTTP/1 has them mostly: HTTP/2 has them
    /// in lower case (RFC 9113 §8.2.1).
    package var echo: String {
        guard let end = body.headEnd else { return body }
        let head = String(body.unicodeScalars.prefix(end - 4)).split(separator: "\r\n")
        let lines = head.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts[0].split(separator: "-", omittingEmptySubsequences: false)
            return words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-") + ":" + parts[1]
        }
        let text = ([String(head[0])] + lines).joined(separator: "\r\n") + "\r\n\r\n"
        return text + String(body.unicodeScalars.dropFirst(end))
    }

    /// The value of the field of that name, in any case; several are joined by `, `.
    package subscript(name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The values of all fields of that name.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

/// One field line.
package struct Field: Equatable, Sendable, CustomStringConvertible {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }

    init(line: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        value = parts.count > 1 ? Self.trimmed(parts[1]) : ""
    }

    package var description: String { "\(name): \(value)" }

    /// Names are alike in any case (RFC 9110 §5.1).
    package static func == (one: Field, other: Field) -> Bool {
        one.name.lowercased() == other.name.lowercased() && one.value == other.value
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text.drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
