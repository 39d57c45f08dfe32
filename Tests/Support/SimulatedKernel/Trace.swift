import Bytes
import Platform

/// One line of the trace.
enum TraceItem {
    case call(Call, descriptor: Int32, argument: Int, answer: Int)
    case event(Int32, ready: Readiness)
    case far(Int, StaticString, Int)
    case injected(Call, errno: Int32)
}

/// The last few thousand lines of what happened, kept as numbers and made into text when a seed has failed.
struct Trace {
    private var items: [(time: Int64, item: TraceItem)] = []
    private var oldest = 0
    private let capacity = 4_096

    mutating func note(_ time: Int64, _ item: TraceItem) {
        if items.count < capacity {
            items.append((time, item))
            return
        }
        items[oldest] = (time, item)
        oldest = (oldest + 1) % capacity
    }

    var text: String {
        var out = ""
        for index in items.indices {
            let (time, item) = items[(oldest + index) % items.count]
            out += "\(milliseconds(time)) \(describe(item))\n"
        }
        return out
    }

    private func milliseconds(_ time: Int64) -> String {
        let fraction = String(time % 1000)
        return "\(time / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + " ms"
    }

    private func describe(_ item: TraceItem) -> String {
        switch item {
        case .call(let call, let descriptor, let argument, let answer):
            let result = answer < 0 ? Errno(rawValue: Int32(-answer)).text : String(answer)
            return "\(call)(\(descriptor), \(argument)) = \(result)"
        case .event(let number, let ready): return "  ready \(number): \(ready.words)"
        case .far(let number, let what, let count): return "    far \(number) \(what) \(count)"
        case .injected(let call, let errno): return "  failing \(call) with \(Errno(rawValue: errno).text)"
        }
    }
}

extension Readiness {
    /// The bits by their names in epoll(7), in a fixed order: `IN|OUT|RDHUP`.
    package var words: String {
        let all: [(Readiness, String)] = [
            (.readable, "IN"), (.writable, "OUT"), (.readClosed, "RDHUP"), (.hangup, "HUP"), (.error, "ERR"),
        ]
        return all.filter { contains($0.0) }.map { $0.1 }.joined(separator: "|")
    }
}
