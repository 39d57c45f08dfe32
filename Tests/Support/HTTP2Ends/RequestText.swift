/// A request's head as a test wrote it for HTTP/1, and what it is in HTTP/2. It may be wrong in any way.
struct RequestText {
    let method: String
    /// The lines of its field section, pseudo-fields first, each with CR LF.
    let lines: String
    let framing: Framing
    /// Whether it asks for an upgrade, which is an extended CONNECT then (RFC 8441).
    let isTunnel: Bool
    let byteCount: Int

    enum Framing: Equatable {
        case none, chunked
        case length(Int)
        /// Two parsers could read it differently: whatever follows is this request's body.
        case unclear
    }

    /// Reads the head at the beginning of `text`, in which each scalar is a byte; nil where it is not whole.
    init?(_ text: String) {
        guard let end = text.headEnd else { return nil }
        byteCount = end
        var texts = Self.split(String(text.unicodeScalars.prefix(end - 4)))
        let words = texts.removeFirst().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        method = words[0]
        let fields = texts.map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: parts[0].lowercased(), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let framing = Self.framing(fields, isPost: words[0] == "POST")
        self.framing = framing
        let values = { (name: String) in fields.filter { $0.name == name }.map(\.value) }
        let protocolName = values("upgrade").first
        let options = values("connection").flatMap { $0.lowercased().split(separator: ",").map(Self.trimmed) }
        isTunnel = protocolName != nil && options.contains("upgrade") && method == "GET"
        var pseudo = [(":method", isTunnel ? "CONNECT" : method), (":scheme", "http")]
        pseudo.append((":path", words.count > 1 ? words[1] : ""))
        if let host = values("host").first { pseudo.append((":authority", host)) }
        if isTunnel, let protocolName { pseudo.append((":protocol", protocolName)) }
        // A Host that differs from another is the gateway's to refuse.
        let rest = fields.enumerated().filter { index, field in
            !Self.isForConnection(field.name, options, framing)
                && (field.name != "host" || index != fields.firstIndex { $0.name == "host" })
        }
        let all = pseudo.map { ($0.0, $0.1) } + rest.map { ($0.element.name, $0.element.value) }
        self.lines = all.map { "\($0.0): \($0.1)\r\n" }.joined()
    }

    /// HTTP/2 has no field about a connection (RFC 9113 §8.2.2). A framing that is clear is its frames'; one that is
    /// not is passed on for the gateway to refuse.
    private static func isForConnection(_ name: String, _ options: [String], _ framing: Framing) -> Bool {
        if name == "te" { return false }
        if name == "transfer-encoding" { return framing == .chunked }
        return ["connection", "keep-alive", "proxy-connection", "upgrade"].contains(name) || options.contains(name)
    }

    private static func framing(_ fields: [(name: String, value: String)], isPost: Bool) -> Framing {
        let about = fields.filter { trimmed($0.name) == "content-length" || trimmed($0.name) == "transfer-encoding" }
        if about.isEmpty { return isPost ? .unclear : .none }
        if about.count > 1 { return .unclear }
        if about[0].name == "transfer-encoding", about[0].value == "chunked" { return .chunked }
        let digits = about[0].value
        guard about[0].name == "content-length", digits.allSatisfy({ "0"..."9" ~= $0 }), let length = Int(digits) else {
            return .unclear
        }
        return .length(length)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// Lines that end in CR LF; a CR LF is one Character, but not behind another CR.
    private static func split(_ text: String) -> [String] {
        var lines = [""]
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if previous == "\r", scalar == "\n" {
                lines[lines.count - 1].unicodeScalars.removeLast()
                lines.append("")
            } else {
                lines[lines.count - 1].unicodeScalars.append(scalar)
            }
            previous = scalar
        }
        return lines
    }
}
