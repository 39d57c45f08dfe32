import Bytes
import Failures
import HTTP
import Testing

/// What must hold in every row, and the rows where statuses were decided with care.
@Suite struct FailureTableTests {
    @Test func everyKindHasItsOwnCodeAndSample() {
        let kinds = CauseKind.all
        #expect(Set(kinds.map(\.code)).count == kinds.count)
        #expect(kinds.allSatisfy { kind in Sample.of(kind).contains { $0.cause.kind == kind } })
        #expect(kinds.allSatisfy { kind in Sample.of(kind).allSatisfy { $0.cause.kind == kind } })
    }

    @Test func rulesHoldInEveryCell() {
        for sample in CauseKind.all.flatMap(Sample.of) {
            for phase in Phase.allCases {
                for wire in [Wire.http1, .http1UntilClose, .http2] {
                    for committed in [false, true] {
                        let place = Place(phase, headCommitted: committed, wire: wire)
                        check(FailureTable.verdict(sample.cause, at: place), sample.cause, place)
                    }
                }
            }
        }
    }

    private func check(_ verdict: Verdict, _ cause: Cause, _ place: Place) {
        let context = "\(name(cause.kind)) at \(place)"
        if place.headCommitted {
            #expect(verdict.ending != .answer, "\(context)")
            #expect(verdict.status == 0 && verdict.retry == .never && !verdict.countsAgainstPeer, "\(context)")
        }
        switch verdict.ending {
        case .answer:
            #expect((400...599).contains(verdict.status) && verdict.status != 499, "\(context)")
            #expect(StatusPhrase.text(verdict.status) != nil, "\(context)")
        case .notice:
            #expect(verdict.status == 0 && verdict.error == nil && verdict.code == .complete, "\(context)")
        case .close: #expect([0, 400, 408, 499].contains(verdict.status), "\(context)")
        case .cut, .reset, .goaway: #expect(verdict.status == 0, "\(context)")
        }
        #expect((verdict.ending == .notice) == cause.isNotice, "\(context)")
        if verdict.retry != .never { #expect(cause.kind.family == .upstream, "\(context)") }
        if verdict.countsAgainstPeer { #expect(cause.kind.family == .upstream, "\(context)") }
        let sentences = [String(describing: verdict.explanation), String(describing: verdict.advice)]
        for sentence in sentences {
            #expect(sentence.count > 20 && (sentence.last == "." || sentence.last == "?"), "\(context): \(sentence)")
        }
        #expect(verdict.level <= .alert, "\(context)")
    }

    @Test(arguments: [
        (
            Cause.connectFailed(errno: 111, atOnce: false), Phase.connecting, 502,
            ProxyErrorType?.some(.connectionRefused)
        ),
        (.connectFailed(errno: 11, atOnce: true, unixSocket: true), .connecting, 502, .connectionRefused),
        (.connectFailed(errno: 2, atOnce: true, unixSocket: true), .connecting, 502, .destinationUnavailable),
        (.connectFailed(errno: 13, atOnce: true, unixSocket: true), .connecting, 502, .proxyConfigurationError),
        (.connectFailed(errno: 13, atOnce: true), .connecting, 502, .destinationIPUnroutable),
        (.connectFailed(errno: 113, atOnce: false), .connecting, 502, .destinationIPUnroutable),
        (.connection(.timedOut), .connecting, 504, .connectionTimeout),
        (.connection(.timedOut), .handshakingUpstream, 504, .connectionTimeout),
        (.connection(.timedOut), .sendingRequest, 504, .connectionWriteTimeout),
        (.connection(.timedOut), .readingResponseHead, 504, .httpResponseTimeout),
        (.connection(.timedOut), .readingUpstream, 504, .connectionReadTimeout),
        (.connection(.closed), .readingResponseHead, 502, .connectionTerminated),
        (.connection(.closed, marks: .answerBegun), .readingResponseHead, 502, .httpResponseIncomplete),
        (.connection(.closed), .readingUpstream, 502, .httpResponseIncomplete),
        (.upstreamFailed(.recv, errno: 104), .readingResponseHead, 502, .connectionTerminated),
        (.upstreamTLS(.sslHandshake), .handshakingUpstream, 502, .tlsProtocolError),
        (.upstreamTLS(.sslRead, alert: 116), .readingResponseHead, 502, .tlsAlertReceived),
        (.connection(.certificateMismatch), .handshakingUpstream, 502, .tlsCertificateError),
        (.response(.noStatusLine), .readingResponseHead, 502, .httpProtocolError),
        (.response(.invalidChunk), .readingUpstream, 502, .httpResponseTransferCoding),
        (.response(.headTooBig), .readingResponseHead, 502, .httpResponseHeaderSectionSize),
        (.response(.unaskedUpgrade), .readingResponseHead, 502, .httpUpgradeFailed),
        (.response(.upgradeIgnored), .readingResponseHead, 502, .httpUpgradeFailed),
        (.choice(.noLivePeers), .connecting, 502, .destinationUnavailable),
        (.choice(.limitReached), .queued, 502, .connectionLimitReached),
        (.choice(.nameNotResolved, number: 3), .resolving, 502, .dnsError),
        (.choice(.lookupTimedOut), .resolving, 504, .dnsTimeout),
        (.choice(.invalidPort), .resolving, 500, .proxyConfigurationError),
        (.request(.fieldTooLong), .readingRequestHead, 494, .httpRequestError),
        (.request(.tooManyFields), .readingRequestHead, 494, .httpRequestError),
        (.request(.unknownCoding), .readingRequestHead, 501, .httpRequestError),
        (.client(.timedOut), .readingBody, 408, .httpRequestError),
        (.local(.fileFailed, operation: .open, errno: 2), .routing, 404, .none),
        (.local(.fileFailed, operation: .open, errno: 13), .routing, 403, .none),
        (.local(.fileFailed, operation: .open, errno: 24), .routing, 500, .proxyInternalError),
        (.local(.accessForbidden), .routing, 403, .httpRequestDenied),
    ])
    func becomesAStatus(_ cause: Cause, _ phase: Phase, _ status: Int, _ error: ProxyErrorType?) {
        let verdict = FailureTable.verdict(cause, at: Place(phase))
        #expect(verdict.ending == .answer && Int(verdict.status) == status && verdict.error == error)
    }

    @Test(arguments: [
        (Cause.connection(.timedOut), Phase.readingResponseHead, RetryCondition.timeout, true),
        (.connectFailed(errno: 111, atOnce: false), .connecting, .error, true),
        (.connection(.closed), .readingResponseHead, .error, true),
        (.connection(.closed, marks: .stale), .readingResponseHead, .error, false),
        (.upstreamFailed(.writev, errno: 32, marks: .stale), .sendingRequest, .error, false),
        (.response(.headTooBig), .readingResponseHead, .invalidHeader, true),
        (.choice(.noLivePeers), .connecting, .never, false),
        (.choice(.bindFailed), .connecting, .never, false),
        (.client(.aborted), .readingResponseHead, .never, false),
    ])
    func isRetriedAndCounted(_ cause: Cause, _ phase: Phase, _ retry: RetryCondition, _ counts: Bool) {
        let verdict = FailureTable.verdict(cause, at: Place(phase))
        #expect(verdict.retry == retry && verdict.countsAgainstPeer == counts)
    }

    @Test func aCommittedHeadMakesAnAbort() {
        let cause = Cause.connection(.closed)
        func ending(_ wire: Wire, _ phase: Phase = .readingUpstream) -> Verdict {
            FailureTable.verdict(cause, at: Place(phase, headCommitted: true, wire: wire))
        }
        #expect(ending(.http1).ending == .cut)
        #expect(ending(.http1UntilClose).ending == .reset)
        #expect(ending(.http2).ending == .reset && ending(.http2).resetCode == HTTP2Code.internalError)
        #expect(ending(.http1, .tunnelling).ending == .close)
    }

    @Test func aClientThatWentIs499Or400() {
        func status(_ kind: ClientCause, _ phase: Phase) -> Int {
            let verdict = FailureTable.verdict(.client(kind), at: Place(phase))
            return verdict.ending == .close ? Int(verdict.status) : -1
        }
        #expect(status(.aborted, .connecting) == 499)
        #expect(status(.closed, .readingBody) == 400)
        #expect(status(.closed, .sendingRequest) == 400)
        #expect(status(.closed, .routing) == 499)
        #expect(status(.timedOut, .readingRequestHead) == 408)
        #expect(status(.timedOut, .waitingForRequest) == 0)
    }

    @Test(arguments: [
        (Cause.connectFailed(errno: 111, atOnce: false), Phase.connecting, "SC"),
        (.connection(.timedOut), .readingResponseHead, "sH"), (.connection(.closed), .readingUpstream, "SD"),
        (.response(.invalidField), .readingResponseHead, "PH"), (.choice(.limitReached), .queued, "RQ"),
        (.client(.aborted), .readingResponseHead, "CH"), (.client(.timedOut), .readingRequestHead, "cR"),
        (.request(.invalidMethod), .readingRequestLine, "PR"), (.local(.rewriteCycle), .routing, "IR"),
        (.local(.fileFailed, operation: .open, errno: 2), .routing, "LR"),
    ])
    func hasACode(_ cause: Cause, _ phase: Phase, _ letters: String) {
        let code = FailureTable.verdict(cause, at: Place(phase)).code
        #expect(String(decoding: [code.who, code.when], as: UTF8.self) == letters)
    }

    @Test func levelsFollowNginx() {
        func level(_ cause: Cause, _ phase: Phase) -> LogLevel { FailureTable.verdict(cause, at: Place(phase)).level }
        #expect(level(.connectFailed(errno: 111, atOnce: true), .connecting) == .error)
        #expect(level(.connectFailed(errno: 110, atOnce: true), .connecting) == .crit)
        #expect(level(.connectFailed(errno: 110, atOnce: false), .connecting) == .error)
        #expect(level(.connectFailed(errno: 13, atOnce: false), .connecting) == .alert)
        #expect(level(.upstreamFailed(.recv, errno: 9), .readingResponseHead) == .alert)
        #expect(level(.clientFailed(.send, errno: 32), .sendingToClient) == .info)
        #expect(level(.clientFailed(.send, errno: 9), .sendingToClient) == .alert)
        #expect(level(.local(.acceptFailed, operation: .accept4, errno: 24), .routing) == .crit)
        #expect(level(.local(.acceptFailed, operation: .accept4, errno: 103), .routing) == .error)
        #expect(level(.connection(.timedOut), .tunnelling) == .info)
    }

    @Test func onlyTimeoutsAreLoggedAfterTheDisabledPeer() {
        func first(_ cause: Cause) -> Bool {
            FailureTable.verdict(cause, at: Place(.readingResponseHead)).disabledLineComesFirst
        }
        #expect(first(.connection(.timedOut)) && !first(.connection(.closed)) && !first(.response(.invalidField)))
    }

    @Test func aCauseIsSmall() { #expect(MemoryLayout<Cause>.size == 16) }

    @Test func phasesHaveNginxWords() {
        #expect(Phase.allCases.filter { String(describing: $0.words).isEmpty } == [.routing, .readingBody, .resolving])
        #expect(words(.connection(.closed), .sendingEarlyHints).hasSuffix(" while sending early hints to client"))
    }
}
