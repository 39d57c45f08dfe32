import HTTP

/// What the table says about one cause at one place: everything that any reader wants to know.
package struct Verdict: Sendable {
    /// What becomes of the exchange or connection.
    package var ending: Ending
    /// The status as `$status` and `error_page` know it: 494–497 and 499 are nginx's own (`StatusPhrase.wire` says
    /// what is sent for them). 0 where none is due, or where the committed head's status stands.
    package var status: UInt16
    /// The error code of RST_STREAM or GOAWAY (RFC 9113 §7), where `ending` is `reset` or `goaway`.
    package var resetCode: UInt32
    /// The level of the log line.
    package var level: LogLevel
    /// The error type for `Proxy-Status`; nil for notices and for what the client did to itself.
    package var error: ProxyErrorType?
    /// Which word of `proxy_next_upstream` lets another peer be tried. That the request may be sent twice is checked
    /// elsewhere.
    package var retry: RetryCondition
    /// Whether it counts towards the peer's `max_fails`.
    package var countsAgainstPeer: Bool
    /// Who ended it, and when.
    package var code: EndCode
    /// What happened, for a developer.
    package var explanation: StaticString
    /// What to look at first.
    package var advice: StaticString

    /// Whether the line `upstream server temporarily disabled` stands before the cause's: only so for timeouts, which
    /// nginx logs after it gave the peer back.
    package var disabledLineComesFirst: Bool { retry == .timeout }
}

/// What becomes of the exchange or the connection.
package enum Ending: UInt8, Sendable {
    /// Nothing: a line is written and things go on.
    case notice
    /// A response with the verdict's status is made. The head is not committed.
    case answer
    /// The client's connection is closed before the message is complete; its framing lets the client see that.
    case cut
    /// RST_STREAM with the verdict's code; in HTTP/1, where only the close ends the body, the connection is reset.
    case reset
    /// The connection or tunnel is closed without a word more: nobody is there, or nothing is owed.
    case close
    /// HTTP/2: GOAWAY with the verdict's code, then the connection is closed.
    case goaway
}

/// nginx's levels, the least grave first.
package enum LogLevel: UInt8, Comparable, CaseIterable, Sendable {
    case debug, info, notice, warn, error, crit, alert, emerg

    /// The word between the brackets.
    package var name: StaticString {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warn: "warn"
        case .error: "error"
        case .crit: "crit"
        case .alert: "alert"
        case .emerg: "emerg"
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// The word of `proxy_next_upstream` that covers a cause (nginx: proxy_next_upstream).
package enum RetryCondition: UInt8, Sendable {
    /// No other peer is tried.
    case never
    case error, timeout, invalidHeader

    /// The word in the configuration; empty for `never`.
    package var word: StaticString {
        switch self {
        case .never: ""
        case .error: "error"
        case .timeout: "timeout"
        case .invalidHeader: "invalid_header"
        }
    }
}

/// Who ended the exchange and when, as HAProxy writes it: `SC`, `sH`, `CD`.
package struct EndCode: Equatable, Hashable, Sendable {
    /// C client, c client's timeout, S upstream, s upstream's timeout, P refused by the proxy, L answered locally,
    /// R resources, I internal or configuration, `-` nobody.
    package var who: UInt8
    /// R request, Q queue, C connecting, H response head, D data, L last, `-` at no time.
    package var when: UInt8

    /// A code from its two letters.
    package init(who: UInt8, when: UInt8) {
        self.who = who
        self.when = when
    }

    /// Who ended it, in words.
    var whoWords: StaticString {
        switch who {
        case UInt8(ascii: "C"): "the client"
        case UInt8(ascii: "c"): "the client's timeout"
        case UInt8(ascii: "S"): "the upstream"
        case UInt8(ascii: "s"): "the upstream's timeout"
        case UInt8(ascii: "P"): "refused here"
        case UInt8(ascii: "L"): "answered here"
        case UInt8(ascii: "R"): "resources"
        case UInt8(ascii: "I"): "configuration"
        case UInt8(ascii: "K"): "shutdown"
        default: "nobody"
        }
    }

    /// When, in words.
    var whenWords: StaticString {
        switch when {
        case UInt8(ascii: "R"): "reading the request"
        case UInt8(ascii: "Q"): "in the queue"
        case UInt8(ascii: "C"): "connecting"
        case UInt8(ascii: "H"): "before the response"
        case UInt8(ascii: "D"): "within the body"
        case UInt8(ascii: "L"): "at the end"
        default: "at no time"
        }
    }

    /// An exchange that ended well: `--`.
    package static var complete: EndCode { EndCode(who: UInt8(ascii: "-"), when: UInt8(ascii: "-")) }
}

/// Where a cause was seen.
package struct Place: Equatable, Sendable {
    /// Where the exchange stood.
    package var phase: Phase
    /// Whether the final response's head is committed: a failure is a status before, an abort afterwards.
    package var headCommitted: Bool
    /// How the client is spoken to.
    package var wire: Wire

    /// A place; the defaults are those of an HTTP/1.1 exchange before its answer.
    package init(_ phase: Phase, headCommitted: Bool = false, wire: Wire = .http1) {
        self.phase = phase
        self.headCommitted = headCommitted
        self.wire = wire
    }
}

/// How the client is spoken to, as far as an abort is concerned.
package enum Wire: UInt8, Sendable {
    /// HTTP/1 with a Content-Length or chunks: an early close shows.
    case http1
    /// HTTP/1 where the close ends the body (an HTTP/1.0 client): only a reset shows.
    case http1UntilClose
    /// HTTP/2.
    case http2
}
