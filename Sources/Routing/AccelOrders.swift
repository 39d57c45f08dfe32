import Bytes
import Configuration
import HTTP

/// The X-Accel fields of an upstream's head, but for those that `proxy_ignore_headers` names.
package struct AccelOrders: Equatable, Sendable {
    /// X-Accel-Redirect: where the request goes instead; a URI or `@name`. Absent where there is none.
    package var redirect = Piece.absent
    /// X-Accel-Buffering.
    package var buffering: Bool?
    /// X-Accel-Limit-Rate: bytes a second, 0 for no limit.
    package var limitRate: Int?
    package init() {}
}

extension RoutingTable {
    /// What the upstream's final head (`record.answer`) tells the proxy itself to do.
    package func orders(_ record: borrowing ExchangeRecord) -> AccelOrders {
        var orders = AccelOrders()
        let ignored = scopes[record.route.location].ignoredFields
        for index in 0..<record.answer.head.fieldCount {
            let field = record.answer.head[index]
            if field.known == 0 || field.isIgnored { continue }
            switch field.knownField {
            case .xAccelRedirect where !ignored.contains(.accelRedirect) && !field.value.isEmpty:
                orders.redirect = Piece(.answer, field.value)
            case .xAccelBuffering where !ignored.contains(.accelBuffering):
                let value = record.answer.head.span(field.value)
                if value.equalsIgnoringCase("yes") { orders.buffering = true }
                if value.equalsIgnoringCase("no") { orders.buffering = false }
            case .xAccelLimitRate where !ignored.contains(.accelLimitRate):
                if let rate = record.answer.head.span(field.value).decimal { orders.limitRate = Int(rate) }
            default: break
            }
        }
        return orders
    }

    /// Takes the request where X-Accel-Redirect says (nginx: the method becomes GET, or stays HEAD). Then `route` goes
    /// on. Called before the upstream's head is released.
    package func follow(
        redirect: Piece, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteTrouble? {
        carryOn(&record, moment, &pool)
        let target = record.keepCopy(of: redirect)
        if !target.isEmpty, record.span(target)[0] == 0x40 {
            var name = pool.take(atLeast: target.count)
            name.append(record.span(target))
            let trouble = enterNamed(&record, name.span)
            pool.give(name)
            return trouble
        }
        let (uri, arguments) = splitArguments(target, record)
        if record.route.method != .head {
            record.route.method = .get
            record.route.methodName = record.keep("GET")
        }
        return redirectInternally(&record, uri: normalised(uri, &record), arguments: arguments) ? nil : .redirectCycle
    }

    /// What the response keeps wherever it comes from (nginx: the fields that are marked for redirects).
    private func carryOn(_ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool) {
        let editsCookies = entries[record.route.location].editsCookies
        let before = record.answer.carried
        carry(&record) { field in
            switch field {
            case .setCookie: !editsCookies
            case .contentDisposition, .cacheControl, .expires: true
            default: false
            }
        }
        if editsCookies || !before.isEmpty { carryMore(before, editsCookies, &record, moment, &pool) }
        if let type = record.answer.head.firstValue(of: .contentType) {
            record.answer.carriedType = record.keepCopy(of: Piece(.answer, type))
        }
    }

    /// Puts what was carried before in front, and adds the cookies as the location's rules want them.
    private func carryMore(
        _ before: Piece, _ editsCookies: Bool, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        _ pool: inout BufferPool
    ) {
        let entry = entries[record.route.location]
        var lines = pool.take(atLeast: 512)
        lines.append(record.span(before))
        lines.append(record.span(record.answer.carried))
        for index in 0..<record.answer.head.fieldCount where editsCookies {
            let field = record.answer.head[index]
            if field.knownField != .setCookie || !field.isForwarded { continue }
            lines.append("Set-Cookie: ")
            let start = lines.count
            appendCookie(Piece(.answer, field.value), entry, &record, moment, to: &lines)
            lines.makeFieldValue(from: start)
            lines.append("\r\n")
        }
        record.answer.carried = record.keep(lines.span)
        pool.give(lines)
    }

    /// The URI decoded and without dot segments; as it is where it is no valid path.
    private func normalised(_ uri: Piece, _ record: inout ExchangeRecord) -> Piece {
        if TargetNormalizer.isNormal(record.span(uri)) { return uri }
        var scratch = ByteBuffer()
        let merges = servers[record.route.server].mergesSlashes
        if !TargetNormalizer.append(record.span(uri), mergesSlashes: merges, to: &scratch) { return uri }
        return record.keep(scratch.span)
    }
}
