import Bytes

extension KnownField {
    /// Whether the field is meant for one connection only, whatever Connection says (RFC 9110 §7.6.1; RFC 7540 §3.2.1
    /// for HTTP2-Settings).
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .http2Settings: true
        default: false
        }
    }

    /// One bit for each field that may stand once in a head; those have raw values below 64.
    var bit: UInt64 { 1 &<< UInt64(rawValue & 63) }
}

/// What the Connection fields of a head say (RFC 9110 §7.6.1).
package struct ConnectionOptions: Equatable, Sendable {
    package private(set) var hasClose = false
    package private(set) var hasKeepAlive = false
    package private(set) var hasUpgrade = false
    /// How many other options there are; each names a field that must not go on.
    private var namedCount: UInt8 = 0

    /// How many fields one head may name.
    static var namedLimit: Int { 32 }

    /// Whether options other than the three above are there.
    package var namesFields: Bool { namedCount > 0 }

    /// No options.
    package init() {}

    /// Takes in one Connection field. False where a head names more fields than the bound.
    mutating func note(_ bytes: Span<UInt8>, _ value: ByteRange) -> Bool {
        var tokens = ListTokens(value)
        while let token = tokens.next(bytes) {
            let option = bytes.part(token)
            if option.equalsIgnoringCase("keep-alive") {
                hasKeepAlive = true
            } else if option.equalsIgnoringCase("close") {
                hasClose = true
            } else if option.equalsIgnoringCase("upgrade") {
                hasUpgrade = true
            } else {
                if Int(namedCount) == Self.namedLimit { return false }
                namedCount += 1
            }
        }
        return true
    }

    /// Whether a request of that version lets its connection stay (RFC 9112 §9.3).
    package func keepsAlive(version: Version) -> Bool {
        !hasClose && (version != .http10 || hasKeepAlive)
    }
}

extension FieldTable {
    /// Marks the fields that the Connection fields name. Host and Content-Length keep their place: the first is
    /// routing's, the second framing's, and neither is ever copied blindly.
    mutating func markFieldsNamedByConnection(_ bytes: Span<UInt8>) {
        for index in 0..<count where self[index].known == KnownField.connection.rawValue && !self[index].isIgnored {
            var tokens = ListTokens(self[index].value)
            while let token = tokens.next(bytes) { markFields(named: bytes.part(token), bytes) }
        }
    }

    private mutating func markFields(named name: Span<UInt8>, _ bytes: Span<UInt8>) {
        for index in 0..<count {
            let entry = self[index]
            if entry.name.count != name.count || entry.isHopByHop { continue }
            switch entry.knownField {
            case .host, .contentLength: continue
            default: break
            }
            if bytes.part(entry.name).equalsIgnoringCase(name) { self[index].marks |= FieldMarks.hopByHop }
        }
    }
}

/// The elements of a comma-separated list, without the spaces and tabs around them; empty ones are skipped
/// (RFC 9110 §5.6.1). Quoted strings are not known here: use it for lists of tokens.
package struct ListTokens: Sendable {
    private var position: Int
    private let end: Int

    /// The list that stands at `range`.
    package init(_ range: ByteRange) {
        position = range.start
        end = range.end
    }

    /// Where the next element stands in `bytes`, or nil at the end.
    package mutating func next(_ bytes: Span<UInt8>) -> ByteRange? {
        while position < end {
            while position < end, Self.separates(bytes[position]) { position &+= 1 }
            let start = position
            while position < end, bytes[position] != 0x2c { position &+= 1 }
            var last = position
            while last > start, bytes[last &- 1] == ASCII.space || bytes[last &- 1] == ASCII.tab { last &-= 1 }
            if last > start { return ByteRange(start, last) }
        }
        return nil
    }

    private static func separates(_ byte: UInt8) -> Bool {
        byte == 0x2c || byte == ASCII.space || byte == ASCII.tab
    }
}
