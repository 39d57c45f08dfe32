import Bytes

/// What routing has to say in the error log though nothing failed.
package enum RouteNote: Sendable {
    /// A variable of `set` was used before it was set: its name (nginx: uninitialized_variable_warn).
    case uninitialized(Piece)
    /// A pattern of `rewrite` or `if`, and its subject, for all of these nginx: rewrite_log.
    case matches(Piece, Piece)
    case misses(Piece, Piece)
    /// The new URI, and its arguments.
    case rewritten(Piece, Piece)
    case redirected(Piece)
}

extension ExchangeRecord {
    /// More than this many notes of one request that nobody has taken yet are dropped.
    static let noteLimit = 64

    mutating func note(_ note: RouteNote) { if notes.count < Self.noteLimit { notes.append(note) } }

    /// The notes since this was last asked.
    package mutating func takeNotes() -> [RouteNote] {
        let taken = notes
        notes = []
        return taken
    }
}

extension RoutingTable {
    /// Notes whether a pattern of `rewrite` or `if` matched, where that is to be logged.
    func noteMatch(_ pattern: Int, _ subject: Span<UInt8>, _ isMatch: Bool, _ record: inout ExchangeRecord) {
        guard entries[record.route.location].logsRewriting else { return }
        let bytes = model.patterns[pattern].text
        let text = record.keep(bytes.span)
        let subject = record.keep(subject)
        record.note(isMatch ? .matches(text, subject) : .misses(text, subject))
    }

    /// The same for a subject that is kept already.
    func noteMatch(_ pattern: Int, _ subject: Piece, isMatch: Bool, _ record: inout ExchangeRecord) {
        guard entries[record.route.location].logsRewriting else { return }
        let bytes = model.patterns[pattern].text
        let text = record.keep(bytes.span)
        record.note(isMatch ? .matches(text, subject) : .misses(text, subject))
    }

    /// Notes that a variable of `set` is used without a value: once, as it is empty from then on.
    func noteUninitialized(_ slot: Int, _ record: inout ExchangeRecord) {
        guard slots[slot].isSet, entries[record.route.location].warnsUninitialized else { return }
        let name = Array(model.slots[slot].name.utf8)
        record.note(.uninitialized(record.keep(name.span)))
        record.setSlot(slot, to: Piece(.arena, .empty), of: slots.count)
    }
}
