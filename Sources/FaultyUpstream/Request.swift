/// A request head as the upstream understood it. Lenient: it is what a gateway sent, and to be shown, not judged.
package struct Request: Equatable, Sendable {
    /// Most bytes that a head may have.
    static let limitBytes = 64 << 10

    /// The head as it came, Latin-1, without the blank line.
    package let head: String
    /// As it stands in the request line.
    package let method: String
    /// The target as it stands in the request line.
    package let target: String
    /// The target's path, percent-decoded; without scheme and authority where the target has them.
    package let path: String
    /// The query's names and values in order, percent-decoded.
    package let query: [(name: String, value: String)]
    /// The minor version: HTTP/1.`minor`.
    package let minor: Int
    /// Names in lower case, and values without the space around them.
    package let fields: [(name: String, value: String)]

    /// Reads a head that ends before its blank line; nil where the request line is none.
    package init?(head bytes: [UInt8]) {
        head = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        let lines = bytes.split(separator: 0x0a).map { line in line.last == 0x0d ? line.dropLast() : line }
        guard let first = lines.first else { return nil }
        let words = first.split(separator: 0x20, omittingEmptySubsequences: false).map(Self.latin)
        guard words.count == 3, !words[0].isEmpty, !words[1].isEmpty else { return nil }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return nil }
        (method, target, minor) = (words[0], words[1], words[2] == "HTTP/1.1" ? 1 : 0)
        fields = lines.dropFirst().map { line in
            let parts = line.split(separator: 0x3a, maxSplits: 1, omittingEmptySubsequences: false).map(Self.latin)
            return (parts[0].lowercased(), parts.count > 1 ? Self.trimmed(parts[1]) : "")
        }
        let halves = Self.pathAndQuery(target)
        path = Self.decoded(halves.path)
        query = halves.query.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(String(parts[0])), parts.count > 1 ? Self.decoded(String(parts[1])) : "")
        }
    }

    /// The same bytes.
    package static func == (left: Request, right: Request) -> Bool { left.head == right.head }

    /// The first field of that name (lower case), or nil.
    package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Whether a list-valued field has this word (lower case).
    package func lists(_ word: String, in name: String) -> Bool {
        fields.contains { field in
            field.name == name
                && field.value.lowercased().split(separator: ",").contains { Self.trimmed(String($0)) == word }
        }
    }

    /// Whether the connection may be used on afterwards (RFC 9112 §9.3).
    var keepsAlive: Bool { minor == 1 ? !lists("close", in: "connection") : lists("keep-alive", in: "connection") }

    /// The number that a query argument is, or nil.
    func number(_ name: String) -> Int? { query.first { $0.name == name }.flatMap { Int($0.value) } }

    private static func latin(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = text.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(rest)
    }

    private static func pathAndQuery(_ target: String) -> (path: String, query: String) {
        var rest = Substring(target)
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            rest = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts[0].isEmpty ? "/" : String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    /// Percent-decoded, as Latin-1; what is no `%XX` stays as it is.
    private static func decoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                out.append(byte)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
