import Bytes
import Configuration
import HTTP

extension RoutingTable {
    /// How many access logs the exchange's location has.
    package func accessLogCount(_ record: borrowing ExchangeRecord) -> Int {
        Int(entries[record.route.location].accessLogs.count)
    }

    /// Appends the line for the location's access log at `index`, its line end included. False (and nothing appended)
    /// where its `if=` says no.
    package func appendAccessLine(
        _ index: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        let log = accessLogs[entries[record.route.location].accessLogs.indices.lowerBound + index]
        if let condition = log.condition, !holds(condition, &record, moment, &out) { return false }
        let format = formats[Int(log.format)]
        for place in format.operations.indices {
            let operation = operations[place]
            if operation.kind == .literal {
                out.append(literals, operation.bytes)
                continue
            }
            let start = out.count
            let found = append(operation, &record, moment, to: &out)
            switch format.escape {
            case .standard: found ? out.escape(from: start, .log) : out.append(0x2d)
            case .json: out.escape(from: start, .json)
            case .none: break
            }
        }
        out.append(ASCII.lf)
        return true
    }

    /// Appends the path of the access log at `index`, where it has variables; false for a literal one.
    package func appendAccessLogPath(
        _ index: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        let log = accessLogs[entries[record.route.location].accessLogs.indices.lowerBound + index]
        guard let path = log.path else { return false }
        append(path, &record, moment, to: &out)
        return true
    }
}

/// How a value is written into an access line (nginx: log_format, escape).
enum LineEscape {
    /// `"`, `\`, below 0x20 and above 0x7e as `\xHH`, upper-case.
    case log
    /// As inside a string of JSON (RFC 8259 §7); bytes from 0x80 on as they are.
    case json

    /// Whether one of the eight bytes of a word needs to be escaped, or perhaps does: never false where one does.
    func isInWord(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ ones &* 0x22
        let backslash = word ^ ones &* 0x5c
        let delete = word ^ ones &* 0x7f
        let control = (word &- ones &* 0x20) & ~word
        let found =
            control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            | ((delete &- ones) & ~delete) | word
        return found & (ones &* 0x80) != 0
    }

    func needs(_ byte: UInt8) -> Bool {
        if byte < 0x20 || byte == 0x22 || byte == 0x5c { return true }
        return self == .log && byte > 0x7e
    }
}

extension ByteBuffer {
    /// Escapes what was appended since `start`, in place. Most values need nothing: then they are only looked at.
    mutating func escape(from start: Int, _ kind: LineEscape) {
        var first = start
        while first + 8 <= count, !kind.isInWord(span.word(at: first)) { first += 8 }
        var extra = 0
        for index in first..<count where kind.needs(self[index]) { extra += kind.extraBytes(self[index]) }
        if extra == 0 { return }
        var source = count
        appendUninitialized(extra)
        var target = count
        while source < target {
            source -= 1
            let byte = self[source]
            if !kind.needs(byte) {
                target -= 1
                self[target] = byte
                continue
            }
            target -= 1 + kind.extraBytes(byte)
            write(byte, kind, at: target)
        }
    }

    private mutating func write(_ byte: UInt8, _ kind: LineEscape, at place: Int) {
        self[place] = 0x5c
        if kind == .log {
            self[place + 1] = 0x78
            self[place + 2] = Self.hexDigit(byte >> 4)
            self[place + 3] = Self.hexDigit(byte & 15)
        } else if let letter = LineEscape.letter(byte) {
            self[place + 1] = letter
        } else {
            self[place + 1] = 0x75
            self[place + 2] = 0x30
            self[place + 3] = 0x30
            self[place + 4] = 0x30 + (byte >> 4)
            self[place + 5] = Self.hexDigit(byte & 15)
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x37 }
}

extension LineEscape {
    /// How many bytes longer the escaped form is.
    func extraBytes(_ byte: UInt8) -> Int {
        if self == .log { return 3 }
        return Self.letter(byte) == nil ? 5 : 1
    }

    /// What follows the backslash in JSON's short forms.
    static func letter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x22, 0x5c: byte
        case 0x0a: 0x6e
        case 0x0d: 0x72
        case 0x09: 0x74
        case 0x08: 0x62
        case 0x0c: 0x66
        default: nil
        }
    }
}
