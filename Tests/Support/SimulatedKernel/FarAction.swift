/// One step of a scripted client or server. Plain data, so that scenarios can be drawn at random and printed.
package enum FarAction: Sendable, Equatable {
    /// Sends all of it, as fast as the network takes it.
    case send([UInt8])
    /// Sends it in pieces of so many bytes, with a pause after each.
    case trickle([UInt8], pieceBytes: Int, gapMilliseconds: Int)
    /// Waits for so many more bytes than the awaits before have used.
    case awaitBytes(Int)
    /// Waits until these bytes have come.
    case awaitText([UInt8])
    /// Waits for a whole head: up to an empty line.
    case awaitHead
    /// Waits for a whole HTTP/1 request, with its body.
    case awaitRequest
    /// Waits for the body of the request whose head was awaited last; then the request is a whole message.
    case awaitBody
    /// Waits for a whole final HTTP/1 response; `bodyless` where the request was HEAD.
    case awaitResponse(bodyless: Bool)
    /// Waits until the other side has sent FIN or RST.
    case awaitEnd
    case pause(milliseconds: Int)
    /// From now on at most so many bytes are read in each interval; 0 bytes: nothing is read.
    case readPace(bytes: Int, everyMilliseconds: Int)
    /// From now on everything is read at once (so it is from the start).
    case readAll
    /// Sends FIN and goes on reading.
    case shutdown
    /// Closes: FIN, or RST where something was unread, as Linux does.
    case close
    /// Closes without what a coat says before FIN.
    case drop
    /// Closes with RST.
    case reset
    /// Neither reads, sends nor closes any more.
    case stall
    /// Ends a stream of HTTP/2 by RST_STREAM with this code.
    case resetStream(UInt32)
    /// Ends a stream of HTTP/2 by END_STREAM, whatever is still to come.
    case endStream
    /// Says GOAWAY with this code: all streams that were looked at are taken, without `refuses` this one as well.
    case goAway(UInt32, refuses: Bool)

    /// Sends a text.
    package static func send(_ text: String) -> FarAction { .send(Array(text.utf8)) }
    /// Waits for a text.
    package static func awaitText(_ text: String) -> FarAction { .awaitText(Array(text.utf8)) }
}

/// How a far end's connection stands, or what ended it.
package enum FarEnding: Sendable, Equatable {
    /// It has not begun.
    case waiting
    case open
    /// The gateway sent FIN.
    case finished
    /// The gateway sent FIN without what is said before it.
    case truncated
    /// What the gateway sent cannot be read.
    case garbled
    /// The gateway sent RST, or sending to it gave that errno.
    case reset(Int32)
    /// The connection did not come about.
    case connectFailed(Int32)
    /// This end closed it before anything of the kind.
    case closedHere
}

/// A request as a scripted server got it.
package struct FarRequest {
    /// The connection it came on.
    package var far: FarEnd
    /// Which connection of this server that is, from 0.
    package var connectionIndex: Int
    /// Which request of its connection it is, from 0.
    package var requestIndex: Int
    /// Request line and fields, with the empty line.
    package var head: [UInt8]
    /// The body without its coding; empty where the server answers at the head.
    package var body: [UInt8]

    /// The head as text.
    package var headText: String { String(decoding: head, as: UTF8.self) }
    /// The second word of the request line.
    package var target: String {
        let words = head.prefix { $0 != 13 && $0 != 10 }.split(separator: 32)
        return words.count < 2 ? "" : String(decoding: words[1], as: UTF8.self)
    }
}
