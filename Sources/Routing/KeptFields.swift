import Bytes
import HTTP

// What stays of an upstream's response that sends the request elsewhere by X-Accel-Redirect: its media type, and fields
// that only the application knows (nginx: ngx_http_upstream_headers_in, the column "redirect").
extension RoutingTable {
    /// Keeps those fields of the upstream's head, cookies already rewritten.
    func keepFields(_ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool) {
        let entry = entries[record.route.location]
        var lines = pool.take(atLeast: 512)
        lines.append(record.span(record.answer.kept))
        for index in 0..<record.answer.head.fieldCount {
            let field = record.answer.head[index]
            if field.isIgnored || !field.isForwarded { continue }
            let value = Piece(.answer, field.value)
            switch field.knownField {
            case .contentType: record.answer.keptType = record.keepCopy(of: value)
            case .setCookie where entry.editsCookies:
                lines.append("Set-Cookie: ")
                let start = lines.count
                appendCookie(value, entry, &record, moment, to: &lines)
                lines.makeFieldValue(from: start)
                lines.append("\r\n")
            case .setCookie, .contentDisposition, .cacheControl, .expires:
                lines.append(record.answer.head.span(field.name))
                lines.append(": ")
                lines.append(record.span(value))
                lines.append("\r\n")
            default: break
            }
        }
        record.answer.kept = record.keep(lines.span)
        pool.give(lines)
    }

    /// Appends the kept lines; not those that `expires` replaces.
    func appendKept(
        _ record: borrowing ExchangeRecord, expires: Bool, _ outgoing: Outgoing, to out: inout ByteBuffer
    ) {
        let lines = record.span(record.answer.kept)
        var start = 0
        while start < lines.count, let colon = lines.firstIndex(of: ASCII.colon, from: start),
            let end = lines.firstIndex(of: ASCII.lf, from: colon)
        {
            let name = lines.extracting(start..<colon)
            let known = KnownField(name: name)
            if !expires || known != .expires && known != .cacheControl {
                out.append(name: name, lowercased: outgoing.isHTTP2)
                out.append(lines.extracting(colon + 2..<end + 1))
            }
            start = end + 1
        }
    }
}
