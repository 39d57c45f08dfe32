import Bytes

/// A connection that lies idle, and what it may be used for.
package struct IdleConnection: Sendable {
    package var connection: SlotID
    package var peer: Int
    /// TLS context, names, bind address, version: connections of different profiles are never mixed.
    package var profile: UInt32
    /// The location that opened it, where it serves only that one (nginx: keepalive … local); else −1.
    package var location: Int32

    /// An idle connection to the peer at that index of its group.
    package init(connection: SlotID, peer: Int, profile: UInt32, location: Int32 = -1) {
        self.connection = connection
        self.peer = peer
        self.profile = profile
        self.location = location
    }
}

// The pool of a group: the connection used last is used first.
extension Group {
    /// Takes the latest idle connection to that peer with that transport profile, and of that location where the group
    /// keeps them apart.
    package func takeIdle(peer: Int, profile: UInt32, location: Int32 = -1) -> SlotID? {
        var position = idle.count - 1
        while position >= 0 {
            let entry = idle[position]
            if entry.peer == peer && entry.profile == profile && entry.location == location {
                return takeOut(position)
            }
            position -= 1
        }
        return nil
    }

    /// Keeps a connection for later; answers the one to close instead where the limit is reached.
    package func keepIdle(_ connection: IdleConnection) -> SlotID? {
        if idleLimit == 0 || !isListed(connection.peer) { return connection.connection }
        idle.append(connection)
        lanes[connection.peer].idle.add()
        return idle.count > idleLimit ? takeOut(0) : nil
    }

    /// Forgets an idle connection that ended.
    package func removeIdle(_ connection: SlotID) {
        if let position = idle.firstIndex(where: { $0.connection == connection }) { _ = takeOut(position) }
    }

    private func takeOut(_ position: Int) -> SlotID {
        let entry = idle.remove(at: position)
        lanes[entry.peer].idle.add(-1)
        return entry.connection
    }

    // MARK: HTTP/2

    /// Remembers an HTTP/2 connection that carries streams.
    package func addCarrier(_ connection: IdleConnection) { carriers.append(connection) }

    /// Forgets it: it lies idle, takes no more streams, or has ended.
    package func removeCarrier(_ connection: SlotID) {
        if !carriers.isEmpty { carriers.removeAll { $0.connection == connection } }
    }
}
