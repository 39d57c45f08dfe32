import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Resolver
import Upstreams

/// The peers of a group as a process knows them now, for all its workers.
package struct PeerUpdate: Sendable {
    /// Which configuration's group: that of the `EpochPlan` with this serial.
    package let serial: UInt64
    package let group: Int
    package let peers: [Peer]
    /// Where there is none: the response code of the lookup, 0 where no server answered.
    package let code: Int
}

/// A server of a group whose name is looked up in the background.
struct NamedServer {
    let group: Int
    /// Its place among the group's servers.
    let server: Int
    let host: [UInt8]
    let port: UInt16
    /// Whether it is looked up again as its answer grows old (nginx: resolve); else only until it is found.
    let resolves: Bool
    /// When it is looked up next; `never` while it is, and once it need not be.
    var next: Instant
    /// When the lookup under way is taken for unanswered.
    var deadline = Instant.never
    /// Lookups in a row that found nothing.
    var failures = 0
    /// What the last lookup said: a response code, 0 for no answer, −1 where it found something.
    var code = -1

    /// How a resolver names the waiter, apart from all exchanges.
    static func waiter(_ index: Int) -> UInt64 { 1 << 63 | UInt64(index) }

    static func index(waiter: UInt64) -> Int? { waiter >> 63 == 1 ? Int(waiter & 0xffff_ffff) : nil }

    /// How long it rests after so many lookups without an address: from one second to five.
    var restMilliseconds: Int64 { Int64(min(max(1, failures), 5)) * 1_000 }
}

// Names of groups: one worker of the process looks them up in the background, and tells all the others.
extension Worker {
    /// Begins with the names of a new configuration: those that move, and those that were not found at start.
    mutating func keepNames(_ plan: EpochPlan) {
        forgetNames()
        if !keepsNames { return }
        for (group, settings) in plan.model.groups.enumerated() {
            for (index, server) in settings.servers.enumerated() {
                guard case .name(let host, let port) = server.address else { continue }
                let isFound = plan.peers[group].contains { $0.settings.serverIndex == index }
                if isFound && !server.resolves { continue }
                names.append(
                    NamedServer(
                        group: group, server: index, host: Array(host.utf8), port: port, resolves: server.resolves,
                        next: loop.now))
            }
        }
        lookUpNames()
    }

    /// Nobody waits for what is looked up any more.
    mutating func forgetNames() {
        for index in names.indices where !names[index].deadline.isNever {
            for place in resolvers.indices {
                resolvers[place].resolver.forget(names[index].host, waiter: NamedServer.waiter(index))
            }
        }
        names = []
        loop.disarm(.other, 2)
    }

    /// Looks up what is due and arms the timer for the rest.
    mutating func lookUpNames() {
        var next = Instant.never
        for index in names.indices {
            if names[index].deadline <= loop.now { nameUnanswered(index) }
            if names[index].next <= loop.now { lookUpName(index) }
            next = min(next, min(names[index].next, names[index].deadline))
        }
        loop.arm(.other, 2, deadline: next)
    }

    /// Looks up at once what was not found and would rest yet.
    mutating func lookUpMissingNames() {
        for index in names.indices where names[index].code >= 0 && names[index].deadline.isNever {
            names[index].next = loop.now
        }
        lookUpNames()
    }

    private func settings(_ name: NamedServer) -> ResolverSettings {
        let group = epochs[currentEpoch].model.groups[name.group]
        return name.resolves ? group.resolver : ResolverSettings.system
    }

    private mutating func lookUpName(_ index: Int) {
        let settings = settings(names[index])
        names[index].next = .never
        guard let resolver = resolverIndex(settings, epochs[currentEpoch]) else {
            return nameFailed(index, code: 0)
        }
        switch findName(names[index].host, resolver: resolver, waiter: NamedServer.waiter(index)) {
        case .known(let answer): nameKnown(index, answer)
        case .asked: names[index].deadline = loop.now.after(Int64(settings.timeout))
        case .tooMany: names[index].next = loop.now.after(names[index].restMilliseconds)
        }
    }

    /// A lookup of this server's name ended.
    mutating func nameAnswered(_ index: Int) {
        guard index < names.count, !names[index].deadline.isNever else { return }
        names[index].deadline = .never
        lookUpName(index)
        lookUpNames()
    }

    private mutating func nameUnanswered(_ index: Int) {
        names[index].deadline = .never
        let settings = settings(names[index])
        if let resolver = resolvers.firstIndex(where: { $0.settings == settings }) {
            resolvers[resolver].resolver.forget(names[index].host, waiter: NamedServer.waiter(index))
        }
        nameFailed(index, code: 0)
    }

    private mutating func nameKnown(_ index: Int, _ answer: ResolvedName) {
        if answer.addresses.isEmpty { return nameFailed(index, code: answer.code) }
        names[index].failures = 0
        names[index].code = -1
        names[index].next = names[index].resolves ? max(answer.expires.after(1), loop.now.after(1_000)) : .never
        publish(index, answer.addresses, code: 0)
    }

    /// What is known stays, but where the servers say that there is no such name (nginx).
    private mutating func nameFailed(_ index: Int, code: Int) {
        names[index].failures += 1
        names[index].next = loop.now.after(names[index].restMilliseconds)
        if names[index].code == code { return }
        names[index].code = code
        if names[index].resolves {
            let host = names[index].host
            evidence.set(host.span)
            logNotice(code == 0 ? .choice(.lookupTimedOut) : .choice(.nameNotResolved, number: Int64(code)))
        }
        publish(index, code == 3 ? [] : nil, code: code)
    }

    /// Tells all workers who the peers of a group are now. Without addresses only the code is told.
    private mutating func publish(_ index: Int, _ addresses: [SocketAddress]?, code: Int) {
        let epoch = epochs[currentEpoch]
        let name = names[index]
        let old = epoch.groups[name.group].listedPeers
        var peers: [Peer] = []
        let servers = epoch.model.groups[name.group].servers
        let awaited = epoch.model.groups[name.group].mandatoryChecks
        for (server, settings) in servers.enumerated() {
            let own = old.filter { $0.settings.serverIndex == server }
            guard server == name.server, let addresses else {
                peers += own
                continue
            }
            peers += own.moved(to: addresses.map { $0.endpoint(port: name.port) }) {
                Peer(PeerSettings(settings, $0, serverIndex: server, awaitedChecks: awaited))
            }
        }
        let update = PeerUpdate(serial: epoch.serial, group: name.group, peers: peers, code: code)
        take(update)
        shared.publish(update, from: mailbox)
    }

    /// The peers of a group are others now.
    mutating func take(_ update: PeerUpdate) {
        guard let epoch = epochs.first(where: { $0.serial == update.serial }) else { return }
        let group = epoch.groups[update.group]
        group.lookupCode = update.code
        if update.peers.elementsEqual(group.listedPeers, by: ===) { return }
        for surplus in group.update(update.peers) { retire(upstream: surplus) }
        if epoch === epochs[currentEpoch] { followPeers(group: update.group) }
    }
}

extension SocketAddress {
    /// Where to connect to, at this address.
    func endpoint(port: UInt16) -> Endpoint {
        var address = self
        address.port = port
        return .ip(address)
    }
}

extension PeerSettings {
    /// What the configuration says of a server, at one of its addresses.
    package init(_ server: GroupServer, _ endpoint: Endpoint, serverIndex: Int, awaitedChecks: UInt32) {
        self.init(
            endpoint: endpoint, server: server.name, weight: server.weight, maxFailures: server.maxFails,
            failTimeoutMilliseconds: Int64(server.failTimeout), maxConnections: server.connectionLimit,
            isBackup: server.isBackup, isDown: server.isDown || server.isDraining,
            slowStartMilliseconds: Int64(server.slowStart), serverIndex: serverIndex, awaitedChecks: awaitedChecks)
        isDraining = server.isDraining && !server.isDown
    }
}
