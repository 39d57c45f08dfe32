import Bytes
import Configuration
import HTTP

/// What the head of a request to an upstream came to.
package struct UpstreamHead: Equatable, Sendable {
    /// Whether the upstream is asked to change the protocol, as the client asked, so that a 101 is welcome.
    package var asksForUpgrade = false
    /// Whether the response has no body: HEAD, also by `proxy_method`.
    package var isHead = false
    /// The method as the upstream sees it, for the response's framing.
    package var method = Method.other
    /// Of an HTTP/2 head: how many bytes of the output there are up to its end.
    package var linesEnd = 0
    /// `zero length URI to proxy` and its like: nothing was appended.
    package var trouble: RouteTrouble?
    package init() {}
}

extension RoutingTable {
    /// Appends the head of the request to an upstream; with `proxy_set_body` also that body.
    ///
    /// Framing fields are written from `framing` alone, whatever `proxy_set_header` says: what is announced must be
    /// what
    /// is sent. Without `proxy_pass_request_body` there is no body, and with `proxy_set_body` it is that one.
    ///
    /// - Parameters:
    ///   - framing: how the body will be framed; `none` writes no field
    package func appendUpstreamHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, framing: BodyFraming, _ pool: inout BufferPool,
        to out: inout ByteBuffer
    ) -> UpstreamHead {
        var head = UpstreamHead()
        let start = out.count
        let location = record.route.location
        appendMethod(&record, moment, &head, to: &out)
        setSentURI(&record, &pool)
        if record.route.proxy.sentURI.isEmpty {
            out.truncate(to: start)
            head.trouble = .emptyURI
            return head
        }
        out.append(0x20)
        out.append(record.span(record.route.proxy.sentURI))
        out.append(entries[location].version == .http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        appendHost(&record, moment, to: &out)
        let asked = appendSetFields(&record, moment, to: &out)
        if record.route.closesConnection { out.append("Connection: close\r\n") }
        head.asksForUpgrade = asked && record.asked.facts.asksForUpgrade
        let body = entries[location].body
        let bodyStart = out.count
        if let body {
            append(body, &record, moment, to: &out)
            let count = out.count - bodyStart
            out.truncate(to: bodyStart)
            append(.length(Int64(count)), to: &out)
        } else if scopes[location].passesRequestBody {
            append(framing, to: &out)
        }
        if entries[location].passesRequestHeaders { appendClientFields(entries[location], record, to: &out) }
        out.append("\r\n")
        if let body { append(body, &record, moment, to: &out) }
        return head
    }

    // MARK: the request line

    private func appendMethod(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ head: inout UpstreamHead,
        to out: inout ByteBuffer
    ) {
        guard let value = entries[record.route.location].method else {
            out.append(record.span(record.route.methodName))
            head.method = record.route.method
            head.isHead = head.method == .head
            return
        }
        let start = out.count
        append(value, &record, moment, to: &out)
        out.makeToken(from: start)
        let name = ByteRange(start, out.count)
        head.method = Method(out.span(name))
        head.isHead = out.span(name).equalsIgnoringCase("head")
        if head.isHead { head.method = .head }
    }

    /// The URI as the upstream gets it: as the client sent it where nothing changed it and `proxy_pass` has none; else
    /// that of `proxy_pass` in place of the location's name (nginx: proxy_pass).
    private func setSentURI(_ record: inout ExchangeRecord, _ pool: inout BufferPool) {
        let location = record.route.location
        if !record.route.proxy.uri.isAbsent {
            record.route.proxy.sentURI = record.keepCopy(of: record.route.proxy.uri)
            record.arena.makeURI(from: record.route.proxy.sentURI.range.start, spaces: true)
            record.route.proxy.sentURI.range = ByteRange(record.route.proxy.sentURI.range.start, record.arena.count)
            return
        }
        if !entries[location].hasProxyURI && record.route.isUnchanged {
            record.route.proxy.sentURI = Piece(.head, record.asked.facts.requestURI)
            return
        }
        let replaces = entries[location].hasProxyURI && record.route.keepsLocation
        var arena = record.takeArena()
        let start = arena.count
        if replaces { arena.append(literals, entries[location].proxyURI) }
        let rest = record.route.uri.dropping(replaces ? entries[location].replacedCount : 0)
        let isEscaped = record.route.isInternal || pathIsEscaped(record)
        append(rest, escaped: isEscaped, record, to: &arena)
        if !record.route.arguments.isEmpty {
            arena.append(0x3f)
            append(record.route.arguments, escaped: false, record, to: &arena)
        }
        arena.makeURI(from: start, spaces: true)
        record.route.proxy.sentURI = Piece(.arena, ByteRange(start, arena.count))
        record.arena = arena
    }

    /// Appends a piece to the arena that was taken out of the record.
    private func append(
        _ piece: Piece, escaped: Bool, _ record: borrowing ExchangeRecord, to arena: inout ByteBuffer
    ) {
        if piece.home == .arena {
            if !escaped { return arena.appendOwn(piece.range) }
            for index in piece.range.start..<piece.range.end { arena.append(arena[index], escapedAs: .path) }
        } else if escaped {
            arena.append(record.span(piece), escapedAs: .path)
        } else {
            arena.append(record.span(piece))
        }
    }

    // MARK: fields

    private func appendHost(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        let location = record.route.location
        let start = out.count
        out.append("Host: ")
        let valueStart = out.count
        let own = entries[location].setHost
        if let own { append(own, &record, moment, to: &out) }
        if own == nil || (out.count == valueStart && entries[location].version != .http10) {
            _ = append(.proxyHost, &record, moment, to: &out)
        }
        if out.count == valueStart { return out.truncate(to: start) }
        out.makeFieldValue(from: valueStart)
        out.append("\r\n")
    }

    /// Appends the fields of `proxy_set_header`, but for empty ones. True where they ask for another protocol.
    private func appendSetFields(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        var hasUpgrade = false
        var hasOption = false
        for index in entries[record.route.location].setFields.indices {
            let field = setFields[index]
            if field.known == KnownField.contentLength.rawValue || field.known == KnownField.transferEncoding.rawValue {
                continue
            }
            let start = out.count
            out.append(literals, field.name)
            out.append(": ")
            let valueStart = out.count
            append(field.value, &record, moment, to: &out)
            if out.count == valueStart {
                out.truncate(to: start)
                continue
            }
            out.makeFieldValue(from: valueStart)
            if field.known == KnownField.upgrade.rawValue { hasUpgrade = true }
            if field.known == KnownField.connection.rawValue {
                hasOption = out.hasToken("upgrade", in: ByteRange(valueStart, out.count))
            }
            out.append("\r\n")
        }
        return hasUpgrade && hasOption
    }

    private func append(_ framing: BodyFraming, to out: inout ByteBuffer) {
        switch framing {
        case .none, .untilClose: break
        case .length(let count):
            out.append("Content-Length: ")
            out.append(decimal: count)
            out.append("\r\n")
        case .chunked: out.append("Transfer-Encoding: chunked\r\n")
        }
    }

    /// Appends the client's own fields: not those of one connection, not those that are set.
    private func appendClientFields(
        _ entry: ScopeEntry, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) {
        let joinsCookies = record.asked.facts.version == .http2
        var hasCookie = false
        var run = FieldRun()
        for index in 0..<record.asked.head.fieldCount {
            let field = record.asked.head[index]
            if !field.isForwarded || entry.replacedFields.contains(field.known) { continue }
            if field.known == 0 && lookUp(record.asked.head.span(field.name), in: entry.replacedNames) >= 0 { continue }
            if joinsCookies && field.knownField == .cookie {
                run.flush(record.asked.head, to: &out)
                if !hasCookie { appendCookies(record, to: &out) }
                hasCookie = true
                continue
            }
            run.append(field, of: record.asked.head, to: &out)
        }
        run.flush(record.asked.head, to: &out)
    }

    /// HTTP/2 may split cookies over several fields; in HTTP/1 they are one (RFC 9113 §8.2.3).
    private func appendCookies(_ record: borrowing ExchangeRecord, to out: inout ByteBuffer) {
        out.append("Cookie")
        var separator: StaticString = ": "
        for index in 0..<record.asked.head.fieldCount {
            let field = record.asked.head[index]
            if field.knownField != .cookie || !field.isForwarded { continue }
            out.append(separator)
            out.append(record.asked.head.span(field.value))
            separator = "; "
        }
        out.append("\r\n")
    }
}

extension ByteBuffer {
    /// Appends one byte, as `%XX` where it must be.
    mutating func append(_ byte: UInt8, escapedAs kind: URIEscape) {
        if !kind.escapes(byte) { return append(byte) }
        append(0x25)
        append(hexDigit: byte &>> 4, upper: true)
        append(hexDigit: byte & 15, upper: true)
    }

    /// Whether the list at `range` has that token, which is lower-case, in any case.
    func hasToken(_ token: StaticString, in range: ByteRange) -> Bool {
        var tokens = ListTokens(range)
        while let found = tokens.next(span) {
            if span(found).equalsIgnoringCase(token) { return true }
        }
        return false
    }
}
