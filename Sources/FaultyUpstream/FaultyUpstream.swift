import Platform

/// An HTTP/1.1 server that fails on purpose: for tests of gateways, and for people who look at gateways failing.
///
/// It listens from `start` until `stop` or until it is let go. Bad bytes are sent as they are written in the faults;
/// nothing of the gateway's own code is in between.
package final class FaultyUpstream: Sendable {
    private let core: Core
    /// Where it listens, in the order of the options; an asked-for port 0 is replaced by the one that was given.
    package let endpoints: [Endpoint]
    /// What a server does, and its bounds.
    package struct Options: Sendable {
        /// Where to listen, and what to do there.
        package var listeners = [Listener(.ip(.loopback(port: 0)), .site)]
        /// Rules for the listeners that are sites.
        package var rules = Rules()
        /// Connections at a time; a further one is answered 503 and closed.
        package var connectionLimit = 256
        /// Bound on each wait: for a request, in a step, for room to send.
        package var waitLimitSeconds = 60
        /// The port that refuses connections; 0 means any, nil none.
        package var refusingPort: Int? = 0
        /// The port whose queue is full; 0 means any, nil none.
        package var fullPort: Int? = 0
        /// A folder for the places of unix sockets; nil: none is opened.
        package var placesFolder: String?
        /// Told of each fault played, one line each, from any thread.
        package var report: (@Sendable (String) -> Void)?

        /// The site on any port of 127.0.0.1.
        package init() {}
    }

    /// One address to listen on.
    package struct Listener: Sendable {
        /// Port 0 means any.
        package var endpoint: Endpoint
        /// What its connections meet.
        package var behaviour: Behaviour

        /// Listens at `endpoint` and does so with its connections.
        package init(_ endpoint: Endpoint, _ behaviour: Behaviour) {
            (self.endpoint, self.behaviour) = (endpoint, behaviour)
        }
    }

    // MARK: starting

    /// The site on a port of 127.0.0.1 (0: any), with these rules.
    package static func start(port: Int, rules: Rules = Rules()) throws(SocketFailure) -> FaultyUpstream {
        var options = Options()
        options.listeners = [Listener(.ip(.loopback(port: UInt16(port))), .site)]
        options.rules = rules
        return try start(options)
    }

    /// A port where connection k plays script k, and the last is played by all later ones.
    ///
    /// Where a script has run out, the connection is held open, reading, until the peer closes.
    package static func start(script: [[Step]], at endpoint: Endpoint = .ip(.loopback(port: 0))) throws(SocketFailure)
        -> FaultyUpstream
    {
        try start(endpoint, .scripts(script))
    }

    /// A port where every connection plays this fault from its first moment on.
    package static func start(
        fault: Fault, _ settings: [Knob: Int] = [:], at endpoint: Endpoint = .ip(.loopback(port: 0))
    ) throws(SocketFailure) -> FaultyUpstream {
        try start(endpoint, .fault(fault, settings))
    }

    private static func start(_ endpoint: Endpoint, _ behaviour: Behaviour) throws(SocketFailure) -> FaultyUpstream {
        var options = Options()
        options.listeners = [Listener(endpoint, behaviour)]
        (options.refusingPort, options.fullPort) = (nil, nil)
        return try start(options)
    }

    /// Opens all listeners and places, or throws for the first that cannot be had.
    package static func start(_ options: Options) throws(SocketFailure) -> FaultyUpstream {
        guard let core = Core(options: options, places: try Places(options)) else {
            throw SocketFailure(call: "eventfd", endpoint: .ip(.loopback(port: 0)), errno: .tooManyOpenFiles)
        }
        var endpoints: [Endpoint] = []
        for listener in options.listeners {
            do { endpoints.append(try core.open(listener)) } catch {
                core.threads.stopAll()
                throw error
            }
        }
        return FaultyUpstream(core: core, endpoints: endpoints)
    }

    private init(core: Core, endpoints: [Endpoint]) { (self.core, self.endpoints) = (core, endpoints) }

    deinit { stop() }

    // MARK: while it runs

    /// The port of the first listener; 0 where that is a unix socket.
    package var port: Int { endpoints.first?.port ?? 0 }

    /// Where faults of connecting are found.
    package var places: Places { core.places }

    /// The port that refuses connections; 0 where none was asked for.
    package var refusingPort: Int { places.port(of: .refusingPort) }

    /// The port whose queue is full; 0 where none was asked for.
    package var fullPort: Int { places.port(of: .fullPort) }

    /// How often a fault was played.
    package func count(of fault: String) -> Int { core.played[fault] ?? 0 }

    /// How often each fault was played that was.
    package var counts: [String: Int] { core.played }

    /// Connections accepted so far.
    package var accepted: Int { core.accepted }

    /// Connections refused because of the limit.
    package var refused: Int { core.refused }

    /// The last 1,024 connections, oldest first; those still open have no end yet.
    package var records: [ConnectionRecord] { core.records }

    /// The record of connection `number` (from 0) once it is over; nil where that takes longer than `milliseconds`.
    package func ended(_ number: Int, within milliseconds: Int = 10_000) -> ConnectionRecord? {
        let end = Kernel().now().after(Int64(milliseconds))
        while true {
            if let record = core.records.first(where: { $0.number == number }), record.end != nil { return record }
            if Kernel().now() >= end || core.stop.wait(milliseconds: 2) { break }
        }
        return core.records.first { $0.number == number && $0.end != nil }
    }

    /// Stops listening, ends all connections and waits for their threads. Once is enough; more do no harm.
    package func stop() {
        core.threads.stopAll()
        places.close()
    }
}

/// What a listener does with its connections.
package enum Behaviour: Sendable {
    /// The site: each request chooses a fault or an answer by rule, query or path.
    case site
    /// Connection k plays script k, later ones the last.
    case scripts([[Step]])
    /// Every connection plays this fault from its first moment on, again and again.
    case fault(Fault, [Knob: Int])
}

extension SocketAddress {
    /// 127.0.0.1 with this port.
    package static func loopback(port: UInt16) -> SocketAddress {
        SocketAddress(family: .ipv4, low: 0x7f00_0001, port: port)
    }
}

extension Endpoint {
    /// The port; 0 for a unix socket.
    package var port: Int {
        if case .ip(let address) = self { return Int(address.port) }
        return 0
    }

    /// The same with another port; a unix socket stays as it is.
    func with(port: Int) -> Endpoint {
        guard case .ip(var address) = self else { return self }
        address.port = UInt16(port)
        return .ip(address)
    }
}
