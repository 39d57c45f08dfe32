import SimulatedKernel

/// What an upstream does with a health check: mostly it passes.
enum CheckPlay {
    static func answer(_ chance: inout Chance) -> [FarAction] {
        let good = Array("all is good\n".utf8)
        switch chance.below(24) {
        case 0: return [.close]
        case 1: return [.reset]
        case 2: return [.stall]
        case 3: return [.send("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"), .awaitEnd, .close]
        case 4: return [.send(head(status: 503, good.count) + good)]
        case 5: return [.send(head(status: 200, good.count) + good), .close]
        case 6: return [.send(Array(head(status: 200, good.count).prefix(20))), chance.percent(50) ? .reset : .stall]
        case 7: return [.send(head(status: 200, 500) + good), chance.percent(50) ? .close : .stall]
        case 8: return [.send(head(status: 200, 400_000)), .send([UInt8](repeating: 0x20, count: 400_000))]
        case 9: return [.send(head(status: 200, -1) + Array("zz\r\n".utf8)), .awaitEnd, .close]
        case 10:
            let whole = head(status: 200, good.count) + good
            return [.trickle(whole, pieceBytes: chance.within(1...20), gapMilliseconds: chance.within(1...9_000))]
        case 11: return [.send(head(status: 200, -1) + Pattern.chunked(good, pieceBytes: 3))]
        case 12: return [.send("HTTP/1.1 103 Early Hints\r\n\r\n"), .send(head(status: 200, good.count) + good)]
        case 13: return [.send(head(status: 200, 3) + good), .awaitEnd, .close]
        case 14:
            let head = "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
            return [.send(head), .awaitEnd, .close]
        default: return [.send(head(status: 200, good.count) + good)]
        }
    }

    /// Chunked where `count` is −1.
    private static func head(status: Int, _ count: Int) -> [UInt8] {
        let framing = count < 0 ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
        return Array("HTTP/1.1 \(status) Whatever\r\nContent-Type: text/plain\r\n\(framing)\r\n\r\n".utf8)
    }
}
