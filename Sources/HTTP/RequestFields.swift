import Bytes

extension RequestHeadParser {
    /// Reads whole field lines from `position` on.
    mutating func parseFields(
        _ bytes: Span<UInt8>, fields: inout FieldTable, limits: borrowing RequestLimits
    ) -> RequestHeadProgress {
        var line = FieldLine()
        while true {
            let limit = min(position &+ limits.fieldLineLimitBytes, limits.headLimitBytes)
            let end = min(bytes.count, limit)
            if position >= end { return position < limit ? .incomplete : .refused(.tooLargeHead, .none) }
            switch line.scan(bytes, from: position, before: end) {
            case .ranOut:
                if end < limit { return .incomplete }
                return .refused(.tooLongFieldLine, .bytes(ByteRange(position, end)))
            case .tooLongName: return .refused(.tooLongFieldLine, .bytes(ByteRange(position, line.nameEnd)))
            case .invalid: return .refused(.invalidFieldLine, line.evidence)
            case .sectionEnd:
                position = line.next
                return finish(bytes, fields: &fields)
            case .field:
                if let refused = take(line, bytes, fields: &fields, limits: limits) { return refused }
                position = line.next
            }
        }
    }

    /// Enters one line into the table; nil where all is well.
    @inline(__always)
    private mutating func take(
        _ line: FieldLine, _ bytes: Span<UInt8>, fields: inout FieldTable, limits: borrowing RequestLimits
    ) -> RequestHeadProgress? {
        if fields.count >= limits.fieldLimit || fields.isFull { return .refused(.tooManyFields, .none) }
        let wanted = limits.allowsUnderscores ? NameClass.plainOrUnderscore : NameClass.plain
        if line.classes & wanted == 0 {
            if limits.ignoresInvalidNames {
                fields.append(FieldEntry(name: line.name, value: line.value, marks: FieldMarks.ignored))
                ignoredFieldCount &+= 1
                return nil
            }
            if line.classes & NameClass.token == 0 {
                return .refused(.invalidFieldLine, .bytes(ByteRange(line.nameStart, line.valueEnd)))
            }
        }
        let known = KnownField(name: bytes.part(line.name))
        let index = fields.count
        fields.append(
            FieldEntry(
                name: line.name, value: line.value, known: known.rawValue,
                marks: known.isHopByHop ? FieldMarks.hopByHop : 0))
        return known == .none ? nil : note(known, at: index, value: line.value, bytes, fields: fields)
    }

    /// Takes in what a known field says.
    private mutating func note(
        _ known: KnownField, at index: Int, value: ByteRange, _ bytes: Span<UInt8>, fields: borrowing FieldTable
    ) -> RequestHeadProgress? {
        switch known {
        case .host:
            if isRepeated(known) { return .refused(.duplicateHost, pair(known, index, fields)) }
            guard let name = HostName(bytes, value) else { return .refused(.invalidHost, .none) }
            if host == nil { host = name }
        case .contentLength, .transferEncoding, .expect, .authorization, .proxyAuthorization, .contentRange, .ifMatch,
            .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange:
            if isRepeated(known) { return .refused(.duplicateField, pair(known, index, fields)) }
            if known == .contentLength {
                framingFields.noteContentLength(bytes, value, at: index)
            } else if known == .transferEncoding {
                framingFields.noteTransferEncoding(bytes, value, at: index)
            } else if known == .expect {
                expectsContinue = version == .http11 && bytes.part(value).equalsIgnoringCase("100-continue")
            }
        case .connection:
            if !connection.note(bytes, value) { return .refused(.invalidFieldLine, .field(index)) }
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

    private func pair(_ known: KnownField, _ index: Int, _ fields: borrowing FieldTable) -> Evidence {
        .fields(index, previous: fields.firstIndex(of: known) ?? index)
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
