import Bytes

extension RequestHeadParser {
    /// Reads whole field lines from `position` on.
    mutating func parseFields(
        _ bytes: Span<UInt8>, fields: inout FieldTable, limits: borrowing RequestLimits
    ) -> RequestHeadProgress {
        let isMeasured = version != .http2
        while true {
            let limit = isMeasured ? min(position &+ limits.fieldLineLimitBytes, limits.headLimitBytes) : Int.max
            let end = min(bytes.count, limit)
            if position >= end { return position < limit ? .incomplete : .refused(.tooLargeHead, .none) }
            let line = FieldLine(bytes.extracting(0..<end), from: position)
            switch line.outcome {
            case .field:
                let refused = take(line, bytes, fields: &fields, limits: limits)
                if let refused {
                    let text = ByteRange(line.nameStart, line.valueEnd)
                    return .refused(refused, evidence(of: refused, text, fields))
                }
                position = line.next
            case .ranOut:
                if end < limit { return .incomplete }
                return .refused(.tooLongFieldLine, .bytes(ByteRange(position, end)))
            case .tooLongName: return .refused(.tooLongFieldLine, .bytes(ByteRange(position, line.nameEnd)))
            case .invalid: return .refused(.invalidFieldLine, line.evidence)
            case .sectionEnd:
                position = line.next
                return finish(bytes, fields: &fields)
            }
        }
    }

    /// Enters one line into the table; nil where all is well.
    @inline(__always)
    private mutating func take(
        _ line: borrowing FieldLine, _ bytes: Span<UInt8>, fields: inout FieldTable, limits: borrowing RequestLimits
    ) -> RequestRefusal? {
        if fields.count >= limits.fieldLimit || fields.isFull { return .tooManyFields }
        let wanted = limits.allowsUnderscores ? NameClass.plainOrUnderscore : NameClass.plain
        if line.classes & wanted == 0 {
            if limits.ignoresInvalidNames {
                fields.append(FieldEntry(name: line.name, value: line.value, marks: FieldMarks.ignored))
                ignoredFieldCount &+= 1
                return nil
            }
            if line.classes & NameClass.token == 0 { return .invalidFieldLine }
        }
        let known = KnownField(name: bytes.part(line.name))
        let entry = line.entry(known, bytes)
        let index = fields.count
        fields.append(entry)
        return known == .none ? nil : note(known, entry, at: index, bytes)
    }

    /// Takes in what a known field says.
    private mutating func note(
        _ known: KnownField, _ entry: FieldEntry, at index: Int, _ bytes: Span<UInt8>
    ) -> RequestRefusal? {
        switch known {
        case .host:
            if isRepeated(known) { return .duplicateHost }
            guard let name = HostName(bytes, entry.value) else { return .invalidHost }
            if host == nil { host = name }
        case .contentLength, .transferEncoding, .expect, .authorization, .proxyAuthorization, .contentRange, .ifMatch,
            .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange:
            if isRepeated(known) { return .duplicateField }
            if known == .contentLength {
                framingFields.noteContentLength(bytes, entry.value, at: index)
            } else if known == .transferEncoding {
                framingFields.noteTransferEncoding(bytes, entry.value, at: index)
            } else if known == .expect {
                // RFC 9110 §10.1.1: of HTTP/1.0 it says nothing.
                expectsContinue = version > .http10 && bytes.part(entry.value).equalsIgnoringCase("100-continue")
            }
        case .connection: if !connection.note(bytes, entry.value) { return .invalidFieldLine }
        case .upgrade: hasUpgrade = true
        default: break
        }
        return nil
    }

    private mutating func isRepeated(_ known: KnownField) -> Bool {
        let before = seen & known.bit != 0
        seen |= known.bit
        return before
    }

    /// What the log quotes where `take` refused a line.
    private func evidence(of refusal: RequestRefusal, _ line: ByteRange, _ fields: borrowing FieldTable) -> Evidence {
        switch refusal {
        case .duplicateHost, .duplicateField:
            let last = fields.count - 1
            return .fields(last, previous: fields.firstIndex(of: fields[last].knownField) ?? last)
        case .invalidFieldLine: return .bytes(line)
        default: return .none
        }
    }

    /// Checks what only the whole head tells, in nginx's order.
    private mutating func finish(_ bytes: Span<UInt8>, fields: inout FieldTable) -> RequestHeadProgress {
        if version == .http11, seen & KnownField.host.bit == 0 { return .refused(.noHost, .none) }
        if framingFields.hasInvalidLength { return .refused(.invalidContentLength, .none) }
        if framingFields.hasTransferEncoding {
            if version == .http10 { return .refused(.transferEncodingInHTTP10, .none) }
            if !framingFields.isChunked {
                return .refused(.unknownTransferEncoding, .value(framingFields.transferEncodingIndex))
            }
            if framingFields.hasContentLength { return .refused(.contentLengthAndTransferEncoding, .none) }
        }
        if method == .connect { return .refused(.connect, .none) }
        if method == .trace { return .refused(.trace, .none) }
        if connection.namesFields { fields.markFieldsNamedByConnection(bytes) }
        phase = .complete
        return .complete(position)
    }
}
