import Platform

/// What the program `faulty-upstream` was asked to do.
package enum Command: Sendable {
    /// Serve until a signal ends it.
    case serve(FaultyUpstream.Options, resolver: SocketAddress?, isQuiet: Bool)
    /// Print this and end well.
    case print(String)

    /// The version printed by `--version`.
    package static let version = "0.1.0"

    /// Reads the arguments after the program's name. The error says what is wrong with them, or with the rules file.
    package init(_ arguments: [String]) throws(TextError) {
        var reader = ArgumentReader(rest: arguments[...])
        var options = FaultyUpstream.Options()
        options.listeners = []
        var (resolver, isQuiet): (SocketAddress?, Bool) = (nil, false)
        var listens: [String] = []
        while let option = reader.rest.popFirst() {
            switch option {
            case "--listen", "-l": listens.append(try reader.value(of: option))
            case "--unix": options.listeners.append(.init(.unix(path: try reader.value(of: option)), .site))
            case "--script", "-s": options.rules = try Self.rules(in: try reader.value(of: option))
            case "--refusing-port": options.refusingPort = try reader.number(of: option, 0...65_535)
            case "--full-port": options.fullPort = try reader.number(of: option, 0...65_535)
            case "--places": options.placesFolder = try reader.value(of: option)
            case "--dns": resolver = try Self.address(try reader.value(of: option))
            case "--wait-limit": options.waitLimitSeconds = try reader.number(of: option, 1...3600)
            case "--connections": options.connectionLimit = try reader.number(of: option, 1...10_000)
            case "--quiet", "-q": isQuiet = true
            case "--list":
                self = .print(Self.list(options.rules))
                return
            case "--show":
                self = .print(try Self.show(try reader.value(of: option), options.rules))
                return
            case "--help", "-h":
                self = .print(Self.help)
                return
            case "--version", "-V":
                self = .print("faulty-upstream \(Self.version)\n")
                return
            default: throw TextError("unknown argument '\(option)'; --help shows all")
            }
        }
        // Only now, so that a listener can name a fault of a rules file that comes after it.
        for text in listens { options.listeners.append(try Self.listener(text, options.rules)) }
        if options.listeners.isEmpty { options.listeners.append(.init(.ip(.loopback(port: 9000)), .site)) }
        self = .serve(options, resolver: resolver, isQuiet: isQuiet)
    }

    /// `PORT`, `ADDR:PORT` or `[ADDR]:PORT`, then `=FAULT` and `?NAME=VALUE&…` where they are wanted.
    private static func listener(_ text: String, _ rules: Rules) throws(TextError) -> FaultyUpstream.Listener {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let endpoint = Endpoint.ip(try address(parts[0]))
        if parts.count == 1 { return .init(endpoint, .site) }
        let halves = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let fault = rules.fault(named: halves[0]) else { throw TextError(Rule.unknown(String(halves[0]))) }
        if let place = fault.place {
            throw TextError("'\(fault.name)' is the \(place.text), which cannot be chosen here")
        }
        var settings: [Knob: Int] = [:]
        for item in halves.count > 1 ? halves[1].split(separator: "&") : [] {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let knob = Knob(rawValue: pair[0]) else { throw TextError("unknown parameter '\(pair[0])'") }
            settings[knob] = try knob.value(pair.count > 1 ? pair[1] : "", for: fault)
        }
        return .init(endpoint, .fault(fault, settings))
    }

    private static func address(_ text: String) throws(TextError) -> SocketAddress {
        let colon = text.lastIndex(of: ":")
        var host = colon.map { String(text[..<$0]) } ?? "127.0.0.1"
        if host == "localhost" { host = "127.0.0.1" }
        if host == "*" || host.isEmpty { host = "0.0.0.0" }
        let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard let port = UInt16(digits), let address = SocketAddress(numeric: host, port: port) else {
            throw TextError("'\(text)' is no ADDRESS:PORT, such as 127.0.0.1:9000")
        }
        return address
    }

    /// A rules file of at most 1 MiB.
    private static func rules(in path: String) throws(TextError) -> Rules {
        switch Files.read(path, limitBytes: 1 << 20) {
        case .failure(let failure): throw TextError(failure.message(for: path))
        case .success(let bytes):
            do throws(TextError) { return try Rules(String(decoding: bytes, as: UTF8.self)) } catch {
                throw TextError("\(path): \(error.description)")
            }
        }
    }
}

private struct ArgumentReader {
    var rest: ArraySlice<String>

    mutating func value(of option: String) throws(TextError) -> String {
        guard let value = rest.popFirst() else { throw TextError("\(option) needs a value") }
        return value
    }

    mutating func number(of option: String, _ range: ClosedRange<Int>) throws(TextError) -> Int {
        let text = try value(of: option)
        guard let number = Int(text), range.contains(number) else {
            throw TextError("\(option) must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }
}
