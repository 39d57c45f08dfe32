import Bytes
import Configuration
import HTTP

extension RoutingTable {
    /// Appends the upstream's fields that go on to the client: not those of one connection, not the hidden ones, not
    /// those that were written already or are replaced.
    func appendUpstreamFields(
        _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        locationIsDone: Bool, to out: inout ByteBuffer
    ) {
        let isSafe = Self.isSafe(record.answer.status)
        let expires = isSafe && hasExpires(entry.expires)
        var run = FieldRun()
        for index in 0..<record.answer.head.fieldCount {
            let field = record.answer.head[index]
            if !passes(field, entry, record.answer.status, outgoing) { continue }
            let value = Piece(.answer, field.value)
            switch field.knownField {
            case .contentType, .contentLength: continue
            case .location where locationIsDone: continue
            case .expires where expires, .cacheControl where expires: continue
            case .lastModified where entry.replacesLastModified && replaces(.lastModified, entry, isSafe): continue
            case .etag where entry.replacesETag && replaces(.etag, entry, isSafe): continue
            case .none where lookUp(record.answer.head.span(field.name), in: entry.hiddenNames) >= 0: continue
            case .refresh where !entry.redirects.isEmpty:
                run.flush(record.answer.head, to: &out)
                out.append(name: "Refresh", outgoing)
                appendRefresh(value, entry, &record, moment, to: &out)
            case .setCookie where entry.editsCookies:
                run.flush(record.answer.head, to: &out)
                out.append(name: "Set-Cookie", outgoing)
                let start = out.count
                appendCookie(value, entry, &record, moment, to: &out)
                out.makeFieldValue(from: start)
            default:
                if !outgoing.isHTTP2 {
                    run.append(field, of: record.answer.head, to: &out)
                    continue
                }
                out.append(name: record.answer.head.span(field.name), lowercased: true)
                out.append(record.answer.head.span(field.value))
            }
            out.append("\r\n")
        }
        run.flush(record.answer.head, to: &out)
    }

    private func passes(_ field: FieldEntry, _ entry: ScopeEntry, _ status: Int, _ outgoing: Outgoing) -> Bool {
        if entry.hiddenFields.contains(field.known) || field.isIgnored { return false }
        if !field.isHopByHop { return true }
        switch field.knownField {
        case .upgrade: return status == 101 && !outgoing.isHTTP2 || tellsOfUpgrade(entry, status, outgoing)
        case .trailer: return entry.passesTrailers && (outgoing.framing == .chunked || outgoing.isHTTP2)
        default: return false
        }
    }

    /// Whether the upstream's word on protocols that it would switch to holds for this server too: where upgrades are
    /// passed on, and in a 426, which must have it (RFC 9110 §7.8, §15.5.22). HTTP/2 has no upgrades.
    private func tellsOfUpgrade(_ entry: ScopeEntry, _ status: Int, _ outgoing: Outgoing) -> Bool {
        !outgoing.isHTTP2 && status != 101 && (entry.passesUpgrade || status == 426)
    }

    /// Whether an Upgrade field goes out in a response that does not switch.
    func offersUpgrade(_ entry: ScopeEntry, _ record: borrowing ExchangeRecord, _ outgoing: Outgoing) -> Bool {
        tellsOfUpgrade(entry, record.answer.status, outgoing)
            && !entry.hiddenFields.contains(KnownField.upgrade.rawValue)
            && record.answer.head.firstValue(of: .upgrade) != nil
    }

    private func hasExpires(_ expires: ExpiresEntry) -> Bool {
        if case .off = expires { return false }
        return true
    }

    func replaces(_ known: KnownField, _ entry: ScopeEntry, _ isSafe: Bool) -> Bool {
        for index in entry.addedFields.indices
        where addedFields[index].known == known.rawValue && (isSafe || addedFields[index].always) { return true }
        return false
    }

    private func appendRefresh(
        _ value: Piece, _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) {
        let url = Self.urlStart(record.span(value))
        let start = out.count
        if url > 0, appendRewritten(value, entry.redirects, .prefix(from: url), &record, moment, to: &out) {
            return out.makeURI(from: start, spaces: false)
        }
        out.append(record.span(value))
    }

    /// Where the URL of a Refresh field begins; 0 where it has none.
    private static func urlStart(_ value: Span<UInt8>) -> Int {
        var index = 0
        while index + 4 <= value.count {
            if value.extracting(index..<index + 4).equalsIgnoringCase("url=") { return index + 4 }
            index += 1
        }
        return 0
    }

    /// Statuses that `add_header` and `expires` apply to (nginx: add_header).
    static func isSafe(_ status: Int) -> Bool {
        switch status {
        case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308: true
        default: false
        }
    }

    /// Appends what the configuration adds, what the caller adds, and the end of the head; keeps a copy where asked
    /// for.
    func finish(
        _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        extra: Span<UInt8>, from start: Int, to out: inout ByteBuffer
    ) {
        let isSafe = Self.isSafe(record.answer.status)
        appendCarried(record, expires: isSafe && hasExpires(entry.expires), outgoing, to: &out)
        if isSafe { appendExpires(entry, &record, moment, outgoing, to: &out) }
        for index in entry.addedFields.indices where isSafe || addedFields[index].always {
            let field = addedFields[index]
            if isOverruled(index, entry, isSafe) { continue }
            let fieldStart = out.count
            if outgoing.isHTTP2 {
                out.append(lowercased: literals, field.name)
            } else {
                out.append(literals, field.name)
            }
            out.append(": ")
            let valueStart = out.count
            if field.readsSentHead { record.answer.sentHead = record.keep(out.span(ByteRange(start, fieldStart))) }
            append(field.value, &record, moment, to: &out)
            if out.count == valueStart {
                out.truncate(to: fieldStart)
                continue
            }
            out.makeFieldValue(from: valueStart)
            out.append("\r\n")
        }
        out.append(extra)
        if keepsSentHead { record.answer.sentHead = record.keep(out.span(ByteRange(start, out.count))) }
        if !outgoing.isHTTP2 { out.append("\r\n") }
    }

    /// Appends the trailer fields that the configuration adds (nginx: add_trailer) behind those of the upstream, which
    /// begin at `start` as whole lines. Keeps a copy where a variable may ask for it.
    package func appendTrailers(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, from start: Int, to out: inout ByteBuffer
    ) {
        let isSafe = Self.isSafe(record.answer.status)
        for index in entries[record.route.location].addedTrailers.indices where isSafe || addedFields[index].always {
            let fieldStart = out.count
            if addedFields[index].readsSentHead {
                record.answer.sentTrailers = record.keep(out.span(ByteRange(start, fieldStart)))
            }
            out.append(literals, addedFields[index].name)
            out.append(": ")
            let valueStart = out.count
            append(addedFields[index].value, &record, moment, to: &out)
            if out.count == valueStart {
                out.truncate(to: fieldStart)
                continue
            }
            out.makeFieldValue(from: valueStart)
            out.append("\r\n")
        }
        if keepsSentHead { record.answer.sentTrailers = record.keep(out.span(ByteRange(start, out.count))) }
    }

    /// Whether the location adds trailer fields to this response, so that it should be chunked.
    package func addsTrailers(_ record: borrowing ExchangeRecord) -> Bool {
        let isSafe = Self.isSafe(record.answer.status)
        for index in entries[record.route.location].addedTrailers.indices where isSafe || addedFields[index].always {
            return true
        }
        return false
    }

    /// Appends the carried lines; not those that `expires` makes anew.
    private func appendCarried(
        _ record: borrowing ExchangeRecord, expires: Bool, _ outgoing: Outgoing, to out: inout ByteBuffer
    ) {
        let lines = record.span(record.answer.carried)
        if !outgoing.isHTTP2 && !expires { return out.append(lines) }
        var start = 0
        while let colon = lines.firstIndex(of: 0x3a, from: start), let end = lines.firstIndex(of: ASCII.lf, from: colon)
        {
            let known = KnownField(name: lines.extracting(start..<colon))
            if !expires || known != .expires && known != .cacheControl {
                out.append(name: lines.extracting(start..<colon), lowercased: outgoing.isHTTP2)
                out.append(lines.extracting(colon + 2..<end + 1))
            }
            start = end + 1
        }
    }

    /// Of Last-Modified and ETag there is one each: the last one that applies.
    private func isOverruled(_ index: Int, _ entry: ScopeEntry, _ isSafe: Bool) -> Bool {
        let known = addedFields[index].known
        if known != KnownField.lastModified.rawValue && known != KnownField.etag.rawValue { return false }
        for later in index + 1..<entry.addedFields.indices.upperBound
        where addedFields[later].known == known && (isSafe || addedFields[later].always) { return true }
        return false
    }

    // MARK: expires

    private func appendExpires(
        _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        to out: inout ByteBuffer
    ) {
        var expires = entry.expires
        if case .variable(let value, let modified) = expires {
            let start = out.count
            append(value, &record, moment, to: &out)
            expires = ExpiresEntry(out.span(ByteRange(start, out.count)), modified: modified) ?? .off
            out.truncate(to: start)
        }
        let now = moment.wall.seconds
        switch expires {
        case .off, .variable: return
        case .epoch:
            appendExpires(at: 1, to: &out, outgoing)
            out.append("no-cache\r\n")
        case .maximum:
            appendExpires(at: 2_145_916_555, to: &out, outgoing)
            out.append("max-age=315360000\r\n")
        case .daily(let seconds):
            let midnight = (now + moment.zoneMinutes * 60) / 86400 * 86400 - moment.zoneMinutes * 60
            let next = midnight + seconds > now ? midnight + seconds : midnight + seconds + 86400
            appendExpires(at: next, to: &out, outgoing)
            appendMaxAge(next - now, isNegative: false, to: &out)
        case .after(0, _):
            appendExpires(at: now, to: &out, outgoing)
            out.append("max-age=0\r\n")
        case .after(let seconds, let modified):
            var base = now
            if modified, let changed = lastModified(record) { base = changed }
            appendExpires(at: base + seconds, to: &out, outgoing)
            appendMaxAge(base + seconds - now, isNegative: seconds < 0, to: &out)
        }
    }

    /// Appends the Expires line and the name of the Cache-Control line that follows it.
    private func appendExpires(at seconds: Int, to out: inout ByteBuffer, _ outgoing: Outgoing) {
        out.append(name: "Expires", outgoing)
        HTTPDate.append(unixSeconds: seconds, to: &out)
        out.append("\r\n")
        out.append(name: "Cache-Control", outgoing)
    }

    private func appendMaxAge(_ seconds: Int, isNegative: Bool, to out: inout ByteBuffer) {
        if isNegative || seconds < 0 { return out.append("no-cache\r\n") }
        out.append("max-age=")
        out.append(decimal: seconds)
        out.append("\r\n")
    }

    private func lastModified(_ record: borrowing ExchangeRecord) -> Int? {
        if let seconds = record.answer.modifiedSeconds { return seconds }
        guard let value = record.answer.head.firstValue(of: .lastModified) else { return nil }
        return HTTPDate.unixSeconds(record.answer.head.span(value))
    }
}

extension ByteBuffer {
    /// Appends the bytes of `range` in `literals`, in lower case.
    mutating func append(lowercased literals: [UInt8], _ range: ByteRange) {
        append(lowercased: literals.span.part(range))
    }
}
