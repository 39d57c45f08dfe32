import Bytes
import EventLoop
import Failures
import Routing

extension Worker {
    /// Writes what routing, or the evaluation of a variable, had to say.
    mutating func logNotes(_ id: SlotID) {
        for note in exchanges[id].record.takeNotes() {
            let kind: LocalCause
            switch note {
            case .uninitialized(let name): kind = quote(id, name, .absent, .uninitializedVariable)
            case .matches(let pattern, let subject): kind = quote(id, pattern, subject, .patternMatches)
            case .misses(let pattern, let subject): kind = quote(id, pattern, subject, .patternMisses)
            case .rewritten(let uri, let arguments): kind = quote(id, uri, arguments, .rewritten)
            case .redirected(let url): kind = quote(id, url, .absent, .rewrittenRedirect)
            }
            logExchange(id, .local(kind), phase: .routing)
        }
    }

    private mutating func quote(_ id: SlotID, _ first: Piece, _ second: Piece, _ kind: LocalCause) -> LocalCause {
        text.clear()
        exchanges[id].record.append(first, to: &text)
        let split = text.count
        exchanges[id].record.append(second, to: &text)
        evidence.set(text.span.extracting(0..<split), text.span.extracting(split..<text.count))
        return kind
    }
}
