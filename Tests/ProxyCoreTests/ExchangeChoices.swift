import Failures
import Platform
@testable import ProxyCore

/// One thing that may happen to a talk.
struct Choice {
    let name: String
    /// Only time has to pass for it.
    let isTimeout: Bool
    let happen: (inout ExchangeTalk) -> Void

    init(_ name: String, isTimeout: Bool = false, _ happen: @escaping (inout ExchangeTalk) -> Void) {
        self.name = name
        self.isTimeout = isTimeout
        self.happen = happen
    }
}

// What can become of a duty: the driver's next step, and how it may turn out.
extension ExchangeTalk {
    /// All that may happen next.
    var choices: [Choice] {
        if isLogged { return [] }
        guard let duty = duties.first else {
            return bodyChoices + attemptChoices + upstreamChoices + clientChoices + discardChoices + stopChoices
        }
        return outcomes(duty).map { choice in
            Choice(choice.name, isTimeout: true) { talk in
                talk.duties.removeFirst()
                choice.happen(&talk)
            }
        }
    }

    private func outcomes(_ duty: Duty) -> [Choice] {
        switch duty {
        case .route: routeOutcomes
        case .readBody: readBodyOutcomes
        case .startAttempt: startOutcomes
        case .sendRequest: sendOutcomes
        case .answer: answerOutcomes
        case .abort: abortOutcomes
        case .giveUp: [Choice("given up") { $0.log() }]
        }
    }

    private var routeOutcomes: [Choice] {
        [
            Choice("routed to a group") { talk in
                talk.passes = false
                talk.ask("routedToProxy") { $0.routedToProxy(buffersBody: true, tries: 2) }
            },
            Choice("routed to a group, its body passed on") { talk in
                let passes = !talk.machine.isRequestOver
                talk.passes = passes
                talk.ask("routedToProxy") { $0.routedToProxy(buffersBody: !passes, tries: 2) }
            },
            Choice("answered here") { $0.duties.insert(.answer, at: 0) },
            Choice("closed without an answer") { $0.log() },
        ]
    }

    private var readBodyOutcomes: [Choice] {
        [
            Choice("waits for the body") { talk in talk.tell("bodyAwaited") { $0.bodyAwaited(until: Self.soon) } },
            Choice("the body is there") { talk in talk.ask("bodyCompleted") { $0.bodyCompleted() } },
            Choice("the body is none") { $0.failRequest() },
            Choice("the client is gone") { $0.clientGone() },
        ]
    }

    private var startOutcomes: [Choice] {
        if !machine.isTrying || machine.isAttempting || machine.isHeldUp {
            return [Choice("nothing to try") { _ in }]
        }
        func chosen(_ name: String, _ next: @escaping (inout ExchangeTalk) -> Void) -> Choice {
            Choice(name) { talk in
                talk.tell("attemptChosen") { $0.attemptChosen() }
                next(&talk)
            }
        }
        var lookups: [Choice] = []
        if case .none = machine.attempt {
            lookups = [
                Choice("its name is looked up") { talk in
                    talk.tell("lookupBegan") { $0.lookupBegan(deadline: Self.soon) }
                },
                Choice("its name is known") { talk in
                    talk.tell("addressesFound") { $0.addressesFound(2) }
                    talk.duties.insert(.startAttempt, at: 0)
                },
                Choice("its name is unknown") { $0.failAttempt(Self.noneLive) },
            ]
            lookups += refusals("its name is unknown", Self.noneLive)
        }
        let begun = (beginnings + refusals("refused at once", Self.refused)).map { chosen($0.name, $0.happen) }
        return lookups + begun + [
            chosen("no live peer") { $0.failAttempt(Self.noneLive) },
            chosen("all peers are busy") { talk in talk.tell("queued") { $0.queued(deadline: Self.soon) } },
        ]
    }

    /// What may follow once a peer is chosen.
    private var beginnings: [Choice] {
        [
            Choice("refused at once") { $0.failAttempt(Self.refused) },
            Choice("connects") { talk in
                talk.ask("attemptBegan") { $0.attemptBegan(connected: false, deadline: Self.soon) }
            },
            Choice("is connected") { talk in
                talk.ask("attemptBegan(connected)") { $0.attemptBegan(connected: true, deadline: Self.soon) }
            },
        ]
    }

    /// The same refusal where the location waits.
    private func refusals(_ name: String, _ verdict: Verdict) -> [Choice] {
        var all = [
            Choice(name + ", waits") { $0.refuse(verdict, hasOther: false) },
            Choice(name + ", another peer is there") { $0.refuse(verdict, hasOther: true) },
        ]
        if !machine.waitEnd.isNever {
            all.append(Choice(name + ", waited long enough") { $0.refuse(verdict, hasOther: false, isLate: true) })
        }
        return all
    }

    private var sendOutcomes: [Choice] {
        switch machine.attempt {
        case .none, .resolving, .queued, .waiting, .connecting, .handshaking, .over:
            return [Choice("nowhere to send") { _ in }]
        case .sending, .awaitingHead, .body: break
        }
        return [
            Choice("all that is there is sent") { talk in
                talk.progress()
                if talk.machine.isRequestOver {
                    talk.tell("requestFinished") { $0.requestFinished(deadline: Self.soon) }
                } else {
                    talk.tell("requestProgressed(never)") { $0.requestProgressed(deadline: Self.never) }
                }
            },
            Choice("the socket takes some") { talk in
                talk.progress()
                talk.tell("requestBlocked") { $0.requestBlocked(deadline: Self.soon) }
            },
            Choice("the socket takes nothing") { talk in
                talk.tell("requestBlocked") { $0.requestBlocked(deadline: Self.soon) }
            },
            Choice("sending fails") { $0.failAttempt(Self.refused) },
            Choice("sending fails on a reused connection") { talk in
                talk.failAttempt(Self.refused, onReused: !talk.machine.isCommitted)
            },
        ]
    }

    /// Bytes of the request left; where the client had to wait, it is read again.
    private mutating func progress() {
        tell("requestProgressed") { $0.requestProgressed(deadline: Self.soon) }
        if machine.wantsBody && machine.bodyDeadline.isNever {
            tell("bodyAwaited") { $0.bodyAwaited(until: Self.soon) }
        }
    }

    private var answerOutcomes: [Choice] {
        var all = [
            Choice("the answer is taken whole") { talk in
                talk.commitOwn()
                talk.clientTookAll()
            },
            Choice("the answer is taken in part") { talk in
                talk.commitOwn()
                talk.tell("clientAwaited") { $0.clientAwaited(until: Self.soon) }
            },
            Choice("the client is gone") { talk in
                talk.commitOwn()
                talk.clientGone()
            },
        ]
        if restartsLeft > 0 { all.append(Choice("led to another place") { $0.restart() }) }
        return all
    }

    private mutating func commitOwn() {
        if !machine.isRequestWhole { tell("bodyUnwanted") { $0.bodyUnwanted() } }
        tell("committed") { $0.committed() }
    }

    private var abortOutcomes: [Choice] {
        [
            Choice("cut at once") { $0.log() },
            Choice("cut behind what waits") { talk in
                talk.tell("clientAwaited") { $0.clientAwaited(until: Self.soon) }
            },
        ]
    }
}

// What comes from outside while the driver waits.
extension ExchangeTalk {
    private var bodyChoices: [Choice] {
        guard machine.wantsBody else { return [] }
        var all = [Choice("the client ends") { $0.clientGone() }]
        if machine.bodyDeadline.isNever { return all }
        all += [
            Choice("body bytes") { talk in
                talk.tell("bodyAwaited") { $0.bodyAwaited(until: Self.soon) }
                if talk.passes { talk.ask("bodyGrew") { $0.bodyGrew() } }
            },
            Choice("the last body bytes") { talk in talk.ask("bodyCompleted") { $0.bodyCompleted() } },
            Choice("bytes that are no body") { $0.failRequest() },
            Choice("client_body_timeout", isTimeout: true) { $0.failRequest() },
        ]
        if lacksRoom {
            all.append(
                Choice("body bytes without room") { talk in
                    talk.tell("bodyAwaited(never)") { $0.bodyAwaited(until: Self.never) }
                })
        }
        return all
    }

    /// There is no room for more of a body while the upstream has not taken what is there: then that is waited for, or
    /// the client, to whom a response goes already.
    private var lacksRoom: Bool {
        if !passes { return false }
        switch machine.attempt {
        case .resolving, .queued, .waiting, .connecting, .handshaking, .sending:
            return !machine.attemptDeadline.isNever
        case .body: return !machine.attemptDeadline.isNever || !machine.sendDeadline.isNever
        case .none, .awaitingHead, .over: return false
        }
    }

    private var attemptChoices: [Choice] {
        var all: [Choice] = []
        if machine.isAttempting && !machine.isTunnelling {
            all.append(Choice("the upstream's end") { $0.failAttempt(Self.refused) })
            if !machine.attemptDeadline.isNever {
                all.append(Choice("the attempt's timeout", isTimeout: true) { $0.failAttempt(Self.silent) })
            }
        }
        switch machine.attempt {
        case .resolving:
            all += [
                Choice("the name is answered for") { talk in talk.ask("lookupEnded") { $0.lookupEnded() } },
                Choice("resolver_timeout", isTimeout: true) { $0.failAttempt(Self.noneLive) },
            ]
            all += refusals("the name has no address", Self.noneLive)
        case .queued:
            all += beginnings + refusals("a peer is free, and refuses", Self.refused)
            all += [
                Choice("no live peer is left") { $0.failAttempt(Self.noneLive) },
                Choice("the queue's timeout", isTimeout: true) { $0.failAttempt(Self.stillQueued) },
            ]
        case .waiting:
            all.append(
                Choice("the pause is over", isTimeout: true) { talk in talk.ask("pauseEnded") { $0.pauseEnded() } })
        case .connecting:
            all += refusals("refused", Self.refused)
            all.append(
                Choice("connected") { talk in
                    talk.ask("attemptConnected") { $0.attemptConnected(deadline: Self.soon) }
                })
            all.append(Choice("connected, TLS follows") { $0.tell("handshakeBegan") { $0.handshakeBegan() } })
        case .handshaking:
            all.append(
                Choice("the handshake is complete") { talk in
                    talk.ask("attemptConnected") { $0.attemptConnected(deadline: Self.soon) }
                })
        case .sending:
            all.append(Choice("the upstream takes bytes again") { $0.duties.insert(.sendRequest, at: 0) })
            all += headChoices
        case .awaitingHead: all += headChoices
        case .body where !machine.isTunnelling:
            if !machine.isRequestOver {
                all.append(Choice("the upstream takes bytes again") { $0.duties.insert(.sendRequest, at: 0) })
            }
        case .none, .body, .over: break
        }
        return all
    }

    private var headChoices: [Choice] {
        var all = delivered("a head") { talk in
            talk.headArrived()
            talk.tell("committed") { $0.committed() }
        }
        all += delivered("a whole response") { talk in
            talk.headArrived()
            talk.tell("committed") { $0.committed() }
            talk.ask("responseBodyEnded") { $0.responseBodyEnded(reusable: true) }
        }
        if case .awaitingHead = machine.attempt, machine.isRequestWhole {
            all.append(
                Choice("101, asked for") { talk in
                    talk.headArrived()
                    talk.tell("committed") { $0.committed() }
                    talk.tell("tunnelBegan") { $0.tunnelBegan(deadline: Self.soon) }
                })
        }
        all += [
            interimChoice,
            Choice("a head with a bad body") { talk in
                talk.headArrived()
                talk.failAttempt(Self.noneLive)
            },
            Choice("a status that error_page takes") { talk in
                talk.drop()
                talk.duties.insert(.answer, at: 0)
            },
        ]
        if restartsLeft > 0 {
            all.append(
                Choice("X-Accel-Redirect") { talk in
                    talk.drop()
                    talk.restart()
                })
        }
        if machine.mayPassOver(.error, Self.rules) {
            all.append(
                Choice("a status that is passed over") { talk in
                    talk.drop()
                    talk.duties.append(.startAttempt)
                })
        }
        return all
    }

    private var interimChoice: Choice {
        Choice("an interim head, taken in part") { talk in
            talk.tell("clientAwaited") { $0.clientAwaited(until: Self.soon) }
        }
    }

    private mutating func headArrived() { tell("headArrived") { $0.headArrived(deadline: Self.soon) } }

    private mutating func drop() {
        ask("attemptDropped") { $0.attemptDropped(reusable: false, outcome: .succeeded) }
    }

    /// Something goes to the client, who takes it, takes some of it, or is gone.
    private func delivered(_ name: String, _ before: @escaping (inout ExchangeTalk) -> Void) -> [Choice] {
        func then(_ end: String, _ after: @escaping (inout ExchangeTalk) -> Void) -> Choice {
            Choice(name + end) { talk in
                before(&talk)
                after(&talk)
            }
        }
        return [
            then(", taken") { $0.clientTookAll() },
            then(", taken in part") { $0.clientTookSome(pauses: false) },
            then(", taken in part, beyond the bound") { $0.clientTookSome(pauses: true) },
            then(", the client is gone") { $0.clientGone() },
        ]
    }

    private var upstreamChoices: [Choice] {
        guard case .body = machine.attempt else { return [] }
        if machine.isTunnelling {
            return [
                Choice("tunnelled bytes") { talk in
                    talk.tell("bodyAwaitedFromUpstream") { $0.bodyAwaitedFromUpstream(until: Self.soon) }
                },
                Choice("a side of the tunnel ends") { $0.log() },
                Choice("the tunnel's timeout", isTimeout: true) { $0.failAttempt(Self.silent) },
            ]
        }
        if !machine.readPace.isNever {
            return [
                Choice("the rate lets the upstream go on", isTimeout: true) { talk in
                    talk.tell("bodyAwaitedFromUpstream") { $0.bodyAwaitedFromUpstream(until: Self.soon) }
                }
            ]
        }
        if machine.attemptDeadline.isNever { return [] }
        let held = Choice("a rate holds the upstream back") { talk in
            talk.tell("readingPaced") { $0.readingPaced(until: Self.soon) }
        }
        return [held]
            + delivered("body bytes") { talk in
                talk.tell("bodyAwaitedFromUpstream") { $0.bodyAwaitedFromUpstream(until: Self.soon) }
            }
            + delivered("the last body bytes") { talk in
                talk.tell("bodyAwaitedFromUpstream") { $0.bodyAwaitedFromUpstream(until: Self.soon) }
                talk.ask("responseBodyEnded") { $0.responseBodyEnded(reusable: true) }
            }
    }

    private var clientChoices: [Choice] {
        if machine.isOver { return [] }
        var all: [Choice] = []
        if !machine.wantsBody && !machine.isDiscarding && !machine.isTunnelling {
            all.append(Choice("the client leaves") { $0.clientGone() })
        }
        if !machine.sendPace.isNever {
            all.append(Choice("the rate lets the rest go", isTimeout: true) { $0.clientTookAll() })
            all.append(
                Choice("the rate lets more go", isTimeout: true) { talk in
                    talk.tell("clientAwaited") { $0.clientAwaited(until: Self.soon) }
                })
        }
        if machine.sendDeadline.isNever { return all }
        if machine.isCommitted && !machine.isTunnelling {
            all.append(
                Choice("a rate holds the rest back") { talk in
                    talk.tell("sendingPaced") { $0.sendingPaced(until: Self.soon) }
                })
        }
        all += [
            Choice("the client takes the rest") { $0.clientTookAll() },
            Choice("the client takes more") { talk in
                talk.tell("clientAwaited") { $0.clientAwaited(until: Self.soon) }
            },
            Choice("sending to the client fails") { $0.clientGone() },
            Choice("send_timeout", isTimeout: true) { $0.clientGone() },
        ]
        return all
    }

    private var discardChoices: [Choice] {
        if !machine.isDiscarding { return [] }
        let isOver = machine.isOver
        let last = Choice("the last unwanted bytes") { talk in
            talk.tell("bodyDiscarded") { $0.bodyDiscarded() }
            if isOver { talk.log() }
        }
        if !isOver { return [last] }
        return [
            last,
            Choice("unwanted bytes") { talk in talk.tell("discardAwaited") { $0.discardAwaited(until: Self.soon) } },
            Choice("the client ends") { $0.log() },
            Choice("lingering_timeout", isTimeout: true) { $0.log() },
        ]
    }

    private var stopChoices: [Choice] { [Choice("the worker stops") { $0.log() }] }
}
