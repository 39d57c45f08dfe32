import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Resolver
import Routing
import Upstreams

/// Makes a resolver's engine; a simulation has one of its own. Nil where none can be had.
///
/// The arguments: addresses of name servers (none: the system's configuration), the worker's epoll instance, and the
/// token of the engine's descriptors, whose number is added to it.
package typealias LookupEngineMaker =
    @Sendable (_ servers: [SocketAddress], _ kernel: Kernel, _ poller: Descriptor, _ token: UInt64) ->
    (any LookupEngine)?

/// One way of resolving names, as a `resolver` directive says it, or the system's own.
struct WorkerResolver {
    let settings: ResolverSettings
    let resolver: Resolver
    var lastUsed: Instant
}

// Names that are looked up while requests wait: targets with variables. `WorkerNames` looks up those of groups.
extension Worker {
    /// c-ares, on the worker's own loop.
    package static var systemLookups: LookupEngineMaker {
        { servers, kernel, poller, token in
            AresEngine(servers: servers, kernel: kernel, poller: poller, token: token)
        }
    }

    // MARK: resolvers

    /// The resolver that does as `settings` say; nil where none can be made. At most `Limits.resolverLimit` are kept.
    mutating func resolverIndex(_ settings: ResolverSettings, _ epoch: Epoch) -> Int? {
        if let known = resolvers.firstIndex(where: { $0.settings == settings }) {
            resolvers[known].lastUsed = loop.now
            return known
        }
        var index = resolvers.count
        if index >= Limits.resolverLimit {
            guard
                let oldest = resolvers.indices.filter({ resolvers[$0].resolver.lookupCount == 0 }).min(by: {
                    resolvers[$0].lastUsed < resolvers[$1].lastUsed
                })
            else { return nil }
            resolvers[oldest].resolver.close()
            index = oldest
        }
        let servers = settings.servers.flatMap { epoch.addresses(ofNameServer: $0) }
        if servers.isEmpty && !settings.servers.isEmpty { return nil }
        let token = Token(.resolver, SlotID(index: UInt32(index), generation: 0))
        guard let engine = makeEngine(servers, kernel, loop.poller, token.rawValue) else { return nil }
        let rules = ResolverRules(
            validMilliseconds: settings.validTime.map { Int64($0) }, usesIPv4: settings.usesIPv4,
            usesIPv6: settings.usesIPv6, areSystems: servers.isEmpty)
        let made = WorkerResolver(settings: settings, resolver: Resolver(engine, rules), lastUsed: loop.now)
        if index == resolvers.count { resolvers.append(made) } else { resolvers[index] = made }
        return index
    }

    /// Asks the resolver for a name; what may be answered already is taken in the loop's next turn.
    mutating func findName(_ name: [UInt8], resolver index: Int, waiter: UInt64) -> Resolver.Finding {
        let finding = resolvers[index].resolver.find(name, waiter: waiter, now: loop.now)
        if finding == .asked { loop.post(Token(.resolver, SlotID(index: UInt32(index), generation: .max))) }
        return finding
    }

    /// A descriptor of a resolver is ready, or somebody posted.
    mutating func resolverReady(_ id: SlotID, _ readiness: Readiness) {
        let index = Int(id.index)
        guard index < resolvers.count else { return }
        if id.generation != .max {
            resolvers[index].resolver.ready(Descriptor(Int32(bitPattern: id.generation)), readiness, now: loop.now)
        }
        turnResolver(index)
    }

    /// Does what is due, wakes who waited, and arms the timer for the rest.
    mutating func turnResolver(_ index: Int) {
        guard index < resolvers.count else { return }
        for waiter in resolvers[index].resolver.turn(now: loop.now) {
            if let name = NamedServer.index(waiter: waiter) {
                nameAnswered(name)
            } else {
                lookupEnded(SlotID(index: UInt32(waiter >> 32), generation: UInt32(truncatingIfNeeded: waiter)))
            }
        }
        loop.arm(.resolver, UInt32(index), deadline: resolvers[index].resolver.deadline(now: loop.now))
    }

    // MARK: an exchange that waits for a name

    private func waiter(_ id: SlotID) -> UInt64 { UInt64(id.index) << 32 | UInt64(id.generation) }

    /// A target's name is known now, or known not to be: the attempt begins, and finds it.
    private mutating func lookupEnded(_ id: SlotID) {
        guard exchanges.contains(id), exchanges[id].machine.isResolving, !exchanges[id].isLogged else { return }
        exchanges[id].resolver = -1
        perform(exchanges[id].machine.lookupEnded(), exchange: id)
    }

    /// Sees to it that the addresses of a target with variables are known; false where the exchange waits for them,
    /// or failed.
    mutating func resolveTarget(_ id: SlotID) -> Bool {
        if exchanges[id].isResolved { return true }
        let epoch = epochs[Int(exchanges[id].epoch)]
        guard let (name, port) = epoch.dynamicName(Int(exchanges[id].group)) else {
            exchanges[id].isResolved = true
            return true
        }
        let settings = epoch.model.locations[exchanges[id].record.route.location].resolver
        evidence.set(name.span)
        guard let index = resolverIndex(settings, epoch) else {
            failLookup(id, .choice(.noResolver))
            return false
        }
        switch findName(name, resolver: index, waiter: waiter(id)) {
        case .asked:
            exchanges[id].resolver = Int32(index)
            exchanges[id].machine.lookupBegan(deadline: loop.now.after(Int64(settings.timeout)))
            arm(id)
            return false
        case .tooMany:
            failLookup(id, .choice(.tooManyLookups))
            return false
        case .known(let answer):
            if answer.addresses.isEmpty {
                failLookup(
                    id,
                    answer.isUnreached
                        ? .choice(.noResolver) : .choice(.nameNotResolved, number: Int64(answer.code)))
                return false
            }
            exchanges[id].isResolved = true
            let addresses = answer.addresses.map { $0.endpoint(port: port) }
            for surplus in epoch.setAddresses(addresses, ofDynamicGroup: Int(exchanges[id].group)) {
                retire(upstream: surplus)
            }
            let scope = self.settings(id)
            let count = addresses.count
            exchanges[id].machine.addressesFound(
                scope.nextUpstreamTries > 0 ? min(scope.nextUpstreamTries, count) : count)
            return true
        }
    }

    private mutating func failLookup(_ id: SlotID, _ cause: Cause) { failAttempt(id, cause, phase: .resolving) }

    /// The lookup took too long.
    mutating func lookupTimedOut(_ id: SlotID) {
        if let (name, _) = epochs[Int(exchanges[id].epoch)].dynamicName(Int(exchanges[id].group)) {
            evidence.set(name.span)
        }
        forgetLookup(id)
        failLookup(id, .choice(.lookupTimedOut))
    }

    /// The exchange no longer waits for a name.
    mutating func forgetLookup(_ id: SlotID) {
        let index = Int(exchanges[id].resolver)
        if index < 0 { return }
        exchanges[id].resolver = -1
        if let (name, _) = epochs[Int(exchanges[id].epoch)].dynamicName(Int(exchanges[id].group)) {
            resolvers[index].resolver.forget(name, waiter: waiter(id))
        }
    }
}
