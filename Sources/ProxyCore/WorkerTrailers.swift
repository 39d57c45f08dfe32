import Bytes
import HTTP
import Routing

// Fields behind the body: those of the upstream, and those that the configuration adds. Chunks can carry them, and
// HTTP/2.
extension Worker {
    /// How a body of a known length is framed: in chunks where trailer fields are added (nginx: add_trailer).
    ///
    /// The response's status must be known.
    func framingWithTrailers(_ id: SlotID, _ framing: BodyFraming) -> BodyFraming {
        let scope = settings(id)
        if !scope.addsTrailers || !scope.chunksAllowed || isOnStream(id) { return framing }
        let facts = exchanges[id].record.asked.facts
        let status = exchanges[id].record.answer.status
        if facts.version == .http10 || facts.method == .head || status == 204 || status == 304 { return framing }
        return epochs[Int(exchanges[id].epoch)].routing.addsTrailers(exchanges[id].record) ? .chunked : framing
    }

    /// The upstream's trailer section is whole: variables may ask for it from now on.
    mutating func keepTrailers(_ id: SlotID) {
        if exchanges[id].trailers.isEmpty { return }
        let lines = exchanges[id].record.keep(exchanges[id].trailers.span)
        exchanges[id].record.answer.trailers = lines
    }

    /// The trailer fields of the response go into `text`, as whole lines.
    mutating func appendTrailers(_ id: SlotID) {
        let scope = settings(id)
        let passes = scope.passesTrailers && !exchanges[id].trailers.isEmpty
        if !passes && !scope.addsTrailers { return }
        let start = text.count
        if passes { appendUpstreamTrailers(id) }
        moment.update(now: loop.now, wall: loop.wallTime)
        let routing = epochs[Int(exchanges[id].epoch)].routing
        routing.appendTrailers(&exchanges[id].record, moment, from: start, to: &text)
    }

    /// The trailer fields of a response that goes out on a stream: they follow its last byte.
    mutating func takeTrailers(_ id: SlotID) {
        guard case .connection(let connection) = exchanges[id].client, exchanges[id].clientFraming != .none else {
            return
        }
        text.clear()
        appendTrailers(id)
        if text.isEmpty { return }
        let side = downstreams[connection].stream
        streams[side].trailers.clear()
        streams[side].trailers.append(text.span)
    }

    private mutating func appendUpstreamTrailers(_ id: SlotID) {
        Trailers.read(exchanges[id].trailers.span, fields: &fields)
        for index in 0..<fields.count where fields[index].isForwarded {
            text.append(exchanges[id].trailers.span(fields[index].name))
            text.append(": ")
            text.append(exchanges[id].trailers.span(fields[index].value))
            text.append("\r\n")
        }
    }
}
