import Bytes

// Variables hold what clients sent, decoded: `$uri` may well contain a line end. What is made of them must stay one
// line,
// or a client could write fields, and requests, of its own (nginx passes such bytes on).
extension ByteBuffer {
    /// Replaces line ends and NULs by spaces, from `start` on. Other controls are invalid too, but end no line, and
    /// stay
    /// (RFC 9110 §5.5).
    mutating func makeFieldValue(from start: Int) {
        var index = span.firstControl(from: start)
        while index < count {
            if self[index] == ASCII.lf || self[index] == ASCII.cr || self[index] == 0 { self[index] = ASCII.space }
            index = span.firstControl(from: index + 1)
        }
    }

    /// Drops what must not stand in a method (RFC 9110 §9.1), from `start` on.
    mutating func makeToken(from start: Int) {
        var end = start
        for index in start..<count where ASCII.isTokenByte(self[index]) {
            self[end] = self[index]
            end += 1
        }
        truncate(to: end)
    }

    /// Escapes controls in a URI, from `start` on; also spaces, where `spaces` says so, and DEL beside them.
    mutating func makeURI(from start: Int, spaces: Bool) {
        if !spaces && span.firstControl(from: start) == count { return }
        let limit: UInt8 = spaces ? 0x20 : 0x1f
        var extra = 0
        for index in start..<count where self[index] <= limit || self[index] == 0x7f { extra += 2 }
        if extra == 0 { return }
        var source = count
        appendUninitialized(extra)
        var target = count
        while source < target {
            source -= 1
            let byte = self[source]
            if byte > limit && byte != 0x7f {
                target -= 1
                self[target] = byte
                continue
            }
            target -= 3
            self[target] = 0x25
            self[target + 1] = 0x30 + (byte >> 4)
            self[target + 2] = byte & 15 < 10 ? 0x30 + (byte & 15) : 0x37 + (byte & 15)
        }
    }
}
