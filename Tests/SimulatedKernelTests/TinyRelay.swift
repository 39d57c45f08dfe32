import Bytes
import Platform

/// A gateway in a nutshell: for each connection it accepts it opens one, and relays both ways with bounded buffers.
///
/// It keeps to the rules of edges: everything is watched once, and read or written until the kernel says otherwise.
final class TinyRelay {
    /// What beginners get wrong; the simulation must see each of them.
    enum Mistake: CaseIterable {
        case trustsShortReads, forgetsShortWrites, closesAtFirstEnd, leaksAfterFailedConnect, closesTwice, isDeafToEdges
    }

    private struct Side {
        var descriptor: Descriptor
        var twin: Int
        var isConnecting: Bool
        var canRead = false
        var canWrite = false
        var sawEnd = false
        var saidEnd = false
    }

    let kernel: Kernel
    let upstream: Endpoint
    let bound = 4_096
    let mistake: Mistake?
    private var chance = 0
    private let poller: Descriptor
    private let listener: Descriptor
    private var events = EventList(capacity: 16)
    private var sides: [Side?] = []
    private var pending: [[UInt8]] = []
    /// The generation of a slot is in its token, so that events of the closed are seen.
    private var generations: [UInt32] = []

    init?(_ kernel: Kernel, listensAt endpoint: Endpoint, upstream: Endpoint, mistake: Mistake? = nil) {
        self.mistake = mistake
        self.kernel = kernel
        self.upstream = upstream
        var parts: [Descriptor] = []
        func keep(_ answer: SystemResult) -> Descriptor? {
            if answer.failed {
                for part in parts { kernel.close(part) }
                return nil
            }
            parts.append(Descriptor(Int32(answer.value)))
            return parts[parts.count - 1]
        }
        guard let poller = keep(kernel.makePoller()) else { return nil }
        guard let listener = keep(kernel.socket(.ipv4)) else { return nil }
        self.poller = poller
        self.listener = listener
        if kernel.bind(listener, to: endpoint).failed || kernel.listen(listener, backlog: 64).failed
            || kernel.watch(poller, listener, token: .max, interest: [.readable, .exclusive]).failed
        {
            _ = keep(SystemResult(.badDescriptor))
            return nil
        }
    }

    /// Connections open now.
    var isIdle: Bool { sides.allSatisfy { $0 == nil } }

    /// One turn of the loop, at most `timeout` milliseconds long.
    func turn(timeout: Int32) {
        _ = kernel.poll(poller, into: &events, timeoutMilliseconds: timeout)
        for index in 0..<events.count {
            let event = events[index]
            if event.token == .max {
                acceptOne()
                continue
            }
            let side = Int(event.token & 0xffff_ffff)
            if generations[side] != UInt32(event.token >> 32) || sides[side] == nil { continue }
            if event.readiness.contains(.writable) { sides[side]?.canWrite = true }
            if !event.readiness.isDisjoint(with: [.readable, .readClosed, .hangup, .error]) {
                sides[side]?.canRead = true
            }
            if sides[side]?.isConnecting == true {
                if kernel.pendingError(sides[side]?.descriptor ?? .none) != Errno(rawValue: 0) {
                    drop(side)
                    continue
                }
                if !event.readiness.contains(.writable) { continue }
                sides[side]?.isConnecting = false
            }
            move(side)
        }
    }

    func finish() {
        for side in sides.indices where sides[side] != nil { drop(side) }
        kernel.close(listener)
        kernel.close(poller)
    }

    private func acceptOne() {
        var peer = SocketAddress.none
        let accepted = kernel.accept(listener, peer: &peer)
        if accepted.failed { return }
        let client = Descriptor(Int32(accepted.value))
        let made = kernel.socket(.ipv4)
        if made.failed { return kernel.close(client) }
        let server = Descriptor(Int32(made.value))
        let started = kernel.connect(server, to: upstream)
        if started.failed && started.errno != .inProgress {
            kernel.close(client)
            if mistake != .leaksAfterFailedConnect { kernel.close(server) }
            return
        }
        let first = add(Side(descriptor: client, twin: 0, isConnecting: false))
        let second = add(Side(descriptor: server, twin: first, isConnecting: started.failed))
        sides[first]?.twin = second
        for (side, descriptor) in [(first, client), (second, server)] {
            let token = UInt64(generations[side]) << 32 | UInt64(side)
            if kernel.watch(poller, descriptor, token: token, interest: .stream).failed { return drop(first) }
        }
    }

    private func add(_ side: Side) -> Int {
        if let free = sides.firstIndex(where: { $0 == nil }) {
            sides[free] = side
            generations[free] += 1
            pending[free] = []
            return free
        }
        sides.append(side)
        generations.append(1)
        pending.append([])
        return sides.count - 1
    }

    /// Closes a side and its twin.
    private func drop(_ side: Int) {
        guard let one = sides[side] else { return }
        sides[side] = nil
        kernel.close(one.descriptor)
        if one.twin >= 0 { drop(one.twin) }
        if mistake == .closesTwice { kernel.close(one.descriptor) }
    }

    /// Moves what can be moved through this side, both ways.
    private func move(_ side: Int) {
        var goesOn = true
        while goesOn {
            goesOn = false
            for one in [side, sides[side]?.twin ?? side] {
                guard sides[one] != nil else { return }
                if flush(one) { goesOn = true }
                guard sides[one] != nil else { return }
                if fill(from: one) { goesOn = true }
            }
        }
        guard let one = sides[side], let other = sides[one.twin] else { return }
        if one.saidEnd && other.saidEnd { drop(side) }
    }

    /// Reads from `side` for its twin; true where something changed.
    private func fill(from side: Int) -> Bool {
        guard let one = sides[side], one.canRead, !one.isConnecting, !one.sawEnd else { return false }
        let room = bound - pending[one.twin].count
        if room == 0 { return false }
        var buffer = ByteBuffer()
        let answer = kernel.receive(one.descriptor, into: &buffer, limit: room)
        if mistake == .isDeafToEdges && chance % 7 == 0 { sides[side]?.canRead = false }
        chance += 1
        if answer.wouldBlock {
            sides[side]?.canRead = false
            return false
        }
        if answer.failed {
            drop(side)
            return true
        }
        if mistake == .trustsShortReads && answer.value < room { sides[side]?.canRead = false }
        if mistake == .closesAtFirstEnd && answer.value == 0 {
            drop(side)
            return true
        }
        if answer.value == 0 { sides[side]?.sawEnd = true }
        pending[one.twin] += buffer.span.array
        return true
    }

    /// Sends to `side` what its twin gave; true where something changed.
    private func flush(_ side: Int) -> Bool {
        guard let one = sides[side], !one.isConnecting else { return false }
        if pending[side].isEmpty {
            guard sides[one.twin]?.sawEnd == true, !one.saidEnd else { return false }
            sides[side]?.saidEnd = true
            if kernel.shutdownWrite(one.descriptor).failed { drop(side) }
            return true
        }
        if !one.canWrite { return false }
        let bytes = pending[side]
        let count = bytes.count
        let answer = kernel.send(one.descriptor, bytes.span)
        if answer.failed && !answer.wouldBlock {
            drop(side)
            return true
        }
        pending[side].removeFirst(mistake == .forgetsShortWrites ? count : answer.value)
        if answer.value < count { sides[side]?.canWrite = false }
        return answer.value > 0
    }
}
