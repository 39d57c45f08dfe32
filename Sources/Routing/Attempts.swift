import Bytes

/// The tries of an exchange on upstream peers; only ever added to.
package struct Attempts: Sendable {
    /// The try that runs or ran last.
    package var current = Attempt()
    /// Those before it. Costs nothing while there is none.
    package private(set) var earlier: [Attempt] = []

    package init() {}

    /// Whether no try was begun.
    package var isEmpty: Bool { !current.isBegun }
    package var count: Int { earlier.count + (current.isBegun ? 1 : 0) }

    /// Begins the next try. `restarted`: an internal redirect lies between it and the one before.
    package mutating func begin(group: Int, restarted: Bool) {
        if current.isBegun { earlier.append(current) }
        current = Attempt()
        current.isBegun = true
        current.group = group
        current.followsRestart = restarted && !earlier.isEmpty
    }

    /// Begins the present try once more: what it came to is forgotten.
    package mutating func beginAgain(group: Int) {
        let follows = current.followsRestart
        current = Attempt()
        current.isBegun = true
        current.group = group
        current.followsRestart = follows
    }
}

/// One try. Times are milliseconds from its beginning; −1 where it did not come so far.
package struct Attempt: Sendable {
    package internal(set) var isBegun = false
    /// Whether an internal redirect lies between it and the one before: ` : ` in logs instead of `, `.
    package internal(set) var followsRestart = false
    /// Index in `groups`, −1 for a resolved name.
    package var group = -1
    /// The peer as logs name it, `127.0.0.1:8080`, in the arena; the group's name where no peer was found.
    package var peerName = Piece.absent
    /// Of its response; 0 for none, 502 or 504 where it failed.
    package var status = 0
    /// How long it waited before it could be made: in the group's queue, or for an upstream that refused.
    package var queueTime = -1
    package var connectTime = -1
    package var headTime = -1
    package var responseTime = -1
    package var bytesSent: Int64 = 0
    package var bytesReceived: Int64 = 0
    /// Body bytes received.
    package var bodyBytes: Int64 = 0

    package init() {}
}
