import Bytes
import Platform

/// What the loop has for the worker next.
package enum LoopEvent {
    /// A descriptor is ready.
    case ready(Token, Readiness)
    /// Somebody asked for another turn.
    case posted(Token)
    /// The slot's entry of the wheel fired; its real deadline may be later.
    case timer(TokenKind, index: UInt32)
    /// Everything of this turn was delivered: send what was gathered, sweep what ended.
    case turnEnds
}

/// A passive event loop: the worker asks `next` and switches on the answer; nobody registers handlers.
///
/// One turn is: wait, ready descriptors, posted tokens of the turn before, due timers, `turnEnds`.
package struct Loop: ~Copyable {
    /// The epoll instance.
    package let poller: Descriptor
    /// Monotonic time of this turn.
    package private(set) var now: Instant
    /// The same in nanoseconds: when the wait was over.
    package private(set) var wokeAtNanoseconds: Int64
    /// Wall time of this turn.
    package private(set) var wallTime: WallTime
    /// Deadlines, by `TokenKind`.
    package var wheel: TimerWheel
    var events: EventList
    var position: Int
    var posted: [Token]
    var postedNow: [Token]
    var postedPosition: Int
    var stage: Stage

    enum Stage { case waiting, ready, posted, timers, ended }

    /// A loop on the epoll instance `poller`.
    package init(poller: Descriptor, kernel: borrowing Kernel) {
        self.poller = poller
        now = kernel.now()
        wokeAtNanoseconds = 0
        wallTime = kernel.wallTime()
        wheel = TimerWheel(kinds: 7, now: now)
        events = EventList()
        position = 0
        posted = []
        postedNow = []
        postedPosition = 0
        stage = .waiting
    }

    /// Asks for `.posted(token)` in the next turn, which then does not wait.
    package mutating func post(_ token: Token) { posted.append(token) }

    /// The slot's entry of the wheel will fire at `deadline` or before.
    package mutating func arm(_ kind: TokenKind, _ index: UInt32, deadline: Instant) {
        wheel.arm(kind: Int(kind.rawValue), index: index, deadline: deadline)
    }

    /// The slot needs no entry any more.
    package mutating func disarm(_ kind: TokenKind, _ index: UInt32) {
        wheel.disarm(kind: Int(kind.rawValue), index: index)
    }

    /// The next event; waits where a turn is over and nothing is posted.
    package mutating func next(_ kernel: borrowing Kernel) -> LoopEvent {
        while true {
            switch stage {
            case .waiting:
                wait(kernel)
                stage = .ready
            case .ready:
                if position < events.count {
                    let event = events[position]
                    position += 1
                    return .ready(Token(rawValue: event.token), event.readiness)
                }
                swap(&posted, &postedNow)
                postedPosition = 0
                stage = .posted
            case .posted:
                if postedPosition < postedNow.count {
                    postedPosition += 1
                    return .posted(postedNow[postedPosition - 1])
                }
                postedNow.removeAll(keepingCapacity: true)
                stage = .timers
            case .timers:
                if let due = wheel.popExpired(now: now) {
                    return .timer(TokenKind(rawValue: UInt8(due.kind)) ?? .other, index: due.index)
                }
                stage = .ended
                return .turnEnds
            case .ended:
                stage = .waiting
            }
        }
    }

    mutating func wait(_ kernel: borrowing Kernel) {
        let timeout = posted.isEmpty ? wheel.timeoutMilliseconds(now: now) : 0
        _ = kernel.poll(poller, into: &events, timeoutMilliseconds: timeout)
        position = 0
        wokeAtNanoseconds = kernel.nanoseconds()
        now = Instant(milliseconds: wokeAtNanoseconds / 1_000_000)
        wallTime = kernel.wallTime()
    }
}
