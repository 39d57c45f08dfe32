import Bytes
import Configuration
import Failures
import Upstreams

/// A health check of one peer, as the worker that makes it keeps it.
struct PeerCheck {
    let peer: Peer
    /// Which check it is: an index in the model's `checks`.
    let check: Int
    var machine: CheckMachine
    /// Asks the peer, while the machine is asking.
    var exchange = SlotID.none
    /// The connection that waits for the next question (nginx: keepalive_time).
    var idle = SlotID.none
    /// What the question came to, once that is known, and where it was seen.
    var outcome: CheckOutcome?
    var phase = Phase.connecting
    /// The beginning of the response's body, where a test looks at it; at most `Limits.checkBodyBytes`.
    var body: [UInt8] = []
    /// Bytes of the body that came.
    var bodyCount = 0
    /// The failure whose line was written last; the same one is not told again before the peer passes.
    var told: ToldFailure?

    /// A failure, as far as its line goes.
    struct ToldFailure: Equatable {
        var cause: Cause
        var phase: Phase
    }

    /// Where connections for checks are told from others: `UpstreamConnection.location` of the check at an index.
    static func location(_ index: Int) -> Int32 { -2 - Int32(index) }

    /// The index of the check that a connection is made for; nil where it is an exchange's.
    static func index(location: Int32) -> Int? { location <= -2 ? -2 - Int(location) : nil }
}
