import Platform
import SimulatedKernel

/// One request that a client will send, and what upstreams will do with it, attempt by attempt.
struct RequestPlan: Sendable {
    enum Body: Sendable, Equatable { case none, length(Int), chunked(Int, pieceBytes: Int) }

    /// Its target is `/rN`.
    var number: Int
    var method: String
    var isHTTP10 = false
    var body = Body.none
    var expectsContinue = false
    /// Asks for another protocol; where that is agreed to, bytes flow both ways until the client has all it waits for.
    var isUpgrade = false
    /// Would have a trailer section (`TE: trailers`).
    var takesTrailers = false
    /// The last one serves all further attempts.
    var answers: [AnswerPlan]

    var isHead: Bool { method == "HEAD" }
    /// How many bytes go through its tunnel in each direction, where it asks for one; all its answers say the same.
    var tunnelCount: Int? {
        for answer in answers { if case .upgrades(let count) = answer.fault { return count } }
        return nil
    }
    var bodyCount: Int {
        switch body {
        case .none: 0
        case .length(let count), .chunked(let count, _): count
        }
    }

    /// The request as it goes over the wire.
    func bytes(closes: Bool) -> [UInt8] {
        var head = "\(method) /r\(number) HTTP/1.\(isHTTP10 ? 0 : 1)\r\nHost: sim\r\n"
        if closes && !isUpgrade {
            head += "Connection: close\r\n"
        } else if isHTTP10 {
            head += "Connection: keep-alive\r\n"
        }
        if expectsContinue { head += "Expect: 100-continue\r\n" }
        if takesTrailers { head += "TE: trailers\r\n" }
        if isUpgrade { head += "Upgrade: sim\r\nConnection: upgrade\r\n" }
        let content = Pattern.bytes(of: number, attempt: -1, bodyCount)
        switch body {
        case .none: return Array((head + "\r\n").utf8)
        case .length(let count): return Array((head + "Content-Length: \(count)\r\n\r\n").utf8) + content
        case .chunked(_, let piece):
            return Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)
                + Pattern.chunked(content, pieceBytes: piece)
        }
    }
}

/// What an upstream does with one request.
struct AnswerPlan: Sendable {
    enum Framing: Sendable { case length, chunked(pieceBytes: Int), close }
    /// `drop` is FIN without what TLS says before it.
    enum End: Sendable, Equatable { case close, reset, stall, drop }
    enum Fault: Sendable, Equatable {
        case none
        /// The connection ends so before a byte of the answer.
        case silent(End)
        /// The answer ends so at so many thousandths of its head.
        case cutHead(Int, End)
        /// The answer ends so at so many thousandths of its body.
        case cutBody(Int, End)
        /// No HTTP at all.
        case garbage
        /// A header line without a colon.
        case badField
        /// More head than any buffer takes.
        case bigHead
        /// A chunk size that is none: first thing, or after a good chunk.
        case badChunk(first: Bool)
        /// Bytes behind the end.
        case surplus
        /// So many interim responses first.
        case interims(Int)
        case continueThenClose
        case uninvited101
        /// The answer comes before the request's body was read, which then is read or not.
        case early(reads: Bool)
        /// All is well, but the connection is closed so many milliseconds later.
        case closesIdle(Int)
        /// All is well, but so many milliseconds later bytes come that nobody asked for.
        case lateSurplus(Int)
        /// The request is led to `/inside/rN` by X-Accel-Redirect, and comes back from there.
        case redirects
        /// 101, then so many bytes in each direction.
        case upgrades(Int)
        /// HTTP/2 only: nothing is done about the request, says RST_STREAM or GOAWAY.
        case refuses(byGoAway: Bool)
        /// HTTP/2 only: RST_STREAM with this code at so many thousandths of the answer.
        case resetsStream(UInt32, Int)
        /// HTTP/2 only: END_STREAM at so many thousandths of the body, or before the head.
        case endsEarly(Int)
        /// HTTP/2 only: GOAWAY with this code in place of the answer.
        case fails(UInt32)
        /// HTTP/2 only: GOAWAY, but what is under way is answered.
        case goesGently
        /// HTTP/2 only: no byte of the request's body is read, and nothing is said.
        case readsNothing
    }

    var status: Int
    var framing: Framing
    var bodyCount: Int
    var delayMilliseconds: Int
    /// 0: as fast as the network takes it.
    var pieceBytes: Int
    var saysClose: Bool
    /// A trailer section names the answer once more, where the body is chunked.
    var hasTrailers = false
    var fault: Fault

    /// No other answer has it, so that the log tells attempts that led elsewhere from failed ones.
    static let redirectStatus = 299

    /// Whether a whole and good answer is sent; nil where that is a matter of luck.
    var isWhole: Bool? {
        switch fault {
        case .none, .surplus, .interims, .closesIdle, .lateSurplus, .redirects, .upgrades, .early(reads: true),
            .goesGently:
            true
        case .early(reads: false): nil
        case .silent, .cutHead, .cutBody, .garbage, .badField, .bigHead, .badChunk, .continueThenClose, .uninvited101,
            .refuses, .resetsStream, .endsEarly, .fails, .readsNothing:
            false
        }
    }

    /// Whether the upstream may have acted on the request.
    var isExecuted: Bool { if case .refuses = fault { false } else { true } }
}

/// What a client is like.
struct ClientPlan: Sendable {
    enum Manner: Sendable, Equatable {
        /// Waits for every answer.
        case patient
        /// Reads so many bytes each ten milliseconds.
        case slow(Int)
        /// Leaves after so many milliseconds.
        case leaves(Int, reset: Bool)
        /// Reads nothing after its requests and stays.
        case stalls
        /// Sends FIN behind its last request.
        case halfCloses
        /// Stops at so many thousandths of its first request and stays.
        case stops(Int)
        /// Leaves in the middle of its first request.
        case breaksOff(Int, reset: Bool)
    }

    var startMilliseconds: Int
    var overUnixSocket: Bool
    var isPipelining: Bool
    var manner: Manner
    var requests: [RequestPlan]
    /// 0: each request in one go.
    var pieceBytes: Int
    var gapMilliseconds: Int
    var pauseMilliseconds: Int
    /// Where its connection ends or rests, whatever it is about.
    var wireLimit: WireLimit?
}

/// An upstream's address, and what is there.
struct PeerSite: Sendable {
    var endpoint: Endpoint
    var plan: PeerPlan
    /// Where its connections end or rest, in their order; the last one is for all others.
    var limits: [WireLimit?] = []
}

/// What is at an upstream's address.
enum PeerPlan: Sendable, Equatable {
    case serves
    case refuses
    case blackHole
    case unreachable(atOnce: Bool)
    /// Connections are accepted and reset.
    case resets
    /// Connections stay in a queue that is soon full.
    case neverAccepts
}

/// Bytes that differ from place to place, so that a shift or a mixture is seen.
enum Pattern {
    static let limit = 100_000
    static let all: [UInt8] = {
        var chance = Chance(seed: 42)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * limit)
        while bytes.count < 2 * limit {
            let word = chance.next()
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
        }
        return bytes
    }()

    /// Where in `all` the body of a request (attempt −1) or of an answer begins.
    static func start(of number: Int, attempt: Int) -> Int { (number * 7_919 + (attempt + 1) * 104_729) % limit }

    static func bytes(of number: Int, attempt: Int, _ count: Int) -> [UInt8] {
        let start = start(of: number, attempt: attempt)
        return Array(all[start..<start + count])
    }

    /// In chunked coding (RFC 9112 §7.1).
    static func chunked(_ bytes: [UInt8], pieceBytes: Int, last: Bool = true) -> [UInt8] {
        var out: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + max(1, pieceBytes))
            out += Array((String(end - start, radix: 16) + "\r\n").utf8) + bytes[start..<end] + [13, 10]
            start = end
        }
        return last ? out + Array("0\r\n\r\n".utf8) : out
    }
}
