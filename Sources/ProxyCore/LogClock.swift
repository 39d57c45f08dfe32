import Bytes
import Failures
import Platform

/// The local time of log lines, rendered once a second.
struct LogClock: ~Copyable {
    private var second = -1
    private var text = ByteBuffer()
    /// Local time's offset from UTC in seconds.
    private(set) var offsetSeconds = 0

    init() {}

    /// Brings the text up to date.
    mutating func update(_ now: WallTime) {
        if now.seconds == second { return }
        second = now.seconds
        let local = LocalTime(unixSeconds: now.seconds)
        offsetSeconds = local.offsetSeconds
        text.clear()
        ErrorLine.appendTime(CivilTime(unixSeconds: second + offsetSeconds), to: &text)
    }

    /// 19 bytes: `2026/11/21 02:26:09`.
    var span: Span<UInt8> {
        @_lifetime(borrow self) get { text.span }
    }
}
