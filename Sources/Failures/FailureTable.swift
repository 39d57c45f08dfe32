import HTTP

/// The one place that knows what follows from a cause.
///
/// A pure function of (cause, phase, family, whether the head is committed, wire); log, page, header, retries and
/// counters all read its verdict. Each group's rows are one exhaustive switch without a default, and so are the words
/// (`CauseText`) and the explanations: a new kind does not compile until every column is decided. `docs/failures.md`
/// is this table, rendered.
package enum FailureTable {
    /// What follows from `cause`, seen at `place`.
    package static func verdict(_ cause: Cause, at place: Place) -> Verdict {
        let row = row(for: cause, at: place)
        let explained = Explanation.of(cause, at: place)
        let ending = ending(of: row, at: place)
        let late = place.headCommitted && ending != .notice
        return Verdict(
            ending: ending,
            status: late ? 0 : row.status,
            resetCode: row.resetCode,
            level: row.level,
            error: row.error,
            retry: late ? .never : row.retry,
            countsAgainstPeer: row.counts && !late && !cause.marks.contains(.stale),
            code: ending == .notice ? .complete : EndCode(who: row.who, when: place.phase.when),
            explanation: explained.what,
            advice: explained.check)
    }

    /// Turns a row's wish to answer into an abort where the head is committed.
    private static func ending(of row: Row, at place: Place) -> Ending {
        guard row.ending == .answer && place.headCommitted else { return row.ending }
        switch place.wire {
        case .http2: return .reset
        case .http1UntilClose: return place.phase == .tunnelling ? .close : .reset
        case .http1: return place.phase == .tunnelling ? .close : .cut
        }
    }

    static func row(for cause: Cause, at place: Place) -> Row {
        switch cause.kind {
        case .connection(let kind): connection(kind, cause, place)
        case .response(let kind): response(kind, cause)
        case .choice(let kind): choice(kind)
        case .client(let kind): client(kind, cause, place)
        case .request(let kind): request(kind)
        case .stream(let kind): stream(kind)
        case .local(let kind): local(kind, cause)
        }
    }
}

/// One row, before it is known whether the head is committed.
struct Row {
    /// `answer` becomes an abort where the head is committed.
    var ending: Ending
    var status: UInt16
    var level: LogLevel
    var error: ProxyErrorType?
    var who: UInt8
    var retry: RetryCondition = .never
    var counts = false
    var resetCode: UInt32 = HTTP2Code.internalError

    /// A failure that becomes a status.
    static func answer(
        _ status: UInt16, _ error: ProxyErrorType?, _ level: LogLevel, _ who: Unicode.Scalar,
        retry: RetryCondition = .never, counts: Bool = false
    ) -> Row {
        Row(
            ending: .answer, status: status, level: level, error: error, who: UInt8(ascii: who), retry: retry,
            counts: counts)
    }

    /// An end that nobody is told.
    static func close(_ status: UInt16, _ level: LogLevel, _ who: Unicode.Scalar) -> Row {
        Row(ending: .close, status: status, level: level, error: nil, who: UInt8(ascii: who))
    }

    /// A line, and things go on.
    static func notice(_ level: LogLevel) -> Row {
        Row(ending: .notice, status: 0, level: level, error: nil, who: UInt8(ascii: "-"))
    }

    /// The end of an HTTP/2 stream or connection by a code.
    static func http2(_ ending: Ending, _ code: UInt32, _ level: LogLevel, _ who: Unicode.Scalar) -> Row {
        Row(ending: ending, status: 0, level: level, error: nil, who: UInt8(ascii: who), resetCode: code)
    }
}

/// The error codes of HTTP/2 that verdicts use (RFC 9113 §7).
package enum HTTP2Code {
    /// Nothing is wrong; the connection just ends.
    package static var noError: UInt32 { 0 }
    /// A rule was broken that has no code of its own.
    package static var protocolError: UInt32 { 1 }
    /// The answer cannot be completed: what a client gets when its upstream fails midway.
    package static var internalError: UInt32 { 2 }
    /// Nothing of the stream was looked at; it may be sent again.
    package static var refusedStream: UInt32 { 7 }
    /// The stream is not wanted any more.
    package static var cancel: UInt32 { 8 }
    /// Too much work was made.
    package static var enhanceYourCalm: UInt32 { 11 }
}
