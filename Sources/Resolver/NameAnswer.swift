import Platform

/// Reads a DNS response (RFC 1035 §4.1) for the addresses of the name that was asked for, aliases followed.
///
/// The bytes are a stranger's: every offset is checked, every loop bounded, and what does not read is no answer.
enum NameAnswer {
    /// Addresses that are taken from one response.
    static let addressLimit = 64
    /// Aliases followed, within a response and over several (nginx: NGX_RESOLVER_MAX_RECURSION).
    static let aliasLimit = 8
    private static let recordLimit = 512

    /// What the response says of the name, for a question of that family.
    static func read(_ message: Span<UInt8>, asked name: [UInt8], _ family: LookupFamily) -> LookupOutcome {
        guard message.count >= 12, message[2] & 0x80 != 0 else { return .noAnswer }
        let code = Int(message[3] & 15)
        if code != 0 { return .failed(code: code) }
        var reader = Reader(message)
        reader.position = 12
        for _ in 0..<min(number(message, 4), recordLimit) {
            guard reader.skipName(), reader.skip(4) else { return .noAnswer }
        }
        var target = lowercased(name)
        var (ttl, aliases) = (Int.max, 0)
        var found: [SocketAddress] = []
        for _ in 0..<min(number(message, 6), recordLimit) {
            guard let record = reader.record() else {
                return found.isEmpty && aliases == 0 ? .noAnswer : .failed(code: 1)
            }
            if record.name != target || record.kind != 1 << 16 | record.type { continue }
            if record.type == 5 {
                var inner = Reader(message)
                inner.position = record.start
                guard aliases < aliasLimit, let next = inner.name() else { return .failed(code: 2) }
                aliases += 1
                target = next
            } else if let address = address(message, record, family), found.count < addressLimit {
                found.append(address)
            } else {
                continue
            }
            ttl = min(ttl, record.ttl)
        }
        if !found.isEmpty { return .addresses(found, ttlSeconds: ttl) }
        return aliases > 0 ? .alias(target, ttlSeconds: ttl) : .failed(code: 3)
    }

    private static func address(
        _ message: Span<UInt8>, _ record: Record, _ family: LookupFamily
    ) -> SocketAddress? {
        let wanted = family == .ipv4 ? (type: 1, count: 4) : (type: 28, count: 16)
        guard record.type == wanted.type, record.count == wanted.count else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for index in record.start..<record.start + record.count {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(message[index])
        }
        return SocketAddress(family: family == .ipv4 ? .ipv4 : .ipv6, high: high, low: low)
    }

    static func lowercased(_ name: [UInt8]) -> [UInt8] {
        name.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    }

    fileprivate static func number(_ message: Span<UInt8>, _ index: Int) -> Int {
        Int(message[index]) << 8 | Int(message[index + 1])
    }
}

/// A resource record; its data are `count` bytes of the message from `start` on.
private struct Record {
    var name: [UInt8]
    var type: Int
    /// Class and type together.
    var kind: Int
    var ttl: Int
    var start: Int
    var count: Int
}

/// Walks through a message. Names are read with dots, in lower case, and without the last dot.
private struct Reader: ~Escapable {
    let message: Span<UInt8>
    var position = 0

    @_lifetime(copy message)
    init(_ message: Span<UInt8>) { self.message = message }

    mutating func skip(_ count: Int) -> Bool {
        position += count
        return position <= message.count
    }

    mutating func skipName() -> Bool { name() != nil }

    /// A name, with the jumps of compression (RFC 1035 §4.1.4), which only lead back.
    mutating func name() -> [UInt8]? {
        var (text, index, end): ([UInt8], Int, Int?) = ([], position, nil)
        while index < message.count {
            let length = Int(message[index])
            if length == 0 {
                position = end ?? index + 1
                return text
            }
            if length & 0xc0 == 0xc0 {
                guard index + 1 < message.count else { return nil }
                let target = (length & 0x3f) << 8 | Int(message[index + 1])
                if target >= index { return nil }
                end = end ?? index + 2
                index = target
                continue
            }
            guard length < 64, index + 1 + length <= message.count, text.count + length < 255 else { return nil }
            if !text.isEmpty { text.append(0x2e) }
            for place in index + 1...index + length { text.append(message[place]) }
            index += 1 + length
        }
        return nil
    }

    mutating func record() -> Record? {
        guard let name = name(), position + 10 <= message.count else { return nil }
        let type = NameAnswer.number(message, position)
        let kind = NameAnswer.number(message, position + 2) << 16 | type
        // A time with its highest bit set means zero (RFC 2181 §8).
        let time = NameAnswer.number(message, position + 4) << 16 | NameAnswer.number(message, position + 6)
        let count = NameAnswer.number(message, position + 8)
        let start = position + 10
        guard start + count <= message.count else { return nil }
        position = start + count
        return Record(
            name: NameAnswer.lowercased(name), type: type, kind: kind, ttl: time >> 31 == 0 ? time : 0, start: start,
            count: count)
    }
}
