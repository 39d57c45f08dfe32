import Bytes
import HTTP
import Testing

/// The goldens of the chunked coding; each body is read whole, byte by byte, and in two parts cut at each place.
@Suite struct ChunkedGoldenTests {
    @Test func golden() throws {
        try GoldenFile("chunked").check { one in
            let bytes = one.bytes
            let limit = one.options["trailers"].flatMap(Int.init) ?? 1024
            let whole = Self.read(bytes, [bytes.count], limit)
            for way in arrivals(of: bytes.count) {
                let cut = Self.read(bytes, way, limit)
                if cut != whole {
                    Issue.record("\(one.title): arriving as \(way.prefix(2)) it reads \(cut), whole \(whole)")
                    break
                }
            }
            return whole
        }
    }

    static func read(_ bytes: [UInt8], _ way: [Int], _ trailerLimit: Int) -> [String] {
        var decoder = ChunkedDecoder(trailerLimitBytes: trailerLimit)
        var trailer = ByteBuffer()
        var body: [UInt8] = []
        var offset = 0
        var ending = "incomplete"
        loop: for end in way {
            steps: while true {
                switch decoder.step(bytes.span.extracting(0..<end), from: offset, trailer: &trailer) {
                case .data(let range):
                    body += bytes[range.start..<range.end]
                    offset = range.end
                case .needMore:
                    offset = end
                    break steps
                case .end(let next):
                    ending = next < bytes.count ? "end, then \(Escapes.show(Array(bytes[next...])))" : "end"
                    break loop
                case .refused(let refusal):
                    ending = "\(refusal.responseText)"
                    if refusal == .invalidTrailer {
                        let table = FieldTable(limit: 1)
                        ending += quoted(decoder.trailerEvidence(in: trailer), head: trailer.span.array, fields: table)
                    }
                    break loop
                }
            }
        }
        var lines = ["body \"\(Escapes.show(body))\"", ending]
        if decoder.isOver {
            var table = FieldTable(limit: 100)
            Trailers.read(trailer.span, fields: &table)
            lines += table.lines(trailer.span.array)
        }
        return lines
    }
}
