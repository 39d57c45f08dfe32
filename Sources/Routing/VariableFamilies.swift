import Bytes
import Configuration
import HTTP

// Variables whose names go on: `$http_NAME`, `$arg_NAME`. The rest of the name is in lower case, with `_` for `-`.
extension RoutingTable {
    /// Appends a member of a family; false where there is no such thing.
    func append(
        _ prefix: VariablePrefix, name: Span<UInt8>, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) -> Bool {
        switch prefix {
        case .argument:
            guard let value = argument(name, in: record.span(record.route.arguments)) else { return false }
            out.append(record.span(record.route.arguments).part(value))
            return true
        case .http: return append(fieldsOf: record.asked.head, named: name, to: &out)
        case .upstreamHTTP: return append(fieldsOf: record.answer.head, named: name, to: &out)
        case .sentHTTP: return append(linesOf: record.span(record.answer.sentHead), named: name, to: &out)
        case .upstreamTrailer: return append(linesOf: record.span(record.answer.trailers), named: name, to: &out)
        case .sentTrailer: return append(linesOf: record.span(record.answer.sentTrailers), named: name, to: &out)
        case .cookie: return appendCookie(name, record.asked.head, to: &out)
        case .upstreamCookie: return appendSetCookie(name, record.answer.head, to: &out)
        case .proxyProtocolTLV:
            return ProxyProtocolValues.append(name, in: record.span(record.asked.proxyProtocolValues), to: &out)
        }
    }

    /// Where the value of an argument stands: after `name=` at the start or behind an `&`, in any case.
    func argument(_ name: Span<UInt8>, in arguments: Span<UInt8>) -> ByteRange? {
        if name.isEmpty { return nil }
        var start = 0
        while start + name.count < arguments.count {
            let end = arguments.firstIndex(of: 0x26, from: start) ?? arguments.count
            let valueStart = start + name.count + 1
            if valueStart <= end, arguments[valueStart - 1] == 0x3d,
                arguments.extracting(start..<start + name.count).equalsIgnoringCase(name)
            {
                return ByteRange(valueStart, end)
            }
            start = end + 1
        }
        return nil
    }

    /// Whether a field's name is the one that a variable means.
    private func matches(_ field: Span<UInt8>, _ name: Span<UInt8>) -> Bool {
        if field.count != name.count { return false }
        for index in field.indices {
            let byte = field[index] == 0x2d ? 0x5f : ASCII.lowercased(field[index])
            if byte != name[index] { return false }
        }
        return true
    }

    /// The values of all fields of that name, `, ` between them; of cookies `; `.
    private func append(
        fieldsOf head: borrowing FieldBlock, named name: Span<UInt8>, to out: inout ByteBuffer
    ) -> Bool {
        var found = false
        for index in 0..<head.fieldCount {
            let field = head[index]
            if field.name.count != name.count || field.isIgnored || !matches(head.span(field.name), name) { continue }
            if found { out.append(field.knownField == .cookie ? "; " : ", ") }
            out.append(head.span(field.value))
            found = true
        }
        return found
    }

    /// The same for a known name, whose lines carry its number.
    func append(fieldsOf head: borrowing FieldBlock, known: UInt8, to out: inout ByteBuffer) -> Bool {
        var found = false
        for index in 0..<head.fieldCount {
            let field = head[index]
            if field.known != known || field.isIgnored { continue }
            if found { out.append(field.knownField == .cookie ? "; " : ", ") }
            out.append(head.span(field.value))
            found = true
        }
        return found
    }

    /// The same for whole field lines.
    private func append(linesOf lines: Span<UInt8>, named name: Span<UInt8>, to out: inout ByteBuffer) -> Bool {
        var found = false
        var start = 0
        while start < lines.count {
            let end = lines.firstIndex(of: ASCII.lf, from: start) ?? lines.count
            let nameEnd = start + name.count
            if nameEnd < end, lines[nameEnd] == ASCII.colon, matches(lines.extracting(start..<nameEnd), name) {
                var from = nameEnd + 1
                while from < end && lines[from] == ASCII.space { from += 1 }
                let last = end > from && lines[end - 1] == ASCII.cr ? end - 1 : end
                if found { out.append(", ") }
                out.append(lines.extracting(from..<last))
                found = true
            }
            start = end + 1
        }
        return found
    }

    /// The value of a cookie of the request; names are compared in any case.
    private func appendCookie(_ name: Span<UInt8>, _ head: borrowing FieldBlock, to out: inout ByteBuffer) -> Bool {
        for index in 0..<head.fieldCount where head[index].knownField == .cookie && !head[index].isIgnored {
            let line = head.span(head[index].value)
            var start = 0
            while start < line.count {
                let end = line.firstIndex(of: 0x3b, from: start) ?? line.count
                if let value = pairValue(name, in: line, from: start, upTo: end) {
                    out.append(line.part(value))
                    return true
                }
                start = end + 1
                while start < line.count && line[start] == ASCII.space { start += 1 }
            }
        }
        return false
    }

    private func appendSetCookie(_ name: Span<UInt8>, _ head: borrowing FieldBlock, to out: inout ByteBuffer) -> Bool {
        for index in 0..<head.fieldCount where head[index].knownField == .setCookie {
            let line = head.span(head[index].value)
            let end = line.firstIndex(of: 0x3b) ?? line.count
            if let value = pairValue(name, in: line, from: 0, upTo: end) {
                out.append(line.part(value))
                return true
            }
        }
        return false
    }

    /// Where the value of `name=value` stands, if that is what stands there.
    private func pairValue(_ name: Span<UInt8>, in line: Span<UInt8>, from start: Int, upTo end: Int) -> ByteRange? {
        var index = start + name.count
        if index >= end || !line.extracting(start..<index).equalsIgnoringCase(name) { return nil }
        while index < end && line[index] == ASCII.space { index += 1 }
        if index == end || line[index] != 0x3d { return nil }
        index += 1
        while index < end && line[index] == ASCII.space { index += 1 }
        return ByteRange(index, end)
    }

    /// The values of all fields of a known name, `, ` between them.
    func appendField(_ known: KnownField, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer) -> Bool {
        append(fieldsOf: record.asked.head, known: known.rawValue, to: &out)
    }
}

extension FieldBlock {
    /// The value of the first field of that name that is not ignored.
    func firstValue(of known: KnownField) -> ByteRange? {
        for index in 0..<fieldCount {
            let field = self[index]
            if field.known == known.rawValue && !field.isIgnored { return field.value }
        }
        return nil
    }
}

/// The type-length-values of a PROXY protocol header, version 2 (haproxy.org: proxy-protocol.txt, §2.2).
enum ProxyProtocolValues {
    /// Appends the value that `name` means: one of nginx's words, or the type in hexadecimal, `0xae`; with `ssl_`
    /// before
    /// it, one inside the TLS value.
    static func append(_ name: Span<UInt8>, in values: Span<UInt8>, to out: inout ByteBuffer) -> Bool {
        var prefix = ByteRange.empty
        var values = values
        if name.count > 4, name.extracting(0..<4).equals("ssl_") {
            prefix = ByteRange(0, 4)
            guard let tls = find(0x20, in: values), tls.count >= 5 else { return false }
            values = values.part(tls)
            if name.extracting(4..<name.count).equals("verify") {
                var number: UInt32 = 0
                for index in 1..<5 { number = number << 8 | UInt32(values[index]) }
                out.append(decimal: number)
                return true
            }
            values = values.extracting(5..<values.count)
        }
        let rest = name.extracting(prefix.count..<name.count)
        guard let type = type(rest, inTLS: !prefix.isEmpty), let range = find(type, in: values) else { return false }
        out.append(values.part(range))
        return true
    }

    private static func find(_ type: UInt64, in values: Span<UInt8>) -> ByteRange? {
        var index = 0
        while index + 3 <= values.count {
            let count = Int(values[index + 1]) << 8 | Int(values[index + 2])
            if index + 3 + count > values.count { return nil }
            if UInt64(values[index]) == type { return ByteRange(start: index + 3, count: count) }
            index += 3 + count
        }
        return nil
    }

    private static func type(_ name: Span<UInt8>, inTLS: Bool) -> UInt64? {
        if name.count > 2, name.count <= 18, name.extracting(0..<2).equals("0x") {
            var type: UInt64 = 0
            for index in 2..<name.count {
                guard let digit = ASCII.hexValue(name[index]) else { return nil }
                type = type << 4 | UInt64(digit)
            }
            return type
        }
        if inTLS {
            if name.equals("version") { return 0x21 }
            if name.equals("cn") { return 0x22 }
            if name.equals("cipher") { return 0x23 }
            if name.equals("sig_alg") { return 0x24 }
            return name.equals("key_alg") ? 0x25 : nil
        }
        if name.equals("alpn") { return 1 }
        if name.equals("authority") { return 2 }
        if name.equals("unique_id") { return 5 }
        if name.equals("ssl") { return 0x20 }
        return name.equals("netns") ? 0x30 : nil
    }
}
