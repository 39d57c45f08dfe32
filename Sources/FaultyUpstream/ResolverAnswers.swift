/// A query with one question (RFC 1035 §4.1), and the answer that its name asks for.
struct Question {
    let query: [UInt8]
    let labels: [String]
    /// 1 asks for A records, 28 for AAAA.
    let type: Int
    /// Where the question ends in the query.
    let end: Int

    var name: String { labels.joined(separator: ".") }

    /// Nil where it is no query.
    init?(_ query: [UInt8]) {
        guard query.count > 12, query[2] & 0x80 == 0, query[4] == 0, query[5] == 1 else { return nil }
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let next = index + 1 + Int(query[index])
            guard query[index] < 64, next < query.count else { return nil }
            labels.append(String(decoding: query[index + 1..<next], as: UTF8.self).lowercased())
            index = next
        }
        guard index + 4 < query.count else { return nil }
        (self.query, self.labels, end) = (query, labels, index + 5)
        type = Int(query[index + 1]) << 8 | Int(query[index + 2])
    }

    /// The answer; nil for none. `count`: how often the name was asked for before.
    func answer(count: Int) -> [UInt8]? {
        let kind = labels.first ?? ""
        let number = Self.numbers(kind).first ?? 0
        switch kind.split(separator: "-").first ?? "" {
        case "silent": return nil
        case "formerr": return message(code: 1, [])
        case "servfail": return message(code: 2, [])
        case "nxdomain": return message(code: 3, [])
        case "notimp": return message(code: 4, [])
        case "refused": return message(code: 5, [])
        case "wrong": return message([record(address)], idMask: 0xff)
        case "cut": return Array(message([record(address)]).prefix(number))
        case "garbage": return garbage(UInt64(number))
        default: return message(records(kind, count))
        }
    }

    /// The answer that is only a response code.
    func refusal(_ code: UInt8) -> [UInt8] { message(code: code, []) }

    // MARK: records

    private var address: [UInt8] { [127, 0, 0, 1] }

    private func records(_ kind: String, _ count: Int) -> [[UInt8]] {
        let rest = Self.wire(Array(labels.dropFirst()))
        let six: [UInt8] = Array(repeating: 0, count: 15) + [1]
        switch kind {
        case "empty": return []
        case "six": return type == 28 ? [record(six)] : []
        case "both": return [record(type == 28 ? six : address)]
        case "loop": return [record(Self.wire(labels), type: 5)]
        case "alias": return [record(rest, type: 5)]
        case "chain": return type == 1 ? [record(rest, type: 5), record(address, owner: rest)] : []
        default: break
        }
        if type != 1 { return [] }
        let numbers = Self.numbers(kind)
        switch kind.split(separator: "-").first ?? "" {
        case "many": return (1...5).map { record([127, 0, 0, $0]) }
        case "moves": return [record([127, 0, 0, UInt8(1 + count % 254)])]
        case "ttl": return [record(address, seconds: numbers.first ?? 0)]
        case "ip" where numbers.count == 4: return [record(numbers.map { UInt8(truncatingIfNeeded: $0) })]
        default: return [record(address)]
        }
    }

    /// A record of the question's type and name, unless something else is said.
    private func record(
        _ data: [UInt8], type: Int? = nil, owner: [UInt8] = [0xc0, 0x0c], seconds: Int = 1
    ) -> [UInt8] {
        let type = type ?? self.type
        let time = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: seconds >> $0) }
        let head: [UInt8] = [UInt8(type >> 8), UInt8(type & 255), 0, 1]
        return owner + head + time + [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    private func message(code: UInt8 = 0, _ records: [[UInt8]], idMask: UInt8 = 0) -> [UInt8] {
        let head: [UInt8] = [
            query[0] ^ idMask, query[1], 0x80 | query[2] & 1, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0,
        ]
        return head + query[12..<end] + records.flatMap { $0 }
    }

    /// Something that is no good answer: a good one with bytes changed, cut or added, or mere noise.
    private func garbage(_ seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func draw(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state >> 33) % limit
        }
        var bytes = message((0...draw(4)).map { _ in record(address) })
        switch draw(4) {
        case 0: bytes = Array(bytes.prefix(draw(bytes.count)))
        case 1: bytes += (0..<draw(400)).map { _ in UInt8(draw(256)) }
        case 2: bytes = Array(query[0..<2]) + (0..<draw(500)).map { _ in UInt8(draw(256)) }
        default: break
        }
        for _ in 0...draw(12) where bytes.count > 2 { bytes[2 + draw(bytes.count - 2)] = UInt8(draw(256)) }
        return bytes
    }

    private static func numbers(_ label: String) -> [Int] {
        label.split(separator: "-").dropFirst().compactMap { Int($0) }
    }

    private static func wire(_ labels: [String]) -> [UInt8] {
        labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}
