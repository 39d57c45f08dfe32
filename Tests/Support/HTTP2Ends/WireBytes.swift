import Bytes
import HTTP2

/// Bytes that came from the wire, while a session reads them.
package struct WireBytes {
    private let bytes: [UInt8]
    /// Where the piece begins that the session's events speak of, and where the next one does.
    fileprivate var (start, next) = (0, 0)

    package init(_ wire: Span<UInt8>) { bytes = wire.array }

    /// None: to read what came of what was said.
    package init() { bytes = [] }

    /// The body bytes of a `data` event.
    package subscript(range: ByteRange) -> ArraySlice<UInt8> { bytes[start + range.start..<start + range.end] }

    fileprivate var rest: ArraySlice<UInt8> { bytes[next...] }
}

extension HTTP2Session {
    /// The next thing that happened, what came of what was said first; nil where all of `wire` is read.
    package mutating func nextEvent(of wire: inout WireBytes) -> SessionEvent? {
        while true {
            if let event = nextEvent() { return event }
            if wire.rest.isEmpty && !isPaused { return nil }
            wire.start = wire.next
            wire.next += feed(wire.rest.span, second: 0)
        }
    }
}
