/// One thing that the upstream does on a connection. A fault is a list of these, played in order.
///
/// Times are milliseconds. No wait is longer than the server's limit (`Options.waitLimitSeconds`), whatever a step
/// says, and all end when the server stops. A peer that goes away ends the list, unless a step says otherwise.
package enum Step: Equatable, Sendable {
    /// Read a request head, up to and including its blank line.
    case readHead
    /// Read the body of the request whose head was read last.
    case readBody
    /// Read a request, head and body.
    case readAll
    /// Read exactly so many bytes of whatever comes.
    case read(bytes: Int)
    /// Read whatever comes first, once.
    case readSome
    /// Wait until something can be read, and leave it unread: `close` is a reset then.
    case peek
    /// Send these bytes as they are.
    case send(Payload)
    /// Send so many bytes at a time, with a pause after each piece.
    case dribble(Payload, bytes: Int, milliseconds: Int)
    /// Do nothing for a while.
    case sleep(milliseconds: Int)
    /// Keep the connection open without reading; nil: as long as the server's limit allows.
    case stall(milliseconds: Int?)
    /// Keep the connection open and throw away what comes, until the peer closes.
    case hold(milliseconds: Int?)
    /// Send FIN and go on.
    case shutdownWrite
    /// Refuse to read on and go on.
    case shutdownRead
    /// End in order: send FIN, throw away what still comes until the peer's FIN, close.
    case finish
    /// Close at once: a FIN, or a reset where input is unread.
    case close
    /// Close with a reset (SO_LINGER 0); bytes that the peer has not acknowledged are lost.
    case reset
    /// Send back whatever comes until the peer's FIN.
    case echo
    /// Answer a request to upgrade, whose head was read, with the right 101.
    case switchProtocols
    /// Read further requests and answer each of them with these bytes, until the peer closes.
    case answerAll(Payload)
    /// Go on as the ordinary site: the next request chooses its own fault or answer.
    case serve

    /// Whether the step only takes in; a delay is inserted before the first that does not.
    var onlyReads: Bool {
        switch self {
        case .readHead, .readBody, .readAll, .read, .readSome, .peek: return true
        default: return false
        }
    }
}

/// Bytes to be sent, as data: runs of bytes, some of them repeated. At most 64 MiB in all (a precondition).
///
/// A literal is Latin-1: each scalar up to U+00FF is one byte, so that any byte can be written in one.
package struct Payload: Equatable, Sendable, ExpressibleByStringLiteral {
    /// A run of bytes, `times` over.
    struct Run: Equatable, Sendable {
        var bytes: [UInt8]
        var times: Int
    }

    var runs: [Run]

    /// The bound on a payload's bytes.
    package static let limitBytes = 64 << 20

    /// These bytes.
    package init(_ bytes: [UInt8]) { self.init(bytes, times: 1) }

    /// These bytes, `times` over.
    package init(_ bytes: [UInt8], times: Int) {
        runs = bytes.isEmpty || times <= 0 ? [] : [Run(bytes: bytes, times: times)]
        precondition(count <= Self.limitBytes, "a payload is at most 64 MiB")
    }

    /// A literal, as Latin-1.
    package init(stringLiteral text: String) { self.init(text) }

    /// The Latin-1 bytes of `text`; a scalar beyond U+00FF is a mistake of the programmer.
    package init(_ text: String) {
        self.init(
            text.unicodeScalars.map { scalar in
                precondition(scalar.value < 256, "a payload's text is Latin-1")
                return UInt8(scalar.value)
            })
    }

    /// `text`, so many times over.
    package static func repeated(_ text: String, _ times: Int) -> Payload {
        Payload(Payload(text).bytes, times: times)
    }

    /// The one, then the other.
    package static func + (left: Payload, right: Payload) -> Payload {
        var sum = left
        for run in right.runs {
            if let last = sum.runs.last, last.times == 1, run.times == 1 {
                sum.runs[sum.runs.count - 1].bytes += run.bytes
            } else {
                sum.runs.append(run)
            }
        }
        precondition(sum.count <= limitBytes, "a payload is at most 64 MiB")
        return sum
    }

    /// Bytes in all.
    package var count: Int { runs.reduce(0) { $0 + $1.bytes.count * $1.times } }

    /// All bytes, written out.
    package var bytes: [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(count)
        for run in runs {
            // Whole blocks of many repetitions, then the few that are left.
            var block = run.bytes, blockTimes = 1
            while block.count <= 8_192 && 2 * blockTimes <= run.times {
                block += block
                blockTimes *= 2
            }
            for _ in 0..<run.times / blockTimes { all += block }
            all += block.prefix(run.times % blockTimes * run.bytes.count)
        }
        return all
    }
}
