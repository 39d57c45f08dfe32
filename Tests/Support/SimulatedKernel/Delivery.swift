import Bytes
import Glibc
import Platform

// How bytes, FIN and RST get from one end to the other, and what a receiver makes of them.
extension SimulatedKernel {
    /// Something stands at this end's way out: sees that it will move.
    func push(_ end: StreamEnd) {
        if end.arrivalPlanned || end.peer == nil { return }
        let delay = latency()
        if delay == 0 { return arrive(from: end) }
        end.arrivalPlanned = true
        schedule(.arrival(end), afterMicroseconds: delay)
    }

    /// A piece of what `end` sent reaches the other side; what stays behind follows later.
    func arrive(from end: StreamEnd) {
        while let target = end.peer {
            var moved = false
            if !end.outbox.isEmpty {
                if target.isOrphan || target.phase == .closed { return refuse(end, by: target) }
                var count = min(end.outbox.count, target.receiveLimitBytes - target.inbox.count)
                if count <= 0 { return }
                if chance.percent(adversity.cutPercent) { count = 1 + chance.below(count) }
                end.outbox.move(count, to: &target.inbox)
                roomFreed(end)
                wake(target, .readable)
                moved = true
            }
            if end.outbox.isEmpty {
                if end.resetQueued { return deliverReset(from: end, to: target) }
                if !end.finQueued || end.finArrived { return }
                if !moved || !chance.percent(adversity.cutPercent) { return deliverFin(from: end, to: target) }
            }
            if end.arrivalPlanned { return }
            let delay = latency()
            if delay > 0 {
                end.arrivalPlanned = true
                return schedule(.arrival(end), afterMicroseconds: delay)
            }
        }
    }

    private func deliverFin(from end: StreamEnd, to target: StreamEnd) {
        end.finArrived = true
        if target.phase == .closed && !target.isOrphan { return }
        target.sawFin = true
        target.receiveShut = true
        wake(target, [])
        if !end.isOrphan { wake(end, []) }
        if target.finArrived && end.isOrphan && target.isOrphan { unlink(end, target) }
    }

    /// Linux's `tcp_reset`: what was received stays readable, what was to be sent is gone.
    private func deliverReset(from end: StreamEnd, to target: StreamEnd) {
        unlink(end, target)
        if target.isOver { return }
        target.die(target.sawFin && !target.sendShut ? EPIPE : ECONNRESET)
        if !target.isOrphan { wake(target, []) }
    }

    /// Data came for an end that nobody owns any more: the sender is told by RST.
    private func refuse(_ end: StreamEnd, by gone: StreamEnd) {
        end.outbox.clear()
        abort(gone)
    }

    /// Sends RST. Of what was still to be sent, some may have left before.
    func abort(_ end: StreamEnd) {
        guard let target = end.peer else { return end.die(0) }
        if end.resetQueued { return }
        var left = min(end.outbox.count, max(0, target.receiveLimitBytes - target.inbox.count))
        left = adversity.latencyMicroseconds.upperBound == 0 ? 0 : chance.below(left + 1)
        let allLeft = left == end.outbox.count
        end.outbox.keepFirst(left)
        end.resetQueued = true
        if end.finQueued && !allLeft { end.finQueued = false }
        if end.finQueued && !end.finArrived && left == 0 && chance.percent(50) { deliverFin(from: end, to: target) }
        end.phase = .closed
        end.receiveShut = true
        end.sendShut = true
        push(end)
    }

    func unlink(_ end: StreamEnd, _ target: StreamEnd) {
        end.peer = nil
        target.peer = nil
    }

    /// Some of what this end sent has been taken.
    func roomFreed(_ end: StreamEnd) {
        if end.isOrphan { return }
        if end.family == .unix {
            if end.isWritable { wake(end, .writable) }
        } else if end.wantsRoom && end.isWritable {
            end.wantsRoom = false
            wake(end, .writable)
        }
    }

    /// Reads what has arrived, at most `limit` bytes: their number, 0 at the end, or a negated errno.
    func take(_ end: StreamEnd, into buffer: inout ByteBuffer, limit: Int) -> Int {
        if limit <= 0 { return 0 }
        if !end.inbox.isEmpty {
            let count = min(limit, end.inbox.count)
            end.inbox.move(count, to: &buffer)
            let freesRoom = end.family == .unix && end.finishPackets(count)
            if let peer = end.peer {
                if freesRoom { roomFreed(peer) } else if !peer.outbox.isEmpty { push(peer) }
            }
            return count
        }
        if end.sawFin && end.family != .unix { return 0 }
        if end.error != 0 { return -Int(end.takeError()) }
        if end.receiveShut { return 0 }
        if end.phase == .fresh || end.phase == .closed { return -Int(end.family == .unix ? EINVAL : ENOTCONN) }
        return -Int(EAGAIN)
    }

    /// Whether sending can be tried at all; else the negated errno.
    func refusalToSend(_ end: StreamEnd) -> Int? {
        if end.family == .unix && end.phase == .fresh { return -Int(ENOTCONN) }
        if end.error != 0 && (end.family != .unix || !end.sendShut) { return -Int(end.takeError()) }
        if end.sendShut || end.phase == .fresh { return -Int(EPIPE) }
        return end.phase == .connecting ? -Int(EAGAIN) : nil
    }

    /// Sends what there is room for: the number of bytes, or a negated errno.
    func put(_ end: StreamEnd, _ bytes: Span<UInt8>, shortened: Bool = false) -> Int {
        if let refusal = refusalToSend(end) { return refusal }
        if bytes.isEmpty { return 0 }
        var count = min(bytes.count, end.room)
        if count < bytes.count { end.wantsRoom = true }
        if count == 0 { return -Int(EAGAIN) }
        if shortened && count > 1 {
            count = 1 + chance.below(count - 1)
            end.wantsRoom = true
        }
        guard let peer = end.peer else { return -Int(EPIPE) }
        if end.family == .unix {
            peer.inbox.append(bytes.extracting(0..<count))
            peer.packets.append(count)
            wake(peer, .readable)
        } else {
            end.outbox.append(bytes.extracting(0..<count))
            push(end)
        }
        return count
    }

    /// Sends FIN after all that was sent. Linux wakes everybody even where there is nothing to do.
    func shut(_ end: StreamEnd) -> Int {
        defer { wake(end, []) }
        if end.family == .unix {
            end.sendShut = true
            if let peer = end.peer {
                peer.receiveShut = true
                wake(peer, [])
            }
            return 0
        }
        if end.phase != .established || end.isOver { return -Int(ENOTCONN) }
        if end.sendShut { return 0 }
        end.sendShut = true
        end.finQueued = true
        push(end)
        return 0
    }

    /// The owner gives the end up; what it sent is still delivered unless Linux would send RST.
    func release(_ end: StreamEnd) {
        if end.isOrphan { return }
        end.isOrphan = true
        removeWatches(end)
        end.far = nil
        if end.family == .unix { return releaseUnix(end) }
        switch end.phase {
        case .fresh, .closed: break
        case .connecting: end.phase = .closed
        case .established:
            let hasUnread = !end.inbox.isEmpty
            end.inbox.clear()
            if end.resetsOnClose || hasUnread { return abort(end) }
            end.receiveShut = true
            if !end.sendShut {
                end.sendShut = true
                end.finQueued = true
                push(end)
            } else if let peer = end.peer, end.finArrived, peer.finArrived, peer.isOrphan {
                unlink(end, peer)
            }
        }
    }

    private func releaseUnix(_ end: StreamEnd) {
        guard let peer = end.peer else { return }
        unlink(end, peer)
        peer.receiveShut = true
        peer.sendShut = true
        if !end.inbox.isEmpty { peer.error = ECONNRESET }
        wake(peer, [])
    }
}
