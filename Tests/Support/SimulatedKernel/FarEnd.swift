import Bytes
import Platform

/// A client or one connection of a server that a test has scripted: what it will do, and all that it saw.
package final class FarEnd {
    /// Its place in `SimulatedKernel.farEnds`.
    package let number: Int
    /// The server it belongs to; nil for a client.
    package private(set) weak var server: FarServer?
    /// Which connection of its server it is.
    package let connectionIndex: Int
    /// Milliseconds of the run at which the connection stood; −1 for never.
    package internal(set) var openedAtMilliseconds: Int64 = -1
    /// Milliseconds of the run at which the other side's FIN or RST was seen, or the connection failed; −1 for never.
    package internal(set) var endedAtMilliseconds: Int64 = -1
    /// How the connection stands.
    package internal(set) var ending = FarEnding.waiting
    /// Bytes handed to the network.
    package internal(set) var sentCount = 0
    /// When how much was read.
    package internal(set) var arrivals: [(milliseconds: Int64, count: Int)] = []
    /// Whole messages that the script awaited, as ranges of `received`.
    package internal(set) var messages: [FarMessage] = []
    /// Whether an await of the script came to nothing because the connection was over.
    package internal(set) var wasDisappointed = false
    /// Whether this end has closed, or will never do anything again.
    package internal(set) var isDone = false

    var socket: StreamEnd?
    var target: Endpoint?
    var source: SocketAddress?
    var input = ByteBuffer()
    var usedCount = 0
    var script: [FarAction]
    var scriptPosition = 0
    var sendOffset = 0
    var wakeAt: Int64 = 0
    var scanner: MessageScanner?
    var pace: (bytes: Int, everyMicroseconds: Int64) = (.max, 0)
    var nextReadAt: Int64 = 0
    var isPlanned = false
    var requestIndex = 0
    var headStart = 0
    /// What its script is spoken through.
    package let coat: (any FarCoat)?
    var wireLimit: WireLimit?
    /// Bytes that the coat has put on the wire.
    var wireCount = 0
    var saidGoodbye = false
    var wasToldGoodbye = false

    /// What carries its streams, where it is a connection of HTTP/2.
    let carrier: (any FarCarrier)?
    /// Its streams that are not over.
    var streams: [FarEnd] = []
    var latestStream: Int32 = 0
    /// Of a stream: the connection that carries it, and its number there.
    weak var bearer: FarEnd?
    var stream: Int32 = 0
    /// What was said last is not on its way yet.
    var isSaying = false

    init(
        number: Int, script: [FarAction], server: FarServer? = nil, connectionIndex: Int = 0,
        coat: (any FarCoat)? = nil
    ) {
        self.coat = coat
        carrier = coat as? any FarCarrier
        self.number = number
        self.script = script
        self.server = server
        self.connectionIndex = connectionIndex
    }

    /// Bytes read so far.
    package var receivedCount: Int { input.count }
    /// All bytes read so far.
    package var received: [UInt8] { input.copy() }
    /// All bytes read so far, as text.
    package var receivedText: String { String(decoding: input.copy(), as: UTF8.self) }
    /// A part of the bytes read so far.
    package func received(_ range: ByteRange) -> [UInt8] { input.copy(range) }
    /// Whether a part of the bytes read so far is the part of `pattern` that begins at `start`.
    package func received(_ range: ByteRange, isPartOf pattern: [UInt8], from start: Int) -> Bool {
        input.holds(range, partOf: pattern, from: start)
    }
    /// The HTTP/1 responses among the bytes read so far, one for each request (`bodyless`: it was HEAD), and the last
    /// one where it is not whole but its head is.
    package func responses(bodyless: [Bool]) -> (whole: [FarMessage], rest: FarMessage?) {
        var whole: [FarMessage] = []
        for isBodyless in bodyless {
            var scanner = MessageScanner(.response(bodyless: isBodyless), from: whole.last?.body.end ?? 0)
            let isOver = ending != .open
            let (progress, rest) = input.lend { bytes in (scanner.scan(bytes, ended: isOver), scanner.soFar(bytes)) }
            guard case .complete(let message) = progress else { return (whole, rest) }
            whole.append(message)
        }
        return (whole, nil)
    }
    /// Calls `body` with all bytes read so far, without a copy.
    package func withReceived<Result>(_ body: (Span<UInt8>) -> Result) -> Result { input.lend(body) }
    /// Whether every action of the script was done.
    package var scriptIsOver: Bool { scriptPosition >= script.count }

    func dismantle() {
        socket?.far = nil
        socket = nil
    }
}

/// A scripted server: a listener, and what each of its connections does.
package final class FarServer {
    /// Where it listens.
    package let endpoint: Endpoint
    /// Its connections, in the order in which they were accepted.
    package internal(set) var connections: [FarEnd] = []
    /// Requests that its `answer` was asked for.
    package internal(set) var requestCount = 0

    let scripts: [[FarAction]]
    let answer: ((FarRequest) -> [FarAction])?
    let question: FarAction
    /// Makes what its connections are spoken through, by their number.
    package var coat: ((Int) -> (coat: any FarCoat, limit: WireLimit?))?
    var listener: Listener?
    var isPlanned = false
    var accepts: Bool

    init(
        _ endpoint: Endpoint, scripts: [[FarAction]], answer: ((FarRequest) -> [FarAction])?, accepts: Bool,
        question: FarAction = .awaitRequest
    ) {
        self.question = question
        self.endpoint = endpoint
        self.scripts = scripts
        self.answer = answer
        self.accepts = accepts
    }

    func dismantle() {
        listener?.farServer = nil
        listener = nil
    }
}

/// Where a whole HTTP/1 message stands in what a far end received.
package struct FarMessage: Sendable, Equatable {
    /// Start line and fields, with the empty line; of a response the final one's.
    package var head: ByteRange
    /// What follows on the wire, chunk sizes and trailer section included.
    package var body: ByteRange
    /// The runs of bytes that make up the body without its coding.
    package var pieces: [ByteRange]
}
