import Bytes
import Configuration
import Failures
import HTTP
import Platform
import Upstreams

/// How far a report is written: it goes on there once the client has taken the piece before.
struct ReportCursor: Equatable {
    let kind: ReportKind
    /// Which part comes next; the report knows its parts.
    var part = 0
    /// The group and the listed peer that come next in that part.
    var group = 0
    var peer = 0
    /// What stands before its peers, or before its series, is written.
    var isOpen = false

    /// Before the first byte.
    init(_ kind: ReportKind) { self.kind = kind }

    /// A piece of a report ends once it has so many bytes. What is written in one step is never as long again: names of
    /// a group or peer, and one log line.
    static var pieceBytes: Int { 32 << 10 }

    /// To the next part.
    mutating func nextPart() {
        part += 1
        group = 0
        peer = 0
        isOpen = false
    }
}

/// What a report is made of: the groups as one worker has them, whose peers and counts all workers share, and the
/// counts of the process.
struct ReportView {
    let settings: [GroupSettings]
    let labels: [[UInt8]]
    /// In the order of `settings`; what follows there has no name of its own.
    let groups: [Group]
    let shared: ProcessShared
    let workers: [WorkerCounters]
    let now: Instant
    let wall: WallTime

    /// When something of the monotonic clock is, on the wall's.
    func wallTime(of instant: Instant) -> WallTime {
        WallTime(milliseconds: wall.milliseconds + instant.since(now))
    }

    /// The peers that go with a group now, backups last.
    func peers(_ group: Int) -> [ListedPeer] { groups[group].listed }
}

/// The names by which groups are told apart: that of `upstream`, or host and port of a `proxy_pass`.
enum GroupLabels {
    static func of(_ groups: [GroupSettings]) -> [[UInt8]] {
        var seen: [String: Int] = [:]
        return groups.map { group in
            let name = group.isImplicit && group.port != 0 ? "\(group.name):\(group.port)" : group.name
            let copies = seen[name, default: 0]
            seen[name] = copies + 1
            return Array((copies == 0 ? name : "\(name)#\(copies + 1)").utf8)
        }
    }
}

extension ByteBuffer {
    /// Appends a text, and behind it a number.
    mutating func append(_ text: StaticString, decimal number: Int) {
        append(text)
        append(decimal: number)
    }

    /// Appends a quoted JSON string.
    mutating func append(jsonString bytes: [UInt8]) {
        append(0x22)
        TextEscape.append(json: bytes.span, to: &self)
        append(0x22)
    }

    /// Appends a quoted JSON string.
    mutating func append(jsonString text: String) { append(jsonString: Array(text.utf8)) }

    /// Appends `2026-11-26T20:10:00.042Z` (RFC 3339).
    mutating func append(timestamp time: WallTime) {
        let civil = CivilTime(unixSeconds: time.seconds)
        append(decimal: civil.year, width: 4)
        append(0x2d)
        append(decimal: civil.month, width: 2)
        append(0x2d)
        append(decimal: civil.day, width: 2)
        append("T")
        append(decimal: civil.hour, width: 2)
        append(0x3a)
        append(decimal: civil.minute, width: 2)
        append(0x3a)
        append(decimal: civil.second, width: 2)
        append(".")
        append(decimal: Int(time.milliseconds % 1000), width: 3)
        append("Z")
    }

    /// Appends `amount` of units of which so many (a power of ten) are a whole, as a decimal fraction: `0.0025`.
    mutating func append(amount: Int, perWhole: Int) {
        append(decimal: amount / perWhole)
        var (rest, unit) = (amount % perWhole, perWhole / 10)
        if rest == 0 { return }
        append(".")
        while rest > 0 {
            append(decimal: rest / unit)
            rest %= unit
            unit /= 10
        }
    }
}
