/// Frames as they stand on the wire (RFC 9113 §4.1), for what no library sends.
package enum Frames {
    package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    package static let endStream: UInt8 = 1
    package static let endHeaders: UInt8 = 4

    package static func frame(_ type: UInt8, flags: UInt8 = 0, stream: Int32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + number(UInt32(bitPattern: stream)) + payload
    }

    package static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    package static func settings(_ entries: [(UInt16, UInt32)] = []) -> [UInt8] {
        frame(4, entries.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 255)] + number($0.1) })
    }

    package static let settingsAck = frame(4, flags: 1)
    package static let ping = frame(6, [1, 2, 3, 4, 5, 6, 7, 8])

    package static func headers(
        _ stream: Int32, _ fields: [(String, String)], ends: Bool = true, isWhole: Bool = true
    ) -> [UInt8] {
        let flags = (ends ? endStream : 0) | (isWhole ? endHeaders : 0)
        return frame(1, flags: flags, stream: stream, block(fields))
    }

    /// A head of any size, in frames that are small enough; a body follows.
    package static func largeHeaders(_ stream: Int32, _ fields: [(String, String)]) -> [UInt8] {
        var rest = block(fields)[...]
        var frames: [UInt8] = []
        repeat {
            let piece = Array(rest.prefix(16_384))
            rest = rest.dropFirst(piece.count)
            let isFirst = frames.isEmpty
            frames += frame(isFirst ? 1 : 9, flags: rest.isEmpty ? endHeaders : 0, stream: stream, piece)
        } while !rest.isEmpty
        return frames
    }

    package static func data(_ stream: Int32, _ bytes: [UInt8], ends: Bool = false) -> [UInt8] {
        frame(0, flags: ends ? endStream : 0, stream: stream, bytes)
    }

    package static func reset(_ stream: Int32, _ code: UInt32) -> [UInt8] { frame(3, stream: stream, number(code)) }
    package static func window(_ stream: Int32, _ bytes: UInt32) -> [UInt8] { frame(8, stream: stream, number(bytes)) }

    package static func goAway(last: Int32, _ code: UInt32) -> [UInt8] {
        frame(7, number(UInt32(bitPattern: last)) + number(code))
    }

    /// A header block: literals without indexing, not compressed (RFC 7541 §6.2.2).
    package static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + text(Array($0.0.utf8)) + text(Array($0.1.utf8)) }
    }

    /// A string of HPACK, not Huffman coded.
    package static func text(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.count < 127 { return [UInt8(bytes.count)] + bytes }
        var (rest, prefix) = (bytes.count - 127, [UInt8(127)])
        while rest >= 128 {
            prefix.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return prefix + [UInt8(rest)] + bytes
    }

    package static func get(_ path: String = "/", _ more: [(String, String)] = []) -> [(String, String)] {
        [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "a.test")] + more
    }

    package static func post(_ more: [(String, String)] = []) -> [(String, String)] {
        [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "a.test")] + more
    }
}

/// A frame that was read.
package struct Frame: CustomStringConvertible, Sendable {
    package let type: UInt8
    package let flags: UInt8
    package let stream: Int32
    package let payload: [UInt8]

    /// The frames of whole bytes, a client's preface skipped.
    package static func all(_ bytes: [UInt8]) -> [Frame] {
        var (rest, frames) = (bytes[...], [Frame]())
        if rest.starts(with: Frames.preface) { rest = rest.dropFirst(24) }
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
            let payload = Array(rest.dropFirst(9).prefix(length))
            frames.append(Frame(type: head[3], flags: head[4], stream: Int32(stream), payload: payload))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }

    package func number(at offset: Int) -> UInt32 { payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    package var description: String {
        switch type {
        case 0: "DATA \(stream) \(payload.count)\(flags & 1 != 0 ? " end" : "")"
        case 1: "HEADERS \(stream)\(flags & 1 != 0 ? " end" : "")"
        case 3: "RST_STREAM \(stream) \(number(at: 0))"
        case 4: flags & 1 != 0 ? "SETTINGS ack" : "SETTINGS"
        case 6: flags & 1 != 0 ? "PING ack" : "PING"
        case 7: "GOAWAY \(number(at: 0) & 0x7fff_ffff) \(number(at: 4))"
        case 8: "WINDOW_UPDATE \(stream) \(number(at: 0))"
        default: "type \(type) \(stream)"
        }
    }
}
