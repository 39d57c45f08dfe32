import FaultyUpstream

/// What differs where the upstream speaks HTTP/2, fault by fault; whatever is not here comes to the same.
enum HTTP2Faults {
    enum Difference {
        /// HTTP/2 has no form for it.
        case none
        case comesTo(Int, ProxyError)
    }

    struct Row {
        /// The beginning of the faults' names.
        let prefix: String
        let difference: Difference
        let rule: String
    }

    static let rows = [
        Row(prefix: "chunk-", difference: .none, rule: "RFC 9113 §8.1: there are no chunks"),
        Row(prefix: "trailer-", difference: .none, rule: "RFC 9113 §8.1: a trailer section has no lines"),
        Row(prefix: "phrase-", difference: .none, rule: "RFC 9113 §8.3.2: there is no reason phrase"),
        Row(prefix: "version-", difference: .none, rule: "RFC 9113 §8.3.2: there is no version in a head"),
        Row(prefix: "hints-http10", difference: .none, rule: "RFC 9113 §8.3.2: there is no version in a head"),
        Row(prefix: "tunnel-", difference: .none, rule: "RFC 9113 §8.6: there is no 101"),
        Row(prefix: "upgrade-", difference: .none, rule: "RFC 9113 §8.6: there is no upgrade"),
        Row(
            prefix: "switch-", difference: .comesTo(502, .protocolError),
            rule: "RFC 9113 §8.6: a 101 is malformed, asked for or not"),
        Row(
            prefix: "coding-", difference: .comesTo(502, .protocolError),
            rule: "RFC 9113 §8.2.2: the field is malformed, whatever it says"),
        Row(
            prefix: "length-twice-different", difference: .comesTo(502, .responseIncomplete),
            rule: "RFC 9113 §8.1.1: the stream's end shows that the body is shorter than one of them"),
        Row(
            prefix: "fin-in-", difference: .comesTo(502, .connectionTerminated),
            rule: "RFC 9113 §4.3: a field block is whole, or nothing of it has come"),
        Row(
            prefix: "fin-after-status-line", difference: .comesTo(502, .connectionTerminated),
            rule: "RFC 9113 §4.3, as above"),
        Row(
            prefix: "fin-before-blank-line", difference: .comesTo(502, .connectionTerminated),
            rule: "RFC 9113 §4.3, as above"),
        Row(
            prefix: "reset-in-", difference: .comesTo(502, .connectionTerminated),
            rule: "RFC 9113 §4.3, as above"),
    ]

    /// What is expected of a fault; nil where it cannot be played. Codings that are right in HTTP/1 are frames.
    static func outcomes(of fault: Fault) -> [Expected.Outcome]? {
        let row = rows.first { fault.name.hasPrefix($0.prefix) }
        switch row?.difference {
        case nil: return fault.expected.outcomes
        case .some(.none): return nil
        case .comesTo(let status, let error): return fault.expected.outcomes + [.fails(status, error)]
        }
    }
}
