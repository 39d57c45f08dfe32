import Bytes
import Configuration
import Failures
import HTTP

/// How a response goes out, as the caller has decided it.
package struct Outgoing: Sendable {
    package var framing: BodyFraming
    /// Whether the client's connection stays: else `Connection: close`.
    package var keepsAlive: Bool
    /// HTTP/2 has no status line (the caller sends `:status`), lower-case names and no connection fields. The lines end
    /// as in HTTP/1, so that the caller can take them apart.
    package var isHTTP2 = false

    package init(framing: BodyFraming, keepsAlive: Bool, isHTTP2: Bool = false) {
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.isHTTP2 = isHTTP2
    }
}

extension RoutingTable {
    /// Appends the head of the response to the client, made from the upstream's (`record.answer.head`).
    ///
    /// In nginx's order: status line, Server, Date, Content-Type, Content-Length, an absolute Location, framing and
    /// connection fields, the upstream's other fields, `expires`, `add_header`. Sets `record.answer.status` to what
    /// went
    /// out, which `error_page` may have laid down.
    ///
    /// - Parameters:
    ///   - extra: whole field lines to be added, such as `Proxy-Status`
    package func appendDownstreamHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing, extra: Span<UInt8>,
        to out: inout ByteBuffer
    ) {
        let entry = entries[record.route.location]
        settleStatus(&record)
        if !outgoing.isHTTP2 {
            if record.answer.status == record.answer.facts.status && !record.answer.facts.statusText.isEmpty {
                out.append("HTTP/1.1 ")
                out.append(record.answer.head.span(record.answer.facts.statusText))
                if record.answer.facts.statusText.count == 3 { out.append(ASCII.space) }
                out.append("\r\n")
            } else {
                appendStatusLine(record.answer.status, to: &out)
            }
        }
        let fieldsStart = out.count
        appendServerAndDate(entry, record, moment, outgoing, to: &out)
        let type = KnownField.contentType
        if !entry.hiddenFields.contains(type.rawValue), let value = record.answer.head.firstValue(of: type) {
            out.append(name: "Content-Type", outgoing)
            out.append(record.answer.head.span(value))
            out.append("\r\n")
        }
        appendLength(outgoing, to: &out)
        let rewritten = appendAbsoluteLocation(entry, &record, moment, outgoing, to: &out)
        let offersUpgrade = offersUpgrade(entry, record, outgoing)
        appendConnection(entry, record.answer.status, outgoing, offersUpgrade: offersUpgrade, to: &out)
        appendUpstreamFields(entry, &record, moment, outgoing, locationIsDone: rewritten, to: &out)
        finish(entry, &record, moment, outgoing, extra: extra, from: fieldsStart, to: &out)
    }

    /// Appends the head of a response that Postern makes: status `record.answer.status`, `Location` from the record.
    ///
    /// - Parameters:
    ///   - contentType: empty for no `Content-Type`
    package func appendOwnHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        contentType: Span<UInt8>, extra: Span<UInt8>, to out: inout ByteBuffer
    ) {
        let entry = entries[record.route.location]
        settleStatus(&record)
        if !outgoing.isHTTP2 { appendStatusLine(record.answer.status, to: &out) }
        let fieldsStart = out.count
        appendServer(entry, outgoing, to: &out)
        appendDate(moment, outgoing, to: &out)
        let isEmpty = record.answer.status == 204
        if !contentType.isEmpty && !isEmpty {
            out.append(name: "Content-Type", outgoing)
            out.append(contentType)
            out.append("\r\n")
        }
        if !isEmpty { appendLength(outgoing, to: &out) }
        let hasLocation = record.answer.status == 201 || (300..<400).contains(record.answer.status)
        let location = hasLocation ? record.answer.location : .absent
        if !location.isEmpty && isMadeAbsolute(record.span(location), entry) {
            appendAbsolute(location, entry, record, outgoing, to: &out)
            appendConnection(entry, record.answer.status, outgoing, to: &out)
        } else {
            appendConnection(entry, record.answer.status, outgoing, to: &out)
            if !location.isEmpty {
                out.append(name: "Location", outgoing)
                appendLine(location, record, to: &out)
            }
        }
        finish(entry, &record, moment, outgoing, extra: extra, from: fieldsStart, to: &out)
    }

    /// Appends an interim head (102, 103 …) of the upstream for the client: its end-to-end fields only; nothing where
    /// there is none.
    package func appendInterimHead(
        status: Int, _ head: borrowing FieldBlock, isHTTP2: Bool, to out: inout ByteBuffer
    ) {
        let start = out.count
        if !isHTTP2 { appendStatusLine(status, to: &out) }
        let fieldsStart = out.count
        for index in 0..<head.fieldCount {
            let field = head[index]
            if !field.isForwarded || field.knownField == .contentLength { continue }
            out.append(name: head.span(field.name), lowercased: isHTTP2)
            out.append(head.span(field.value))
            out.append("\r\n")
        }
        if out.count == fieldsStart { return out.truncate(to: start) }
        if !isHTTP2 { out.append("\r\n") }
    }

    // MARK: parts

    func settleStatus(_ record: inout ExchangeRecord) {
        if record.route.errorStatus > 0 { record.answer.status = record.route.errorStatus }
        if (494...497).contains(record.answer.status) { record.answer.status = 400 }
    }

    func appendStatusLine(_ status: Int, to out: inout ByteBuffer) {
        out.append("HTTP/1.1 ")
        out.append(decimal: status, width: 3)
        out.append(ASCII.space)
        if let text = StatusPhrase.text(UInt16(clamping: status)) { out.append(text) }
        out.append("\r\n")
    }

    /// Server and Date are the proxy's own unless the upstream's are let through (nginx: proxy_pass_header).
    private func appendServerAndDate(
        _ entry: ScopeEntry, _ record: borrowing ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        to out: inout ByteBuffer
    ) {
        if entry.hiddenFields.contains(KnownField.server.rawValue) || record.answer.head.firstValue(of: .server) == nil
        {
            appendServer(entry, outgoing, to: &out)
        }
        if entry.hiddenFields.contains(KnownField.date.rawValue) || record.answer.head.firstValue(of: .date) == nil {
            appendDate(moment, outgoing, to: &out)
        }
    }

    func appendServer(_ entry: ScopeEntry, _ outgoing: Outgoing, to out: inout ByteBuffer) {
        out.append(name: "Server", outgoing)
        out.append("postern")
        if entry.serverTokens != .off {
            out.append(0x2f)
            out.append(version)
        }
        out.append("\r\n")
    }

    func appendDate(_ moment: borrowing Moment, _ outgoing: Outgoing, to out: inout ByteBuffer) {
        out.append(name: "Date", outgoing)
        out.append(moment.dateText)
        out.append("\r\n")
    }

    func appendLength(_ outgoing: Outgoing, to out: inout ByteBuffer) {
        guard case .length(let count) = outgoing.framing else { return }
        out.append(name: "Content-Length", outgoing)
        out.append(decimal: count)
        out.append("\r\n")
    }

    /// `offersUpgrade`: an Upgrade field follows, which this connection's option must name (RFC 9110 §7.8).
    func appendConnection(
        _ entry: ScopeEntry, _ status: Int, _ outgoing: Outgoing, offersUpgrade: Bool = false, to out: inout ByteBuffer
    ) {
        if outgoing.isHTTP2 { return }
        if outgoing.framing == .chunked { out.append("Transfer-Encoding: chunked\r\n") }
        if status == 101 { return out.append("Connection: upgrade\r\n") }
        out.append(outgoing.keepsAlive ? "Connection: keep-alive" : "Connection: close")
        out.append(offersUpgrade ? ", upgrade\r\n" : "\r\n")
        if !outgoing.keepsAlive { return }
        if entry.keepAliveHeaderSeconds > 0 {
            out.append("Keep-Alive: timeout=")
            out.append(decimal: entry.keepAliveHeaderSeconds)
            out.append("\r\n")
        }
    }

    // MARK: Location

    /// Whether a redirect to a path of this server gets scheme and host (nginx: absolute_redirect).
    private func isMadeAbsolute(_ location: Span<UInt8>, _ entry: ScopeEntry) -> Bool {
        entry.makesAbsolute && !location.isEmpty && location[0] == 0x2f
    }

    private func appendAbsolute(
        _ location: Piece, _ entry: ScopeEntry, _ record: borrowing ExchangeRecord, _ outgoing: Outgoing,
        to out: inout ByteBuffer
    ) {
        out.append(name: "Location", outgoing)
        appendOrigin(entry, record, to: &out)
        appendLine(location, record, to: &out)
    }

    /// `http://host:port` of this server, as its clients reach it.
    private func appendOrigin(_ entry: ScopeEntry, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer) {
        let isTLS = record.asked.connection.isTLS
        out.append(isTLS ? "https://" : "http://")
        if entry.usesServerName {
            out.append(literals, servers[record.route.server].primaryName)
        } else if let host = record.asked.facts.host {
            out.append(lowercased: record.asked.head.span(host.name))
        } else {
            record.asked.connection.local.appendHost(to: &out)
        }
        let port = record.asked.connection.local.port
        if entry.showsPort && port > 0 && port != (isTLS ? 443 : 80) {
            out.append(0x3a)
            out.append(decimal: port)
        }
    }

    /// Applies `proxy_redirect` to the upstream's Location. Only a rewritten one may be made absolute, and then it
    /// stands
    /// here, before the connection fields. True where it is done.
    private func appendAbsoluteLocation(
        _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        to out: inout ByteBuffer
    ) -> Bool {
        guard !entry.redirects.isEmpty, !entry.hiddenFields.contains(KnownField.location.rawValue),
            let value = record.answer.head.firstValue(of: .location)
        else { return false }
        let start = out.count
        let kind = RewriteKind.prefix(from: 0)
        if !appendRewritten(Piece(.answer, value), entry.redirects, kind, &record, moment, to: &out) { return false }
        let isAbsolute = isMadeAbsolute(out.span(ByteRange(start, out.count)), entry)
        let location = record.keep(out.span(ByteRange(start, out.count)))
        out.truncate(to: start)
        if isAbsolute {
            appendAbsolute(location, entry, record, outgoing, to: &out)
        } else {
            out.append(name: "Location", outgoing)
            appendLine(location, record, to: &out)
        }
        return true
    }

    /// Appends a Location's value and its line end.
    private func appendLine(_ location: Piece, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer) {
        let start = out.count
        out.append(record.span(location))
        out.makeURI(from: start, spaces: false)
        out.append("\r\n")
    }
}

extension ByteBuffer {
    /// Appends a field's name with colon and space, in lower case for HTTP/2.
    mutating func append(name: StaticString, _ outgoing: Outgoing) {
        let start = count
        append(name)
        if outgoing.isHTTP2 {
            for index in start..<count { self[index] = ASCII.lowercased(self[index]) }
        }
        append(": ")
    }

    /// The same for a name that is not known before.
    package mutating func append(name: Span<UInt8>, lowercased: Bool) {
        if lowercased { append(lowercased: name) } else { append(name) }
        append(": ")
    }
}
