/// Which peers of a group an exchange has tried, one bit a peer, and how far its balancer came.
package struct TriedPeers: Sendable {
    private var first: UInt64 = 0
    private var more: [UInt64] = []
    /// Where a balancer goes on with the next try.
    var walk = BalancerWalk()
    /// The same before the last choice, so that it can be made again.
    private var walkBefore = BalancerWalk()
    /// No other peer was left: from then on only backups are tried.
    var usesBackups = false
    /// The exchange waits until somebody listens again: peers that are disabled for refusing are tried all the same.
    package private(set) var waits = false

    /// None tried.
    package init() {}

    /// Whether the peer at `index` was tried.
    package func contains(_ index: Int) -> Bool {
        if index < 64 { return first >> UInt64(index) & 1 == 1 }
        let word = index / 64 - 1
        return word < more.count && more[word] >> UInt64(index & 63) & 1 == 1
    }

    /// Marks a peer as tried.
    package mutating func insert(_ index: Int) {
        if index < 64 {
            first |= 1 << UInt64(index)
            return
        }
        let word = index / 64 - 1
        while more.count <= word { more.append(0) }
        more[word] |= 1 << UInt64(index & 63)
    }

    /// Lets the peer that was chosen last be chosen again.
    package mutating func remove(_ index: Int) {
        walk = walkBefore
        if index < 64 {
            first &= ~(1 << UInt64(max(0, index)))
        } else if index / 64 - 1 < more.count {
            more[index / 64 - 1] &= ~(1 << UInt64(index & 63))
        }
    }

    /// Whether none was tried.
    package var isEmpty: Bool { first == 0 && more.allSatisfy { $0 == 0 } }

    /// Forgets all.
    package mutating func removeAll() { self = TriedPeers() }

    /// From now on the exchange waits. Other peers than backups may be had again.
    package mutating func waitBegan() {
        waits = true
        usesBackups = false
    }

    /// Forgets all but that the exchange waits.
    package mutating func waitGoesOn() {
        removeAll()
        waits = true
    }

    mutating func choiceBegins() { walkBefore = walk }
}

/// How far a balancer that hashes came in one exchange.
struct BalancerWalk: Sendable {
    /// Whether it has begun.
    var hasBegun = false
    /// The sum of hashes, the last hash, or a place on the ring.
    var hash: UInt32 = 0
    /// Hashes made.
    var rounds: UInt32 = 0
    /// Peers that could not be taken; after twenty the exchange goes on by round robin.
    var misses = 0

    static let missLimit = 20
}
