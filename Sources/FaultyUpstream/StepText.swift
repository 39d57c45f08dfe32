/// Steps as text: `read-all; send "HTTP/1.1 20"; sleep 100ms; reset`.
///
/// Rules files define faults in it, and `faulty-upstream --show` prints faults in it.
package enum StepText {
    // MARK: writing

    /// The steps in one line; a payload that takes more than `payloadLimit` characters is shortened.
    package static func text(_ steps: [Step], payloadLimit: Int = .max) -> String {
        steps.map { text($0, payloadLimit) }.joined(separator: "; ")
    }

    private static func text(_ step: Step, _ limit: Int) -> String {
        switch step {
        case .readHead: return "read-head"
        case .readBody: return "read-body"
        case .readAll: return "read-all"
        case .read(let bytes): return "read \(bytes)"
        case .readSome: return "read-some"
        case .peek: return "peek"
        case .send(let payload): return "send " + text(payload, limit)
        case .dribble(let payload, let bytes, let pause):
            return "dribble \(text(payload, limit)) by \(bytes) each \(pause)ms"
        case .sleep(let milliseconds): return "sleep \(milliseconds)ms"
        case .stall(let milliseconds): return "stall" + (milliseconds.map { " \($0)ms" } ?? "")
        case .hold(let milliseconds): return "hold" + (milliseconds.map { " \($0)ms" } ?? "")
        case .shutdownWrite: return "shutdown-write"
        case .shutdownRead: return "shutdown-read"
        case .finish: return "finish"
        case .close: return "close"
        case .reset: return "reset"
        case .echo: return "echo"
        case .switchProtocols: return "switch-protocols"
        case .answerAll(let payload): return "answer-all " + text(payload, limit)
        case .serve: return "serve"
        }
    }

    private static func text(_ payload: Payload, _ limit: Int) -> String {
        if payload.runs.isEmpty { return "\"\"" }
        let whole = payload.runs.map { quoted($0.bytes) + ($0.times == 1 ? "" : " * \($0.times)") }.joined(
            separator: " ")
        return whole.count <= limit ? whole : "\(whole.prefix(limit))… (\(payload.count) bytes)"
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        for byte in bytes {
            switch byte {
            case 0x0d: text += "\\r"
            case 0x0a: text += "\\n"
            case 0x09: text += "\\t"
            case 0x22: text += "\\\""
            case 0x5c: text += "\\\\"
            case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text + "\""
    }

    // MARK: reading

    /// Reads steps, separated by `;`. The error says what is wrong; whoever wrote the text is at fault.
    package static func steps(in text: String) throws(TextError) -> [Step] {
        var reader = StepReader(text)
        var steps: [Step] = []
        repeat { steps.append(try reader.step()) } while try reader.goesOn()
        return steps
    }
}

/// What is wrong with a text that a user wrote.
package struct TextError: Error, CustomStringConvertible, Equatable, Sendable {
    /// For the user, without a full stop.
    package let description: String
    init(_ description: String) { self.description = description }
}

private struct StepReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    mutating func goesOn() throws(TextError) -> Bool {
        skipSpace()
        if rest.isEmpty { return false }
        guard rest.first == 0x3b else { throw TextError("';' expected before '\(String(rest) ?? "")'") }
        rest.removeFirst()
        return true
    }

    mutating func step() throws(TextError) -> Step {
        let name = word()
        switch name {
        case "read-head": return .readHead
        case "read-body": return .readBody
        case "read-all": return .readAll
        case "read": return .read(bytes: try number("the bytes to read"))
        case "read-some": return .readSome
        case "peek": return .peek
        case "send": return .send(try payload())
        case "dribble":
            let bytes = try payload()
            try expect("by")
            let size = try number("the bytes of a piece")
            try expect("each")
            return .dribble(bytes, bytes: max(size, 1), milliseconds: try time())
        case "sleep": return .sleep(milliseconds: try time())
        case "stall": return .stall(milliseconds: try timeIfAny())
        case "hold": return .hold(milliseconds: try timeIfAny())
        case "shutdown-write": return .shutdownWrite
        case "shutdown-read": return .shutdownRead
        case "finish": return .finish
        case "close": return .close
        case "reset": return .reset
        case "echo": return .echo
        case "switch-protocols": return .switchProtocols
        case "answer-all": return .answerAll(try payload())
        case "serve": return .serve
        default: throw TextError(name.isEmpty ? "a step expected" : "unknown step '\(name)'")
        }
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 }[...] }

    private mutating func word() -> String {
        skipSpace()
        let end = rest.firstIndex { !(ASCIIByte.isLetterOrDigit($0) || $0 == 0x2d) } ?? rest.endIndex
        let word = String(rest[..<end]) ?? ""
        rest = rest[end...]
        return word
    }

    private mutating func expect(_ wanted: String) throws(TextError) {
        let found = word()
        if found != wanted { throw TextError("'\(wanted)' expected, not '\(found)'") }
    }

    private mutating func number(_ what: String) throws(TextError) -> Int {
        let text = word()
        guard let value = Int(text), value >= 0, value <= Payload.limitBytes else {
            throw TextError("\(what) must be a number up to \(Payload.limitBytes), not '\(text)'")
        }
        return value
    }

    private mutating func time() throws(TextError) -> Int {
        let text = word()
        let isSeconds = text.hasSuffix("s") && !text.hasSuffix("ms")
        let digits = text.hasSuffix("ms") ? text.dropLast(2) : text.dropLast(1)
        guard text.hasSuffix("s"), let value = Int(digits), value >= 0, value <= 3_600_000 else {
            throw TextError("a time such as 100ms or 5s expected, not '\(text)'")
        }
        return isSeconds ? value * 1000 : value
    }

    private mutating func timeIfAny() throws(TextError) -> Int? {
        skipSpace()
        if rest.isEmpty || rest.first == 0x3b { return nil }
        return try time()
    }

    private mutating func payload() throws(TextError) -> Payload {
        var sum = Payload([UInt8]())
        skipSpace()
        guard rest.first == 0x22 else { throw TextError("bytes in double quotes expected") }
        while rest.first == 0x22 {
            let bytes = try literal()
            skipSpace()
            var times = 1
            if rest.first == 0x2a {
                rest.removeFirst()
                times = try number("the repetitions")
            }
            if bytes.count * times + sum.count > Payload.limitBytes { throw TextError("more than 64 MiB to send") }
            sum = sum + Payload(bytes, times: times)
            skipSpace()
        }
        return sum
    }

    private mutating func literal() throws(TextError) -> [UInt8] {
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0x22 { return bytes }
            bytes.append(byte == 0x5c ? try escaped() : byte)
        }
        throw TextError("a closing '\"' is missing")
    }

    private mutating func escaped() throws(TextError) -> UInt8 {
        switch rest.popFirst() {
        case 0x72: return 0x0d
        case 0x6e: return 0x0a
        case 0x74: return 0x09
        case 0x30: return 0
        case 0x22: return 0x22
        case 0x5c: return 0x5c
        case 0x78:
            let digits = rest.prefix(2)
            guard digits.count == 2, let text = String(digits), let value = UInt8(text, radix: 16) else { break }
            rest = rest.dropFirst(2)
            return value
        default: break
        }
        throw TextError("unknown escape; there are \\r \\n \\t \\0 \\\" \\\\ and \\xHH")
    }
}

enum ASCIIByte {
    static func isLetterOrDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 }
}
