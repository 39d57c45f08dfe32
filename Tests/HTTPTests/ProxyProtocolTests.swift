import Bytes
import FuzzTargets
import HTTP
import Testing

/// The goldens of the PROXY protocol; each header is read whole, byte by byte, and in two parts cut at each place.
@Suite struct ProxyProtocolTests {
    @Test func golden() throws {
        try GoldenFile("proxy-protocol").check { one in
            let bytes = one.bytes
            let whole = Self.read(bytes, [bytes.count])
            for way in arrivals(of: bytes.count) {
                let cut = Self.read(bytes, way)
                // A refusal quotes what had arrived.
                if cut.prefix(1).map({ $0.prefix(12) }) != whole.prefix(1).map({ $0.prefix(12) }) {
                    Issue.record("\(one.title): arriving as \(way.prefix(2)) it reads \(cut), whole \(whole)")
                    break
                }
            }
            return whole
        }
    }

    @Test func fuzz() throws {
        try FuzzTests.play(["proxy-protocol"], rounds: 200) { FuzzTarget.proxyHeader.play($0) }
    }

    static func read(_ bytes: [UInt8], _ way: [Int]) -> [String] {
        var progress = ProxyHeaderProgress.incomplete
        for end in way where progress == .incomplete { progress = ProxyHeader.parse(bytes.span.extracting(0..<end)) }
        switch progress {
        case .incomplete: return ["incomplete"]
        case .refused(.broken(let range)): return ["broken header: \"\(show(range, of: bytes))\""]
        case .refused(.unknownVersion(let version)): return ["version \(version)"]
        case .refused(.tooLarge): return ["too large"]
        case .complete(let header, let end):
            var lines = [describe(header.source) + " to " + describe(header.destination)]
            if !header.values.isEmpty { lines.append("values \(show(header.values, of: bytes))") }
            if end < bytes.count { lines.append("then \(Escapes.show(Array(bytes[end...])))") }
            return lines
        }
    }

    static func describe(_ address: ProxyAddress?) -> String {
        guard let address else { return "nobody" }
        if address.isIPv6 {
            return "[\(String(address.high, radix: 16)) \(String(address.low, radix: 16))]:\(address.port)"
        }
        let octets = [24, 16, 8, 0].map { String(address.low >> UInt64($0) & 255) }
        return octets.joined(separator: ".") + ":\(address.port)"
    }
}
