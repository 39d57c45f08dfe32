import Bytes
import HTTP2
import HTTP2Frames
import Testing

/// The fuzzers' entry points, over inputs that any run can repeat.
@Suite struct FuzzReplayTests {
    /// Numbers from a seed (xorshift).
    struct Random {
        var state: UInt64

        mutating func next(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(limit))
        }
    }

    /// Frames that make sense more often than not.
    static func input(_ seed: UInt64, isServer: Bool) -> [UInt8] {
        var random = Random(state: seed &* 0x9e37_79b9_7f4a_7c15 | 1)
        var bytes: [UInt8] = []
        for _ in 0..<1 + random.next(12) {
            let stream = Int32(random.next(8) * (random.next(4) == 0 ? 1 : 2) + 1)
            switch random.next(9) {
            case 0, 1:
                var fields = isServer ? Frames.get("/", [("a", "b")]) : [(":status", "\(100 + random.next(400))")]
                if random.next(4) == 0 { fields.append(("content-length", "\(random.next(20))")) }
                if random.next(5) == 0 { fields.remove(at: random.next(fields.count)) }
                bytes += Frames.headers(stream, fields, ends: random.next(2) == 0, isWhole: random.next(8) != 0)
            case 2, 3:
                let body = [UInt8](repeating: UInt8(random.next(256)), count: random.next(300))
                bytes += Frames.data(stream, body, ends: random.next(3) == 0)
            case 4: bytes += Frames.reset(stream, UInt32(random.next(14)))
            case 5: bytes += Frames.window(random.next(2) == 0 ? 0 : stream, UInt32(random.next(1000)))
            case 6: bytes += Frames.settings([(UInt16(random.next(10)), UInt32(random.next(100_000)))])
            case 7: bytes += random.next(2) == 0 ? Frames.ping : Frames.goAway(last: stream, UInt32(random.next(14)))
            default: bytes += (0..<random.next(30)).map { _ in UInt8(random.next(256)) }
            }
        }
        return bytes
    }

    @Test func server() {
        for seed in 1...1500 { FuzzEntry.server(Self.input(UInt64(seed), isServer: true).span) }
    }

    @Test func client() {
        for seed in 1...1500 { FuzzEntry.client(Self.input(UInt64(seed), isServer: false).span) }
    }

    @Test func fields() {
        let names = [
            ":method", ":path", ":scheme", ":authority", ":status", ":protocol", "host", "cookie", "te", "x", "X",
        ]
        let values = ["GET", "/", "http", "a", "200", "trailers", "a\r\n", " a", "", "CONNECT", "*"]
        for seed in 1...3000 {
            var random = Random(state: UInt64(seed))
            var bytes: [UInt8] = []
            for _ in 0..<random.next(9) {
                let (name, value) = (names[random.next(names.count)], values[random.next(values.count)])
                bytes += [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
            }
            FuzzEntry.fields(bytes.span)
        }
    }
}
