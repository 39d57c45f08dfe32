/// A cause as it may look, for the rendered table, the live page and tests. Cold code.
package struct Sample: Sendable {
    /// The cause, with an errno or number that is common for it.
    package var cause: Cause
    /// Where it is seen.
    package var place: Place
    /// The evidence's first piece, or the only one; empty for none.
    package var first: StaticString
    /// The evidence's second piece.
    package var second: StaticString

    init(_ cause: Cause, _ phase: Phase, _ first: StaticString = "", _ second: StaticString = "", late: Bool = false) {
        self.cause = cause
        place = Place(phase, headCommitted: late)
        self.first = first
        self.second = second
    }

    /// What the table says of it.
    package var verdict: Verdict { FailureTable.verdict(cause, at: place) }

    /// At least one sample of `kind`, and one for each phase that changes a column.
    package static func of(_ kind: CauseKind) -> [Sample] {
        switch kind {
        case .connection(let kind): connection(kind)
        case .response(let kind): [response(kind)] + unprocessed(kind)
        case .choice(let kind): [choice(kind)]
        case .client(let kind): client(kind)
        case .request(let kind): [request(kind)]
        case .stream(let kind): [stream(kind)]
        case .local(let kind): local(kind)
        }
    }

    private static func connection(_ kind: ConnectionCause) -> [Sample] {
        let cause = Cause.connection(kind)
        let noNumber = Sample(cause, .handshakingUpstream)
        switch kind {
        case .connectFailed: return connectFailed
        case .timedOut:
            return [
                Sample(cause, .connecting), Sample(cause, .handshakingUpstream), Sample(cause, .sendingRequest),
                Sample(cause, .readingResponseHead), Sample(cause, .readingUpstream, late: true),
                Sample(cause, .tunnelling, late: true),
            ]
        case .closed:
            return [
                Sample(cause, .readingResponseHead),
                Sample(.connection(.closed, marks: .answerBegun), .readingResponseHead),
                Sample(.connection(.closed, marks: .stale), .readingResponseHead),
                Sample(cause, .readingUpstream, late: true),
            ]
        case .failed:
            return [
                Sample(.upstreamFailed(.writev, errno: 104), .sendingRequest),
                Sample(.upstreamFailed(.recv, errno: 104), .readingResponseHead),
                Sample(.upstreamFailed(.recv, errno: 104), .readingUpstream, late: true),
                Sample(.upstreamFailed(.recv, errno: 104), .tunnelling, late: true),
            ]
        case .tlsClosed, .http2Refused, .disabled: return [noNumber]
        case .unhealthy: return [Sample(cause, .connecting), Sample(cause, .checkingStatus)]
        case .healthy: return [Sample(cause, .checkingBody)]
        case .tlsFailed:
            return [
                Sample(
                    .upstreamTLS(.sslHandshake), .handshakingUpstream,
                    "error:0A00010B:SSL routines::wrong version number")
            ]
        case .tlsAlert:
            return [
                Sample(
                    .upstreamTLS(.sslHandshake, alert: 40), .handshakingUpstream,
                    "error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40")
            ]
        case .certificateUntrusted:
            return [Sample(Cause(.connection(kind), number: 18), .handshakingUpstream, "self-signed certificate")]
        case .certificateMismatch: return [Sample(cause, .handshakingUpstream, "app.test")]
        }
    }

    private static var connectFailed: [Sample] {
        [
            Sample(.connectFailed(errno: SystemError.refused, atOnce: false), .connecting),
            Sample(.connectFailed(errno: SystemError.hostUnreachable, atOnce: false), .connecting),
            Sample(.connectFailed(errno: SystemError.networkUnreachable, atOnce: true), .connecting, "10.7.7.7:81"),
            Sample(.connectFailed(errno: SystemError.accessDenied, atOnce: true), .connecting, "10.8.0.2:81"),
            Sample(.connectFailed(errno: SystemError.reset, atOnce: false), .connecting),
            Sample(.connectFailed(errno: SystemError.timedOut, atOnce: false), .connecting),
            unixSocket(SystemError.noEntry), unixSocket(SystemError.accessDenied), unixSocket(SystemError.refused),
            unixSocket(SystemError.again),
        ]
    }

    private static func unixSocket(_ errno: Int32) -> Sample {
        Sample(.connectFailed(errno: errno, atOnce: true, unixSocket: true), .connecting, "unix:/run/app.sock")
    }

    private static func response(_ kind: ResponseCause) -> Sample {
        let cause = Cause.response(kind)
        return switch kind {
        case .noStatusLine, .headTooBig, .lengthAndCoding, .tooSoon, .unaskedUpgrade, .upgradeIgnored,
            .tooManyInterims,
            .earlyHintsInHTTP10, .streamClosed, .earlyHintsTooBig:
            Sample(cause, .readingResponseHead)
        case .invalidField: Sample(cause, .readingResponseHead, "X-A ")
        case .duplicateField: Sample(cause, .readingResponseHead, "Content-Length: 5", "Content-Length: 3")
        case .duplicateFieldIgnored: Sample(cause, .readingResponseHead, "Server: b", "Server: a")
        case .invalidContentLength: Sample(cause, .readingResponseHead, "Content-Length: 2x")
        case .unknownCoding: Sample(cause, .readingResponseHead, "gzip")
        case .invalidTrailer: Sample(cause, .readingUpstream, "bad\u{1}", late: true)
        case .streamRejected: Sample(.response(kind, number: 2), .readingResponseHead)
        case .goaway: Sample(.response(kind, number: 2), .readingResponseHead)
        case .frameTooLarge: Sample(.response(kind, number: 4_740_180), .readingResponseHead)
        case .malformedFields: Sample(cause, .readingResponseHead, "no :status header")
        case .http2Violation: Sample(cause, .readingResponseHead, "DATA: stream in idle")
        case .invalidChunk: Sample(cause, .readingUpstream)
        case .trailersTooBig, .bodyBeyondLength: Sample(cause, .readingUpstream, late: true)
        case .dataBeyondLength, .dataAfterLastChunk, .dataAfterTrailers: Sample(cause, .readingUpstream, late: true)
        }
    }

    /// What a peer did not process.
    private static func unprocessed(_ kind: ResponseCause) -> [Sample] {
        switch kind {
        case .streamRejected:
            [Sample(.response(kind, number: 7, marks: .unprocessed), .readingResponseHead)]
        case .goaway: [Sample(.response(kind, number: 0, marks: .unprocessed), .readingResponseHead)]
        default: []
        }
    }

    private static func choice(_ kind: ChoiceCause) -> Sample {
        let cause = Cause.choice(kind)
        return switch kind {
        case .noLivePeers: Sample(cause, .connecting)
        case .limitReached: Sample(cause, .connecting)
        case .queueFull, .queueTimedOut: Sample(cause, .queued)
        case .awaited: Sample(cause, .connecting, "connect() failed (111: Connection refused)")
        case .nameNotResolved: Sample(.choice(kind, number: 3), .resolving, "app.test")
        case .lookupTimedOut, .tooManyLookups, .noResolver: Sample(cause, .resolving, "app.test")
        case .unknownAtStart: Sample(cause, .routing, "app.test:80")
        case .invalidURLPrefix: Sample(cause, .resolving, "app/x")
        case .noHost: Sample(cause, .resolving, "/")
        case .invalidPort: Sample(cause, .resolving, "127.0.0.1:99999/")
        case .noPort: Sample(cause, .resolving, "app.test")
        case .emptyURI, .noConfiguration: Sample(cause, .resolving)
        case .invalidLocalAddress: Sample(cause, .connecting, "192.0.2")
        case .bindFailed: Sample(Cause(.choice(kind), operation: .bind, errno: 99), .connecting, "192.0.2.77")
        case .callFailed: Sample(Cause(.choice(kind), operation: .socket, errno: 24), .connecting)
        }
    }
}
