import Bytes
import HTTP2
import Platform
@testable import ProxyCore
@testable import Upstreams

// What holds of HTTP/2 to upstreams at the end of every turn.
extension Worker {
    /// Every stream is carried by a connection that counts it, none is carried twice, no connection carries more than
    /// it may, and a group knows those that carry some, once each.
    var troubleOfCarriers: String? {
        var carried: [SlotID: Int] = [:]
        var numbers: Set<StreamPlace> = []
        for index in 0..<upstreams.highWater {
            guard let id = upstreams.id(at: index), !upstreams[id].stream.isNone else { continue }
            let stream = upstreams[id].stream
            let carrier = streams[stream].carrier
            if !upstreams.contains(carrier) || upstreams[carrier].session.isNone {
                return "a stream is carried by nobody"
            }
            carried[carrier, default: 0] += 1
            let number = streams[stream].number
            if number > 0 && !numbers.insert(StreamPlace(carrier: carrier, number: number)).inserted {
                return "stream \(number) is two exchanges'"
            }
            if streams[stream].received.count > 65_536 + streams[stream].headLeft {
                return "keeps \(streams[stream].received.count) bytes that came on a stream"
            }
        }
        var known: [SlotID: Int] = [:]
        for group in distinctGroups {
            for entry in group.carriers { known[entry.connection, default: 0] += 1 }
        }
        for index in 0..<upstreams.highWater {
            guard let id = upstreams.id(at: index), upstreams[id].machine.isCarrier else { continue }
            let count = carried[id] ?? 0
            if Int(upstreams[id].machine.leases) != count {
                return "\(upstreams[id].machine.leases) leases of \(count) streams"
            }
            if count > 128 { return "a connection carries \(count) streams" }
            if upstreams[id].session.isNone { return "a carrier has no session" }
            let listed = known.removeValue(forKey: id) ?? 0
            if PeerCheck.index(location: upstreams[id].location) != nil {
                if listed > 0 || upstreams[id].machine.isIdle { return "a check's carrier is for others" }
                continue
            }
            // A peer that is gone takes its carriers with it as soon as they are read out.
            if listed > 1 || upstreams[id].machine.takesStreams && (listed == 0) != upstreams[id].machine.isIdle {
                return "a group lists a carrier \(listed) times"
            }
            if sessions[upstreams[id].session].speaks { return "a carrier has something to say at the end of a turn" }
        }
        return known.isEmpty ? nil : "a group has carriers that are gone"
    }
}

/// A stream of a connection.
private struct StreamPlace: Hashable {
    let carrier: SlotID
    let number: Int32
}
