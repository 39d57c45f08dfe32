import Bytes
import FuzzTargets
import HTTP
import Testing

/// The fuzz targets, with the goldens as a corpus: each as it is, then changed here and there.
@Suite struct FuzzTests {
    /// SplitMix64: the same numbers on every machine.
    struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((mixed ^ (mixed >> 31)) % UInt64(sides))
        }
    }

    /// Bytes that decide something.
    static let telling = Array(" \t\r\n\0:,;/.?#%*_-0139aAfFzHP[]()\u{1}\u{7f}\u{e9}".utf8)

    static func changed(_ input: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = input
        for _ in 0...dice.roll(3) {
            let place = dice.roll(bytes.count + 1)
            switch dice.roll(5) {
            case 0 where place < bytes.count: bytes[place] = telling[dice.roll(telling.count)]
            case 1: bytes.insert(telling[dice.roll(telling.count)], at: place)
            case 2 where place < bytes.count: bytes.remove(at: place)
            case 3: bytes = Array(bytes[..<place])
            default:
                let start = dice.roll(bytes.count + 1)
                bytes.insert(contentsOf: bytes[start..<min(bytes.count, start + dice.roll(20))], at: place)
            }
        }
        return bytes
    }

    static func play(_ files: [String], rounds: Int, _ entry: (Span<UInt8>) -> Void) throws {
        var dice = Dice(state: 1)
        for file in files {
            for one in try GoldenFile(file).cases where one.bytes.count < 3000 {
                entry(one.bytes.span)
                for _ in 0..<rounds { entry(changed(one.bytes, &dice).span) }
            }
        }
    }

    @Test func requestHeads() throws {
        let files = ["request-line", "request-fields", "request-framing", "request-host", "request-limits"]
        try Self.play(files, rounds: 20) { FuzzTarget.requestHead.play($0) }
    }

    @Test func responseHeads() throws {
        let files = ["status-line", "response-fields", "response-framing", "response-limits"]
        try Self.play(files, rounds: 20) { FuzzTarget.responseHead.play($0) }
    }

    @Test func chunkedBodies() throws {
        try Self.play(["chunked"], rounds: 100) { FuzzTarget.chunked.play($0) }
    }

    @Test func targets() throws {
        var dice = Dice(state: 2)
        for one in try GoldenFile("paths").cases {
            for line in one.lines {
                let bytes = Escapes.bytes(line)
                FuzzTarget.target.play(bytes.span)
                for _ in 0..<200 { FuzzTarget.target.play(Self.changed(bytes, &dice).span) }
            }
        }
    }

    @Test func whatIsEncodedIsDecoded() {
        var dice = Dice(state: 3)
        for _ in 0..<50 {
            var body: [UInt8] = []
            var wire = ByteBuffer()
            for _ in 0...dice.roll(5) {
                let chunk = (0...dice.roll(300)).map { _ in UInt8(dice.roll(256)) }
                body += chunk
                ChunkedEncoder.appendHeader(byteCount: chunk.count, to: &wire)
                wire.append(chunk)
                wire.append(ChunkedEncoder.lineEnd)
            }
            wire.append(ChunkedEncoder.lastChunkBeforeTrailers)
            wire.append("X-T: 1\r\n")
            wire.append(ChunkedEncoder.lineEnd)
            let bytes = wire.span.array
            #expect(
                ChunkedGoldenTests.read(bytes, [bytes.count], 100)
                    == ["body \"\(Escapes.show(body))\"", "end", "X-T: 1"])
        }
        #expect("\(ChunkedEncoder.lastChunk)" == "0\r\n\r\n")
    }
}
