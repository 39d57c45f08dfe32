/// All faults there are, in the order of their groups.
package enum FaultTable {
    /// The faults, grouped.
    package static let all: [Fault] =
        connectFaults + beforeHeadFaults + statusLineFaults + fieldFaults + framingFaults + chunkFaults
        + truncationFaults
        + timingFaults + earlyResponseFaults + interimFaults + tunnelFaults + bodilessFaults + reuseFaults

    private static let byName: [String: Fault] = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    /// The fault of that name.
    package static func named(_ name: some StringProtocol) -> Fault? { byName[String(name)] }

    /// The faults of one group.
    package static func of(_ group: FaultGroup) -> [Fault] { all.filter { $0.group == group } }

    /// The name that is most like `name`, where one is like it at all: for messages about a slip of the keys.
    package static func nearest(to name: String) -> String? {
        let wanted = Array(name.utf8)
        let ranked = all.map { (distance(wanted, Array($0.name.utf8)), $0.name) }
        guard let best = ranked.min(by: { $0.0 < $1.0 }) else { return nil }
        return best.0 <= max(2, wanted.count / 3) ? best.1 : nil
    }

    /// Levenshtein's distance.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, another) in other.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(diagonal + (byte == another ? 0 : 1), above + 1, row[column] + 1)
                diagonal = above
            }
        }
        return row[other.count]
    }
}
