import Platform

/// Which addresses a question asks for.
package enum LookupFamily: UInt8, Sendable {
    case ipv4, ipv6
}

/// What became of one question.
package enum LookupOutcome: Equatable, Sendable {
    /// At least one address, without ports, and how many seconds they hold.
    case addresses([SocketAddress], ttlSeconds: Int)
    /// The name is another's, and the answer does not say that one's addresses.
    case alias([UInt8], ttlSeconds: Int)
    /// A response code (RFC 1035 §4.1.1); 3 also where the name has no such address.
    case failed(code: Int)
    /// The server did not answer, or what came was no answer.
    case noAnswer
    /// The server could not be reached.
    case unreached
}

/// A question's outcome, by the ticket under which it was asked.
package struct LookupReport: Equatable, Sendable {
    package let ticket: UInt32
    package let outcome: LookupOutcome

    /// What came of the question `ticket` asked.
    package init(ticket: UInt32, outcome: LookupOutcome) {
        self.ticket = ticket
        self.outcome = outcome
    }
}

/// Asks name servers, without ever waiting: the seam at which a simulation puts its own answers.
///
/// The worker watches the engine's descriptors and deadline for it, and takes the reports.
package protocol LookupEngine: AnyObject {
    /// How many name servers there are; at least one.
    var serverCount: Int { get }
    /// Questions that have no report yet.
    var openCount: Int { get }
    /// Asks one server, by its place among them, one question; the report comes by `takeReports`, perhaps at once.
    func ask(_ name: [UInt8], _ family: LookupFamily, server: Int, ticket: UInt32, now: Instant)
    /// When `wake` is due; `never` where nothing is waited for.
    func deadline(now: Instant) -> Instant
    /// The deadline passed, or so it may be.
    func wake(now: Instant)
    /// A descriptor that the engine watches is ready.
    func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant)
    /// The reports since the last call, oldest first.
    func takeReports() -> [LookupReport]
    /// Gives up what is asked and closes every descriptor; no report comes any more.
    func close()
}
