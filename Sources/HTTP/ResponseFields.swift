import Bytes

extension ResponseHeadParser {
    /// Reads whole field lines from `position` on; `ranOut` is the answer where the bytes end before the head does.
    mutating func parseFields(
        _ bytes: Span<UInt8>, before end: Int, ranOut: ResponseHeadProgress, fields: inout FieldTable, fieldLimit: Int
    ) -> ResponseHeadProgress {
        var line = FieldLine()
        while true {
            switch line.scan(bytes, from: position, before: end) {
            case .ranOut: return ranOut
            case .tooLongName: return .refused(.tooBigHead, .none)
            case .invalid: return .refused(.invalidFieldLine, line.evidence)
            case .sectionEnd:
                position = line.next
                if connection.namesFields { fields.markFieldsNamedByConnection(bytes) }
                return .complete(position)
            case .field:
                if fields.count >= fieldLimit || fields.isFull { return .refused(.tooBigHead, .none) }
                if line.classes & NameClass.token == 0 { return .refused(.invalidFieldLine, nameFault(line, bytes)) }
                let entry = line.entry(bytes)
                fields.append(entry)
                // Nothing that an interim head says is about the connection or a body.
                if entry.known != 0 && !isInterim {
                    if let refused = note(entry, at: fields.count &- 1, bytes, fields: &fields) { return refused }
                }
                position = line.next
            }
        }
    }

    /// Takes in what a known field says, in nginx's order: line by line.
    private mutating func note(
        _ entry: FieldEntry, at index: Int, _ bytes: Span<UInt8>, fields: inout FieldTable
    ) -> ResponseHeadProgress? {
        let known = entry.knownField
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
        default: break
        }
        return nil
    }

    /// A name that is no token, cut at the first byte that spoils it.
    private func nameFault(_ line: FieldLine, _ bytes: Span<UInt8>) -> Evidence {
        var index = line.nameStart
        while index < line.nameEnd, ASCII.isTokenByte(bytes[index]) { index &+= 1 }
        return .before(ByteRange(line.nameStart, index))
    }
}
