import Platform

/// An address as it stands in a directive: `host:port/uri`, `[::1]:80`, `unix:/path:/uri`, for `listen` also a port.
struct AddressText {
    /// As written, with brackets; the path of a unix socket.
    var host = ""
    /// As written; empty where there is none.
    var portText = ""
    var port: UInt16 = 0
    /// The last one of `listen 8000-8005`; else the port itself.
    var lastPort: UInt16 = 0
    var hasPort: Bool { !portText.isEmpty }
    /// From the `/` or `?` on, where URIs are allowed; after the `:` of a unix socket.
    var uri: [UInt8] = []
    /// What it is where no name has to be resolved.
    var endpoint: Endpoint?

    /// What may be written.
    enum Use {
        /// A peer; with a URI behind it where `allowsURI`.
        case peer(allowsURI: Bool)
        /// `listen`: a port alone, `*`, ranges of ports.
        case listen
    }

    /// Why it is none, in nginx's words: `invalid port`.
    struct Failure: Error, Equatable {
        let text: String
        init(_ text: String) { self.text = text }
    }

    init(_ bytes: [UInt8], defaultPort: UInt16, use: Use) throws(Failure) {
        port = defaultPort
        let isListen: Bool
        let allowsURI: Bool
        switch use {
        case .listen: (isListen, allowsURI) = (true, false)
        case .peer(let allowed): (isListen, allowsURI) = (false, allowed)
        }
        if Word.lowercased(Array(bytes.prefix(5))) == Array("unix:".utf8) {
            try readUnix(Array(bytes.dropFirst(5)), allowsURI: allowsURI)
        } else if bytes.first == UInt8(ascii: "[") {
            try readIPv6(bytes, isListen: isListen, allowsURI: allowsURI)
        } else {
            try readHost(bytes, isListen: isListen, allowsURI: allowsURI)
        }
        if lastPort == 0 { lastPort = port }
    }
}

extension AddressText {
    private mutating func readUnix(_ rest: [UInt8], allowsURI: Bool) throws(Failure) {
        var path = rest
        if allowsURI, let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            path = Array(rest[..<colon])
            uri = Array(rest[(colon + 1)...])
        }
        if path.isEmpty { throw Failure("no path in the unix domain socket") }
        if path.count > 107 { throw Failure("too long path in the unix domain socket") }
        host = Word(bytes: path).text
        endpoint = .unix(path: host)
    }

    private mutating func readIPv6(_ bytes: [UInt8], isListen: Bool, allowsURI: Bool) throws(Failure) {
        guard let closing = bytes.firstIndex(of: UInt8(ascii: "]")) else { throw Failure("invalid host") }
        var rest = bytes[(closing + 1)...]
        if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            if !allowsURI { throw Failure("invalid host") }
            uri = Array(rest[slash...])
            rest = rest[..<slash]
        }
        if let first = rest.first {
            if first != UInt8(ascii: ":") { throw Failure("invalid host") }
            try readPort(Array(rest.dropFirst()), isListen: isListen)
        }
        if closing == 1 { throw Failure("no host") }
        host = Word(bytes: Array(bytes[...closing])).text
        guard let address = SocketAddress(numeric: host, port: port), address.family == .ipv6 else {
            throw Failure("invalid IPv6 address")
        }
        endpoint = .ip(address)
    }

    private mutating func readHost(_ bytes: [UInt8], isListen: Bool, allowsURI: Bool) throws(Failure) {
        var name = bytes[...]
        if let slash = bytes.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) {
            if !allowsURI { throw Failure("invalid host") }
            uri = Array(bytes[slash...])
            name = bytes[..<slash]
        }
        if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            try readPort(Array(name[(colon + 1)...]), isListen: isListen)
            name = name[..<colon]
        } else if isListen, try readPortAlone(name) {
            endpoint = .ip(SocketAddress(family: .ipv4, port: port))
            return
        }
        if name.isEmpty { throw Failure("no host") }
        host = Word(bytes: Array(name)).text
        if isListen && host == "*" {
            endpoint = .ip(SocketAddress(family: .ipv4, port: port))
        } else if let address = SocketAddress(numeric: host, port: port), address.family == .ipv4 {
            endpoint = .ip(address)
        }
    }

    /// A port, or a range of them for `listen`.
    private mutating func readPort(_ bytes: [UInt8], isListen: Bool) throws(Failure) {
        var first = bytes[...]
        if isListen, let dash = bytes.firstIndex(of: UInt8(ascii: "-")) {
            lastPort = try AddressText.port(bytes[(dash + 1)...])
            first = bytes[..<dash]
        }
        port = try AddressText.port(first)
        if lastPort != 0 && port > lastPort { throw Failure("invalid port range") }
        portText = Word(bytes: bytes).text
    }

    /// Whether the text of a `listen` is a port or a range alone.
    private mutating func readPortAlone(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ Values.number($0) != nil }) else { return false }
        try readPort(Array(bytes), isListen: true)
        return true
    }

    private static func port(_ bytes: some Collection<UInt8>) throws(Failure) -> UInt16 {
        guard let number = Values.number(bytes), let port = UInt16(exactly: number), port > 0 else {
            throw Failure("invalid port")
        }
        return port
    }
}

extension AddressRange {
    /// Reads `192.168.0.0/16` or `2001:db8::/32`; nil where it is neither. Bits beyond the mask are cleared, and
    /// `hasLowBits` says so.
    static func parse(_ text: String) -> (range: AddressRange, hasLowBits: Bool)? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts[0].hasPrefix("[") { return nil }
        guard let address = SocketAddress(numeric: String(parts[0]), port: 0) else { return nil }
        let isIPv4 = address.family == .ipv4
        var bits = isIPv4 ? 32 : 128
        if parts.count > 1 {
            guard let wanted = Values.number(parts[1].utf8), wanted <= bits else { return nil }
            bits = wanted
        }
        if isIPv4 {
            let mask: UInt32 = bits == 0 ? 0 : ~0 << UInt32(32 - bits)
            let value = UInt32(truncatingIfNeeded: address.low)
            return (.ipv4(network: value & mask, mask: mask), value & mask != value)
        }
        let high: UInt64 = bits >= 64 ? ~0 : (bits == 0 ? 0 : ~0 << UInt64(64 - bits))
        let low: UInt64 = bits <= 64 ? 0 : ~0 << UInt64(128 - bits)
        var network = address
        network.high &= high
        network.low &= low
        return (.ipv6(network: network, maskHigh: high, maskLow: low), network != address)
    }
}
