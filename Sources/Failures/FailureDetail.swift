import Bytes

/// What a page may tell of a failure, to those who may see it (`error_detail`). Borrows its bytes for one call.
package struct FailureDetail: ~Escapable {
    let verdict: Verdict
    let phase: Phase
    let text: Span<UInt8>
    let peers: Span<UInt8>
    let statuses: Span<UInt8>
    let logLine: Span<UInt8>

    /// The facts of one failure.
    ///
    /// - Parameters:
    ///   - verdict: what the table said.
    ///   - phase: where the exchange stood.
    ///   - text: the cause's words (`CauseText`).
    ///   - peers: the addresses tried, in order (nginx: $upstream_addr); empty where none was.
    ///   - statuses: what each attempt came to (nginx: $upstream_status); empty where none was.
    ///   - logLine: the line in the error log, its line feed or not.
    @_lifetime(copy text, copy peers, copy statuses, copy logLine)
    package init(
        verdict: Verdict, phase: Phase, text: Span<UInt8>, peers: Span<UInt8>, statuses: Span<UInt8>,
        logLine: Span<UInt8>
    ) {
        self.verdict = verdict
        self.phase = phase
        self.text = text
        self.peers = peers
        self.statuses = statuses
        let last = logLine.count - 1
        self.logLine = last >= 0 && logLine[last] == ASCII.lf ? logLine.extracting(0..<last) : logLine
    }
}
