import Bytes
import HTTP

/// A chunked body with its trailers.
enum ChunkedBodies {
    private static let trailerLimitBytes = 256

    static func play(_ input: Span<UInt8>) {
        let whole = read(input, Cuts(none: input))
        check(input, whole)
        let cut = read(input, Cuts(random: input))
        precondition(equal(whole, cut), "a chunked body that was cut is read differently")
        let single = read(input, Cuts(each: input))
        precondition(equal(whole, single), "a chunked body that came byte by byte is read differently")
    }

    /// What one reading came to.
    private struct Reading: ~Copyable {
        var body = ByteBuffer()
        var trailer = ByteBuffer()
        var ending = "more is needed"
        /// Where the body ended; nil where it did not.
        var end: Int?
        /// Bytes that were passed.
        var passed = 0
        var pieces = 0
    }

    private static func equal(_ one: borrowing Reading, _ other: borrowing Reading) -> Bool {
        one.ending == other.ending && one.end == other.end && one.body.span.equals(other.body.span)
            && one.trailer.span.equals(other.trailer.span)
    }

    private static func read(_ input: Span<UInt8>, _ cuts: consuming Cuts) -> Reading {
        var decoder = ChunkedDecoder(trailerLimitBytes: trailerLimitBytes)
        var reading = Reading()
        while let end = cuts.next() {
            steps: while true {
                switch decoder.step(
                    input.extracting(0..<end), from: reading.passed, trailer: &reading.trailer)
                {
                case .data(let range):
                    precondition(
                        range.start >= reading.passed && !range.isEmpty && range.end <= end,
                        "body bytes out of their order")
                    reading.body.append(input.part(range))
                    reading.passed = range.end
                    reading.pieces += 1
                case .needMore:
                    reading.passed = end
                    break steps
                case .end(let next):
                    precondition(next > reading.passed && next <= end && decoder.isOver, "an end that lies elsewhere")
                    reading.ending = "the end"
                    reading.end = next
                    return reading
                case .refused(let refusal):
                    reading.ending = "\(refusal)"
                    return reading
                }
            }
        }
        return reading
    }

    /// What holds for any body.
    private static func check(_ input: Span<UInt8>, _ reading: borrowing Reading) {
        precondition(reading.body.count + reading.trailer.count <= input.count, "more comes out than came in")
        // What is quoted of a refused trailer has the byte before the one that spoils it.
        precondition(reading.trailer.count <= trailerLimitBytes + 1, "more trailers than the limit")
        guard let end = reading.end else { return }
        precondition(reading.trailer.count <= trailerLimitBytes, "more trailers than the limit")
        let frame = end - reading.body.count - reading.trailer.count - 2
        // The documented bound, the last chunk counted, and one byte a chunk for what halving rounds away.
        precondition(
            frame <= 16384 + 17 * (reading.pieces + 1) + 2 * reading.body.count, "size lines without a bound")
        let alone = read(input.extracting(0..<end), Cuts(none: input.extracting(0..<end)))
        precondition(equal(alone, reading), "a body depends on what follows it")
        checkAgain(reading)
        checkTrailers(reading.trailer)
    }

    /// The same body in the gateway's own chunks is the same body.
    private static func checkAgain(_ reading: borrowing Reading) {
        var wire = ByteBuffer()
        if !reading.body.isEmpty {
            ChunkedEncoder.appendHeader(byteCount: reading.body.count, to: &wire)
            wire.append(reading.body.span)
            wire.append(ChunkedEncoder.lineEnd)
        }
        wire.append(ChunkedEncoder.lastChunkBeforeTrailers)
        wire.append(reading.trailer.span)
        wire.append(ChunkedEncoder.lineEnd)
        let again = read(wire.span, Cuts(none: wire.span))
        precondition(again.end == wire.count, "what was decoded and encoded is not decoded again")
        precondition(
            again.body.span.equals(reading.body.span) && again.trailer.span.equals(reading.trailer.span),
            "what was decoded and encoded is something else")
    }

    /// A whole trailer section is read to its end, and what would frame or route comes too late.
    private static func checkTrailers(_ section: borrowing ByteBuffer) {
        var table = FieldTable(limit: 200)
        Trailers.read(section.span, fields: &table)
        if table.count == 0 {
            precondition(section.isEmpty, "a trailer section without fields")
            return
        }
        let last = table[table.count - 1].value.end
        let rest = section.span.extracting(last..<section.count)
        for index in rest.indices {
            precondition([0x20, 0x09, 0x0d, 0x0a].contains(rest[index]), "trailers that are not read to their end")
        }
        for index in 0..<table.count {
            let name = section.span.part(table[index].name)
            let isFraming =
                name.equalsIgnoringCase("content-length") || name.equalsIgnoringCase("transfer-encoding")
                || name.equalsIgnoringCase("host")
            precondition(!isFraming || !table[index].isForwarded, "a trailer that frames is passed on")
        }
    }
}
