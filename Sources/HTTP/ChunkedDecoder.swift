import Bytes

/// What is wrong with a chunked body; its sender's fault.
package enum ChunkRefusal: UInt8, CaseIterable, Sendable {
    /// A byte that cannot stand there, a size over `Int64.max`, or too many bytes around too little data.
    case invalidChunk
    case invalidTrailer
    case tooBigTrailers

    /// nginx's words for an upstream's body, up to the evidence, which only a trailer's have.
    package var responseText: StaticString {
        switch self {
        case .invalidChunk: "upstream sent invalid chunked response"
        case .invalidTrailer: "upstream sent invalid trailer: "
        case .tooBigTrailers: "upstream sent too big trailers"
        }
    }

    /// nginx's words for a client's body, the same for all.
    package var requestText: StaticString { "client sent invalid chunked body" }
}

/// What a step of `ChunkedDecoder` found.
package enum ChunkStep: Equatable, Sendable {
    /// These bytes of the span belong to the body. The next step begins at their end.
    case data(ByteRange)
    /// All bytes are used up.
    case needMore
    /// The body ended before that offset.
    case end(Int)
    /// The body cannot be understood from here on.
    case refused(ChunkRefusal)
}

/// Takes the chunked coding off a body (RFC 9112 §7.1), without copying it.
///
/// It keeps no bytes but those of the trailer section, so the caller may drop or move whatever a step has passed. A
/// byte that cannot stand where it stands is refused when it is seen. Line ends are CRLF and nothing else, and the last
/// chunk is any size of zero.
package struct ChunkedDecoder: Sendable {
    private enum Place: UInt8, Sendable {
        case sizeStart, size, afterSize, chunkExtension, sizeEnd
        case data, dataEnd, dataLineEnd
        case lineStart, name, value, lineEnd, sectionEnd
        case over
    }

    /// Bytes of the trailer section that are taken in, line ends included.
    package let trailerLimitBytes: Int
    /// Bytes of the chunk that are still to come; while its size is read, what is known of it.
    private var remaining: Int64 = 0
    /// Bytes of size lines that are not yet paid for by data.
    private var overhead = 0
    private var trailerLineStart: UInt32 = 0
    private var place = Place.sizeStart

    /// How many bytes of size lines a body may have beyond 16 bytes a chunk and two for each byte of data.
    static var overheadLimitBytes: Int { 16384 }

    /// A decoder at the start of a body.
    package init(trailerLimitBytes: Int) { self.trailerLimitBytes = trailerLimitBytes }

    /// Whether the body has ended.
    package var isOver: Bool { place == .over }

    /// Takes the next step.
    ///
    /// - Parameters:
    ///   - bytes: what arrived
    ///   - offset: the first byte that no step has passed yet
    ///   - trailer: gets the trailer section as it is, the empty line left out; the same buffer at each step
    package mutating func step(_ bytes: Span<UInt8>, from offset: Int, trailer: inout ByteBuffer) -> ChunkStep {
        var index = offset
        while index < bytes.count {
            if place == .data {
                let count = Int(min(remaining, Int64(bytes.count &- index)))
                remaining &-= Int64(count)
                overhead = count >= overhead / 2 ? 0 : overhead &- 2 &* count
                if remaining == 0 { place = .dataEnd }
                return .data(ByteRange(start: index, count: count))
            }
            let byte = bytes[index]
            index &+= 1
            if place.rawValue < Place.lineStart.rawValue {
                if !readFrame(byte) { return .refused(.invalidChunk) }
            } else {
                if let refusal = readTrailer(byte, &trailer) { return .refused(refusal) }
                if place == .over { return .end(index) }
            }
        }
        return .needMore
    }

    /// What nginx quotes of the line that `invalidTrailer` refused; ranges are offsets into the trailer buffer.
    package func trailerEvidence(in trailer: borrowing ByteBuffer) -> Evidence {
        .before(ByteRange(Int(trailerLineStart), trailer.count - 1))
    }

    /// One byte of a size line, or of the line end after the data.
    private mutating func readFrame(_ byte: UInt8) -> Bool {
        switch place {
        case .sizeStart, .size:
            if let digit = ASCII.hexValue(byte) {
                if remaining > Int64.max >> 4 { return false }
                remaining = remaining << 4 | Int64(digit)
                place = .size
            } else if place == .sizeStart || !endSize(byte) {
                return false
            }
        case .afterSize: if byte != ASCII.space && byte != ASCII.tab && !endSize(byte) { return false }
        case .chunkExtension:
            if byte == ASCII.cr {
                place = .sizeEnd
            } else if !ASCII.isFieldValueByte(byte) {
                return false
            }
        case .sizeEnd:
            if byte != ASCII.lf { return false }
            place = remaining == 0 ? .lineStart : .data
            overhead = max(0, overhead &- 16)
        case .dataEnd:
            if byte != ASCII.cr { return false }
            place = .dataLineEnd
        default:
            if byte != ASCII.lf { return false }
            place = .sizeStart
        }
        overhead &+= 1
        return overhead <= Self.overheadLimitBytes
    }

    /// What may follow a size: spaces, an extension, or the line's end.
    private mutating func endSize(_ byte: UInt8) -> Bool {
        switch byte {
        case ASCII.cr: place = .sizeEnd
        case 0x3b: place = .chunkExtension
        case ASCII.space, ASCII.tab: place = .afterSize
        default: return false
        }
        return true
    }

    /// One byte of the trailer section.
    private mutating func readTrailer(_ byte: UInt8, _ trailer: inout ByteBuffer) -> ChunkRefusal? {
        if place == .sectionEnd {
            if byte == ASCII.lf {
                place = .over
                return nil
            }
            trailerLineStart = UInt32(truncatingIfNeeded: trailer.count)
            trailer.append(ASCII.cr)
            return .invalidTrailer
        }
        if place == .lineStart {
            if byte == ASCII.cr {
                place = .sectionEnd
                return nil
            }
            trailerLineStart = UInt32(truncatingIfNeeded: trailer.count)
        }
        if trailer.count >= trailerLimitBytes { return .tooBigTrailers }
        trailer.append(byte)
        switch place {
        case .lineStart, .name:
            if byte == ASCII.colon && place == .name {
                place = .value
            } else if !ASCII.isTokenByte(byte) {
                return .invalidTrailer
            } else {
                place = .name
            }
        case .value:
            if byte == ASCII.cr {
                place = .lineEnd
            } else if byte == ASCII.lf || byte == 0 {
                return .invalidTrailer
            }
        default:
            if byte != ASCII.lf {
                // The wrong byte is the CR before it.
                trailer.truncate(to: trailer.count - 1)
                return .invalidTrailer
            }
            place = .lineStart
        }
        return nil
    }
}
