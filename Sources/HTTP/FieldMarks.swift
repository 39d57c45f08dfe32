import Bytes

/// The bits of `FieldEntry.marks`.
package enum FieldMarks {
    /// Meant for one connection only; never forwarded (RFC 9110 §7.6.1).
    package static var hopByHop: UInt8 { 1 }
    /// Left out of everything but the log: an invalid name of a request, or a duplicate of a response.
    package static var ignored: UInt8 { 2 }
}

extension FieldEntry {
    /// Which known name the field has.
    package var knownField: KnownField { KnownField(rawValue: known) ?? .none }
    /// Whether the field belongs to one connection only.
    package var isHopByHop: Bool { marks & FieldMarks.hopByHop != 0 }
    /// Whether nobody but the log may see the field.
    package var isIgnored: Bool { marks & FieldMarks.ignored != 0 }
    /// Whether the field goes on to the other side.
    package var isForwarded: Bool { marks == 0 }
}

extension FieldTable {
    /// Index of the first field of that name that is not ignored, or nil.
    package func firstIndex(of field: KnownField) -> Int? {
        for index in 0..<count where self[index].known == field.rawValue && !self[index].isIgnored { return index }
        return nil
    }
}
