import Bytes

extension ResponseHeadParser {
    /// Reads whole field lines from `position` on; `ranOut` is the answer where these bytes end before the head does.
    mutating func parseFields(
        _ bytes: Span<UInt8>, ranOut: ResponseHeadProgress, fields: inout FieldTable, fieldLimit: Int
    ) -> ResponseHeadProgress {
        while true {
            let line = FieldLine(bytes, from: position)
            switch line.outcome {
            case .ranOut: return ranOut
            case .tooLongName: return .refused(.tooBigHead, .none)
            case .invalid: return .refused(.invalidFieldLine, line.evidence)
            case .sectionEnd:
                position = line.next
                if connection.namesFields { fields.markFieldsNamedByConnection(bytes) }
                return .complete(position)
            case .field:
                if fields.count >= fieldLimit || fields.isFull { return .refused(.tooBigHead, .none) }
                if line.classes & NameClass.token == 0 {
                    return .refused(.invalidFieldLine, nameFault(line.name, bytes))
                }
                let known = KnownField(name: bytes.part(line.name))
                let entry = line.entry(known, bytes)
                fields.append(entry)
                // Nothing that an interim head says is about the connection or a body.
                if known != .none && !isInterim,
                    let refused = note(known, entry, at: fields.count &- 1, bytes, fields: &fields)
                {
                    return refused
                }
                position = line.next
            }
        }
    }

    /// Takes in what a known field says, in nginx's order: line by line.
    private mutating func note(
        _ known: KnownField, _ entry: FieldEntry, at index: Int, _ bytes: Span<UInt8>, fields: inout FieldTable
    ) -> ResponseHeadProgress? {
        switch known {
        case .contentLength:
            if framingFields.hasContentLength {
                return .refused(.duplicateField, .fields(index, previous: framingFields.contentLengthIndex))
            }
            if framingFields.hasTransferEncoding { return .refused(.contentLengthAndTransferEncoding, .none) }
            framingFields.noteContentLength(bytes, entry.value, at: index)
            if framingFields.hasInvalidLength { return .refused(.invalidContentLength, .field(index)) }
        case .transferEncoding:
            if framingFields.hasTransferEncoding {
                return .refused(.duplicateField, .fields(index, previous: framingFields.transferEncodingIndex))
            }
            if framingFields.hasContentLength { return .refused(.contentLengthAndTransferEncoding, .none) }
            framingFields.noteTransferEncoding(bytes, entry.value, at: index)
            if !framingFields.isChunked { return .refused(.unknownTransferEncoding, .value(index)) }
        case .connection:
            if !connection.note(bytes, entry.value) { return .refused(.invalidFieldLine, .field(index)) }
        case .upgrade: hasUpgrade = true
        case .contentType, .date, .etag, .expires, .lastModified, .location, .refresh, .server, .status, .xAccelExpires,
            .xAccelLimitRate, .xAccelRedirect:
            if seen & known.bit != 0 {
                fields[index].marks |= FieldMarks.ignored
                duplicateCount &+= 1
            }
            seen |= known.bit
        case .xAccelBuffering: seen |= known.bit
        default: break
        }
        return nil
    }

    /// A name that is no token, cut at the first byte that spoils it.
    private func nameFault(_ name: ByteRange, _ bytes: Span<UInt8>) -> Evidence {
        var index = name.start
        while index < name.end, ASCII.isTokenByte(bytes[index]) { index &+= 1 }
        return .before(ByteRange(name.start, index))
    }
}
