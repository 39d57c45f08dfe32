/// Which requests meet which fault: what a rules file says.
///
/// One rule per line, the first that matches and whose conditions hold is played; `#` begins a comment:
///
///     GET /api/*  -> reset-after-request first 2
///     *   /orders -> never-answers seconds=5
///     fault half = read-all; send "HTTP/1.1 200 OK\r\n"; reset
package struct Rules: Equatable, Sendable {
    /// The rules in the order of their lines.
    package private(set) var rules: [Rule] = []
    /// The faults that the file defines, in its order.
    package private(set) var faults: [Fault] = []

    /// Most rules and faults of one file.
    package static let limit = 1000

    /// No rules.
    package init() {}

    /// Reads a file's text. The error names the line; whoever wrote it is at fault.
    package init(_ text: String) throws(TextError) {
        // By bytes: CR LF is one Character, which is no "\n".
        for (index, line) in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            do throws(TextError) { try add(Substring(line.last == 0x0d ? line.dropLast() : line)) } catch {
                throw TextError("line \(index + 1): \(error.description)")
            }
        }
    }

    /// The same rules, and faults of the same names.
    package static func == (left: Rules, right: Rules) -> Bool {
        left.rules == right.rules && left.faults.map(\.name) == right.faults.map(\.name)
    }

    /// The fault of that name, the file's own ones first.
    package func fault(named name: some StringProtocol) -> Fault? {
        faults.first { $0.name == name } ?? FaultTable.named(name)
    }

    private mutating func add(_ line: Substring) throws(TextError) {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard let first = words.first, !first.hasPrefix("#") else { return }
        if rules.count + faults.count == Self.limit { throw TextError("more than \(Self.limit) rules") }
        if first == "fault" { return try define(line, words) }
        // A comment may follow a rule; in a fault's bytes '#' is a byte like any other.
        rules.append(try Rule(Array(words.prefix { !$0.hasPrefix("#") }), self))
    }

    private mutating func define(_ line: Substring, _ words: [Substring]) throws(TextError) {
        guard words.count > 3, words[2] == "=", let equals = line.firstIndex(of: "=") else {
            throw TextError("'fault NAME = STEP; STEP; …' expected")
        }
        let name = String(words[1])
        if !name.utf8.allSatisfy({ ASCIIByte.isLetterOrDigit($0) || $0 == 0x2d || $0 == 0x2e }) {
            throw TextError("a fault's name has letters, digits, '-' and '.' only")
        }
        if fault(named: name) != nil { throw TextError("there is a fault '\(name)' already") }
        let steps = try StepText.steps(in: String(line[line.index(after: equals)...]))
        faults.append(Fault(name, .own, StepText.text(steps, payloadLimit: 60), .fails(502, .protocolError), steps))
    }
}

/// One line of a rules file: these requests meet this fault.
package struct Rule: Equatable, Sendable {
    /// Nil: any method.
    package let method: String?
    /// A path in which `*` stands for any run of characters.
    package let pattern: String
    /// The fault's name; that it exists was checked.
    package let fault: String
    /// What was set; the fault's defaults go for the rest.
    package let settings: [Knob: Int]

    init(_ words: [Substring], _ rules: Rules) throws(TextError) {
        guard words.count >= 4, words[2] == "->" else {
            throw TextError("'METHOD PATH -> FAULT [NAME=VALUE …]' expected")
        }
        method = words[0] == "*" ? nil : String(words[0])
        pattern = String(words[1])
        if !pattern.hasPrefix("/") && !pattern.hasPrefix("*") {
            throw TextError("the path '\(pattern)' must begin with '/' or '*'")
        }
        guard let fault = rules.fault(named: words[3]) else { throw TextError(Self.unknown(String(words[3]))) }
        if fault.place != nil {
            throw TextError("'\(fault.name)' concerns connecting and cannot be chosen for a request")
        }
        self.fault = fault.name
        var settings: [Knob: Int] = [:]
        var rest = words.dropFirst(4)
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? parts[1] : rest.popFirst() ?? ""
            guard let knob = Knob(rawValue: String(parts[0])) else {
                throw TextError("unknown parameter '\(parts[0])'")
            }
            settings[knob] = try knob.value(String(value), for: fault)
        }
        self.settings = settings
    }

    /// What to say about a name that no fault has.
    static func unknown(_ name: String) -> String {
        "unknown fault '\(name)'" + (FaultTable.nearest(to: name).map { "; is '\($0)' meant?" } ?? "; --list shows all")
    }

    /// Whether the rule is about such a request.
    package func matches(method: String, path: String) -> Bool {
        if let wanted = self.method, wanted != method { return false }
        return Self.matches(Array(pattern.utf8), Array(path.utf8))
    }

    /// Greedy matching with one point to go back to: the last `*`.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (index, position) = (0, 0)
        var back: (index: Int, position: Int)?
        while position < text.count {
            if index < pattern.count, pattern[index] == 0x2a {
                back = (index, position)
                index += 1
            } else if index < pattern.count, pattern[index] == text[position] {
                index += 1
                position += 1
            } else if let last = back {
                back = (last.index, last.position + 1)
                (index, position) = (last.index + 1, last.position + 1)
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == 0x2a }
    }
}

extension Knob {
    /// The value that a user wrote for a fault, or what is wrong with it.
    package func value(_ text: String, for fault: Fault) throws(TextError) -> Int {
        if !fault.takes(self) {
            let names = (fault.defaults.keys.map(\.rawValue) + Knob.universal.map(\.rawValue)).sorted()
            throw TextError("'\(fault.name)' has no parameter '\(rawValue)'; it has \(names.joined(separator: ", "))")
        }
        guard let value = Int(text), value >= least, value <= limit else {
            throw TextError("'\(rawValue)' must be a number from \(least) to \(limit), not '\(text)'")
        }
        return value
    }
}
