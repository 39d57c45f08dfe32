import Bytes
import Configuration
import Failures
import HTTP
import Routing

// Where what the lower rooms refuse becomes a cause: one exhaustive switch each.

extension RequestCause {
    /// The cause that a refused request head is.
    init(_ refusal: RequestRefusal) {
        switch refusal {
        case .invalidMethod: self = .invalidMethod
        case .invalidRequest, .noVersion, .noVersionAndNotGet: self = .invalidRequest
        case .unsupportedVersion: self = .invalidVersion
        case .tooLongTarget: self = .uriTooLong
        case .tooLongFieldLine: self = .fieldTooLong
        case .tooManyFields: self = .tooManyFields
        case .tooLargeHead: self = .fieldTooLong
        case .invalidFieldLine: self = .invalidField
        case .invalidHostInTarget: self = .invalidHostInTarget
        case .invalidHost: self = .invalidHost
        case .duplicateHost: self = .duplicateHost
        case .duplicateField: self = .duplicateField
        case .noHost: self = .noHost
        case .invalidContentLength: self = .invalidContentLength
        case .transferEncodingInHTTP10: self = .codingInHTTP10
        case .contentLengthAndTransferEncoding: self = .lengthAndCoding
        case .unknownTransferEncoding: self = .unknownCoding
        case .connect: self = .connect
        case .trace: self = .trace
        }
    }
}

extension ResponseCause {
    /// The cause that a refused response head is.
    init(_ refusal: ResponseRefusal) {
        switch refusal {
        case .noStatusLine: self = .noStatusLine
        case .invalidFieldLine: self = .invalidField
        case .tooBigHead: self = .headTooBig
        case .duplicateField: self = .duplicateField
        case .contentLengthAndTransferEncoding: self = .lengthAndCoding
        case .invalidContentLength: self = .invalidContentLength
        case .unknownTransferEncoding: self = .unknownCoding
        case .earlyHintsInHTTP10: self = .earlyHintsInHTTP10
        }
    }
}

extension Cause {
    /// The cause that trouble on the way to a decision is.
    init(_ trouble: RouteTrouble) {
        switch trouble {
        case .rewriteCycle: self = .local(.rewriteCycle)
        case .redirectCycle: self = .local(.redirectCycle)
        case .namedLocationCycle: self = .local(.namedLocationCycle)
        case .namedLocationMissing: self = .local(.namedLocationMissing)
        case .emptyRewrite: self = .local(.emptyRewrite)
        case .accessForbidden: self = .local(.accessForbidden)
        case .invalidURLPrefix: self = .choice(.invalidURLPrefix)
        case .noHost: self = .choice(.noHost)
        case .invalidPort: self = .choice(.invalidPort)
        case .emptyURI: self = .choice(.emptyURI)
        case .noUpstream: self = .choice(.noConfiguration)
        case .patternFailed(let number): self = .local(.patternFailed, number: Int64(number))
        }
    }
}

extension NextUpstream {
    /// The word of `proxy_next_upstream` for a response's status, where there is one.
    init?(status: Int) {
        switch status {
        case 500: self = .http500
        case 502: self = .http502
        case 503: self = .http503
        case 504: self = .http504
        case 403: self = .http403
        case 404: self = .http404
        case 429: self = .http429
        default: return nil
        }
    }

    /// Whether such a status counts against the peer (nginx: all but 403 and 404).
    var counts: Bool { self != .http403 && self != .http404 }
}

extension Worker {
    /// What a parser quotes of the head in `scratch` becomes the evidence.
    mutating func setEvidence(_ quoted: HTTP.Evidence) {
        switch quoted {
        case .none: evidence.clear()
        case .bytes(let range): evidence.set(scratch.span(range))
        case .before(let range): evidence.set(scratch.span(ByteRange(range.start, min(range.end + 1, scratch.count))))
        case .value(let index): evidence.set(scratch.span(fields[index].value))
        case .field(let index):
            text.clear()
            appendField(fields[index])
            evidence.set(text.span)
        case .fields(let index, let previous):
            text.clear()
            appendField(fields[index])
            let split = text.count
            appendField(fields[previous])
            evidence.set(text.span.extracting(0..<split), text.span.extracting(split..<text.count))
        }
    }

    private mutating func appendField(_ entry: FieldEntry) {
        text.append(scratch.span(entry.name))
        text.append(": ")
        text.append(scratch.span(entry.value))
    }

    /// nginx's warning for each field that repeats one that may stand once.
    mutating func noteDuplicates(_ id: SlotID, _ parser: ResponseHeadParser) {
        for index in 0..<fields.count {
            guard let quoted = parser.duplicate(at: index, in: fields) else { continue }
            setEvidence(quoted)
            logExchange(id, .response(.duplicateFieldIgnored), phase: .readingResponseHead)
        }
    }

    /// nginx's notice for each field that was dropped for its name.
    mutating func noteIgnoredFields(_ id: SlotID) {
        for index in 0..<exchanges[id].record.asked.head.fieldCount {
            let entry = exchanges[id].record.asked.head[index]
            guard entry.isIgnored else { continue }
            text.clear()
            text.append(exchanges[id].record.asked.head.span(entry.name))
            text.append(": ")
            text.append(exchanges[id].record.asked.head.span(entry.value))
            evidence.set(text.span)
            logExchange(id, .request(.fieldIgnored), phase: .readingRequestHead)
        }
    }
}
