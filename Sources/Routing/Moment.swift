import Bytes
import Platform

/// What a worker knows in one turn beside the exchange: the time, and the counts of `$connections_*`.
///
/// One for each worker. The texts of dates are made once a second.
package struct Moment: ~Copyable {
    package private(set) var now = Instant(milliseconds: 0)
    package private(set) var wall = WallTime(milliseconds: 0)
    /// Minutes that local time is ahead of UTC.
    package private(set) var zoneMinutes = 0
    package var processID: Int32 = 0
    package var connectionsActive = 0
    package var connectionsReading = 0
    package var connectionsWriting = 0
    package var connectionsWaiting = 0
    /// The client's connection as the kernel measures it, where something asks for `$tcpinfo_*`.
    package var transport: TransportFacts?
    /// `$hostname`.
    package var hostname: [UInt8] = []
    /// Random bits that `$request_id` is made with; the same for all workers of a process, or not.
    package var requestSecret: (UInt64, UInt64) = (0, 0)

    private var texts = ByteBuffer(capacity: 128)
    private var httpDate = ByteRange.empty
    private var local = ByteRange.empty
    private var iso8601 = ByteRange.empty
    private let inPlace = InPlace()

    /// The start of the epoch; call `update` before use.
    package init() { render() }

    /// Takes a new turn's time.
    package mutating func update(now: Instant, wall: WallTime) {
        self.now = now
        let changed = wall.seconds != self.wall.seconds
        self.wall = wall
        if !changed { return }
        zoneMinutes = LocalTime(unixSeconds: wall.seconds).offsetSeconds / 60
        render()
    }

    func secret(_ half: Int) -> UInt64 { half == 0 ? requestSecret.0 : requestSecret.1 }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    package var dateText: Span<UInt8> {
        @_lifetime(borrow self) get { texts.span(httpDate) }
    }

    /// `06/Nov/1994:08:49:37 +0000`
    package var localText: Span<UInt8> {
        @_lifetime(borrow self) get { texts.span(local) }
    }

    /// `1994-11-06T08:49:37+00:00`
    package var iso8601Text: Span<UInt8> {
        @_lifetime(borrow self) get { texts.span(iso8601) }
    }

    private mutating func render() {
        texts.clear()
        HTTPDate.append(unixSeconds: wall.seconds, to: &texts)
        httpDate = ByteRange(0, texts.count)
        let time = CivilTime(unixSeconds: wall.seconds + zoneMinutes * 60)
        renderLocal(time)
        renderISO(time)
    }

    private mutating func renderLocal(_ time: CivilTime) {
        let start = texts.count
        texts.append(decimal: time.day, width: 2)
        texts.append(0x2f)
        texts.append(HTTPDate.months[time.month - 1])
        texts.append(0x2f)
        texts.append(decimal: time.year, width: 4)
        texts.append(0x3a)
        appendClock(time)
        texts.append(0x20)
        appendZone(separator: false)
        local = ByteRange(start, texts.count)
    }

    private mutating func renderISO(_ time: CivilTime) {
        let start = texts.count
        texts.append(decimal: time.year, width: 4)
        texts.append(0x2d)
        texts.append(decimal: time.month, width: 2)
        texts.append(0x2d)
        texts.append(decimal: time.day, width: 2)
        texts.append(0x54)
        appendClock(time)
        appendZone(separator: true)
        iso8601 = ByteRange(start, texts.count)
    }

    private mutating func appendClock(_ time: CivilTime) {
        texts.append(decimal: time.hour, width: 2)
        texts.append(0x3a)
        texts.append(decimal: time.minute, width: 2)
        texts.append(0x3a)
        texts.append(decimal: time.second, width: 2)
    }

    private mutating func appendZone(separator: Bool) {
        let minutes = abs(zoneMinutes)
        texts.append(zoneMinutes < 0 ? 0x2d : 0x2b)
        texts.append(decimal: minutes / 60, width: 2)
        if separator { texts.append(0x3a) }
        texts.append(decimal: minutes % 60, width: 2)
    }
}
