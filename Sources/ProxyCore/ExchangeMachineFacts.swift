import Failures
import Platform

/// Where an exchange stands, as its machine tells.
extension ExchangeMachine {
    /// The earliest deadline, which the exchange's timer is armed for.
    var nextDeadline: Instant {
        // Of plain numbers: the generic `min` calls Instant's `<` through a table, sixteen times a request.
        let deadlines = min(bodyDeadline.milliseconds, min(attemptDeadline.milliseconds, sendDeadline.milliseconds))
        return Instant(milliseconds: min(deadlines, min(sendPace.milliseconds, readPace.milliseconds)))
    }

    /// Whether the final head is committed, or more.
    var isCommitted: Bool {
        switch response {
        case .committed, .tunnelling, .ended, .logged: true
        case .routing, .storingBody, .trying: false
        }
    }

    /// Whether the response is over.
    var isOver: Bool {
        switch response {
        case .ended, .logged: true
        case .routing, .storingBody, .trying, .committed, .tunnelling: false
        }
    }

    var isTunnelling: Bool { if case .tunnelling = response { true } else { false } }
    var isTrying: Bool { if case .trying = response { true } else { false } }
    /// Whether body bytes of the client are wanted now.
    var wantsBody: Bool { if case .receiving = request { true } else { false } }
    /// Whether all of the request has been read.
    var isRequestWhole: Bool {
        switch request {
        case .none, .complete: true
        case .unread, .receiving, .discarding, .aborted: false
        }
    }

    /// Whether an upstream gets no more of the request than is there.
    var isRequestOver: Bool {
        switch request {
        case .none, .complete, .discarding, .aborted: true
        case .unread, .receiving: false
        }
    }

    /// Whether nothing of the request's body was asked for yet.
    var isBodyUnread: Bool { if case .unread = request { true } else { false } }
    /// Whether what comes of the request's body is thrown away.
    var isDiscarding: Bool { if case .discarding = request { true } else { false } }

    /// Whether an attempt holds a connection.
    var isAttempting: Bool {
        switch attempt {
        case .connecting, .handshaking, .sending, .awaitingHead, .body: true
        case .none, .resolving, .queued, .waiting, .over: false
        }
    }

    /// Whether the name of the target is being looked up.
    var isResolving: Bool { if case .resolving = attempt { true } else { false } }
    /// Whether it waits in its group's queue.
    var isQueued: Bool { if case .queued = attempt { true } else { false } }
    /// Whether it pauses before an upstream that refuses is tried again.
    var isPausing: Bool { if case .waiting = attempt { true } else { false } }

    /// Whether it waits, without a connection, for what an attempt needs.
    var isHeldUp: Bool {
        switch attempt {
        case .resolving, .queued, .waiting: true
        case .none, .connecting, .handshaking, .sending, .awaitingHead, .body, .over: false
        }
    }

    /// Where the exchange stands, for lines and verdicts.
    var phase: Phase {
        switch response {
        case .routing: return .routing
        case .storingBody: return .readingBody
        case .tunnelling: return .tunnelling
        case .ended: return .sendingResponse
        case .logged: return .closing
        case .trying, .committed: break
        }
        switch attempt {
        case .none: return isCommitted ? .sendingResponse : .routing
        case .resolving: return .resolving
        case .queued: return .queued
        case .waiting, .connecting: return .connecting
        case .handshaking: return .handshakingUpstream
        case .sending: return .sendingRequest
        case .awaitingHead: return .readingResponseHead
        case .body: return .readingUpstream
        case .over: return .sendingToClient
        }
    }
}
