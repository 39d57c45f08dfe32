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

        init(_ prefix: String, _ difference: Difference, _ rule: String) {
            (self.prefix, self.difference, self.rule) = (prefix, difference, rule)
        }
    }

    static let rows = [
        Row("chunk-", .none, "RFC 9113 §8.1: there are no chunks"),
        Row("trailer-", .none, "RFC 9113 §8.1: a trailer section has no lines"),
        Row("phrase-", .none, "RFC 9113 §8.3.2: there is no reason phrase"),
        Row("version-", .none, "RFC 9113 §8.3.2: there is no version in a head"),
        Row("hints-http10", .none, "RFC 9113 §8.3.2: there is no version in a head"),
        Row("tunnel-", .none, "RFC 9113 §8.6: there is no 101"),
        Row("upgrade-", .none, "RFC 9113 §8.6: there is no upgrade"),
        Row("switch-", .comesTo(502, .protocolError), "RFC 9113 §8.6: a 101 is malformed, asked for or not"),
        Row("coding-", .comesTo(502, .protocolError), "RFC 9113 §8.2.2: the field is malformed, whatever it says"),
        Row(
            "length-twice-different", .comesTo(502, .responseIncomplete),
            "RFC 9113 §8.1.1: the stream's end shows that the body is shorter than one of them"),
        Row(
            "fin-in-", .comesTo(502, .connectionTerminated),
            "RFC 9113 §4.3: a field block is whole, or nothing of it has come"),
        Row("fin-after-status-line", .comesTo(502, .connectionTerminated), "RFC 9113 §4.3, as above"),
        Row("fin-before-blank-line", .comesTo(502, .connectionTerminated), "RFC 9113 §4.3, as above"),
        Row("reset-in-", .comesTo(502, .connectionTerminated), "RFC 9113 §4.3, as above"),
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
