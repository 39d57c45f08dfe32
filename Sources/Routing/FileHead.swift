import Bytes
import Configuration
import HTTP
import Platform

/// What of a file a request gets (RFC 9110 §13 and §14).
package enum FileShare: Equatable, Sendable {
    /// All of it.
    case whole
    /// The bytes from the first offset up to, and not including, the second: 206.
    case part(Int64, Int64)
    /// The client has it: 304.
    case notModified
    /// It is not the one that the client means: 412.
    case preconditionFailed
    /// There are no such bytes: 416.
    case unsatisfiable
}

/// The settings of a location about files, as `FileShare` and heads need them.
struct FileRules: Sendable {
    /// nginx: index; in `fileIndexes`.
    var indexes = Run()
    var hasETag = true
    var ifModifiedSince = IfModifiedSince.exact
    var rangeLimit = Int(Int32.max)
}

extension RoutingTable {
    /// What of the file the request gets. Conditions and ranges count where the response would be a 200.
    package func share(of facts: FileFacts, _ record: borrowing ExchangeRecord) -> FileShare {
        let status = record.route.errorStatus
        if status != 0 && status != 200 { return .whole }
        let rules = entries[record.route.location].files
        var tag = ByteBuffer()
        if rules.hasETag { Self.appendTag(facts, to: &tag) }
        if isRefused(record, facts, tag.span) { return .preconditionFailed }
        if isKnown(record, rules, facts, tag.span) { return .notModified }
        guard rules.rangeLimit > 0, let range = record.asked.head.firstValue(of: .range) else { return .whole }
        if let validator = record.asked.head.firstValue(of: .ifRange),
            !Self.confirms(record.asked.head.span(validator), facts, tag.span)
        {
            return .whole
        }
        switch RangeRequest(record.asked.head.span(range), of: facts.sizeBytes, limit: rules.rangeLimit) {
        case .whole: return .whole
        case .part(let start, let end): return .part(start, end)
        case .unsatisfiable: return .unsatisfiable
        }
    }

    /// Appends the head of a response that is a file, or 304 for it: status `record.answer.status`.
    ///
    /// - Parameters:
    ///   - part: the bytes that a 206 has
    ///   - contentType: empty for no `Content-Type`
    package func appendFileHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing, _ facts: FileFacts,
        part: (start: Int64, end: Int64)?, contentType: Span<UInt8>, to out: inout ByteBuffer
    ) {
        let entry = entries[record.route.location]
        settleStatus(&record)
        let status = record.answer.status
        if !outgoing.isHTTP2 { appendStatusLine(status, to: &out) }
        let fieldsStart = out.count
        appendServer(entry, outgoing, to: &out)
        appendDate(moment, outgoing, to: &out)
        if !contentType.isEmpty && status != 304 {
            out.append(name: "Content-Type", outgoing)
            out.append(contentType)
            out.append("\r\n")
        }
        appendLength(outgoing, to: &out)
        record.answer.modifiedSeconds = facts.modifiedSeconds
        let isSafe = Self.isSafe(status)
        let isOne = status == 200 || status == 206 || status == 304
        if isOne && !(entry.replacesLastModified && replaces(.lastModified, entry, isSafe)) {
            out.append(name: "Last-Modified", outgoing)
            HTTPDate.append(unixSeconds: facts.modifiedSeconds, to: &out)
            out.append("\r\n")
        }
        appendConnection(entry, status, outgoing, to: &out)
        if entry.files.hasETag && !(entry.replacesETag && replaces(.etag, entry, isSafe)) {
            out.append(name: "ETag", outgoing)
            Self.appendTag(facts, to: &out)
            out.append("\r\n")
        }
        var extra = ByteBuffer()
        if let part {
            appendContentRange(part, of: facts.sizeBytes, outgoing, to: &extra)
        } else if status == 200 && entry.files.rangeLimit > 0 {
            extra.append(name: "Accept-Ranges", outgoing)
            extra.append("bytes\r\n")
        }
        finish(entry, &record, moment, outgoing, extra: extra.span, from: fieldsStart, to: &out)
    }

    /// Appends the Content-Range line of a 206; of a 416 without a part.
    package func appendContentRange(
        _ part: (start: Int64, end: Int64)?, of count: Int64, _ outgoing: Outgoing, to out: inout ByteBuffer
    ) {
        out.append(name: "Content-Range", outgoing)
        out.append("bytes ")
        if let part {
            out.append(decimal: part.start)
            out.append(0x2d)
            out.append(decimal: part.end - 1)
        } else {
            out.append(0x2a)
        }
        out.append(0x2f)
        out.append(decimal: count)
        out.append("\r\n")
    }

    /// A file's entity tag: its time and its size in hexadecimal (nginx: etag).
    private static func appendTag(_ facts: FileFacts, to out: inout ByteBuffer) {
        out.append(0x22)
        out.append(hex: UInt64(bitPattern: Int64(facts.modifiedSeconds)))
        out.append(0x2d)
        out.append(hex: UInt64(facts.sizeBytes))
        out.append(0x22)
    }

    // MARK: conditions

    /// If-Unmodified-Since and If-Match. A date that is none does not count (RFC 9110 §13.1.4).
    private func isRefused(_ record: borrowing ExchangeRecord, _ facts: FileFacts, _ tag: Span<UInt8>) -> Bool {
        if let value = record.asked.head.firstValue(of: .ifUnmodifiedSince),
            let since = HTTPDate.unixSeconds(record.asked.head.span(value)), since < facts.modifiedSeconds
        {
            return true
        }
        guard let list = record.asked.head.firstValue(of: .ifMatch) else { return false }
        return !EntityTag.matches(record.asked.head.span(list), tag, weakly: false)
    }

    /// If-Modified-Since and If-None-Match: where both are there, both must say so (nginx).
    private func isKnown(
        _ record: borrowing ExchangeRecord, _ rules: FileRules, _ facts: FileFacts, _ tag: Span<UInt8>
    ) -> Bool {
        let since = record.asked.head.firstValue(of: .ifModifiedSince)
        let list = record.asked.head.firstValue(of: .ifNoneMatch)
        if since == nil && list == nil { return false }
        if let since {
            guard let seconds = HTTPDate.unixSeconds(record.asked.head.span(since)) else { return false }
            switch rules.ifModifiedSince {
            case .off: return false
            case .exact: if seconds != facts.modifiedSeconds { return false }
            case .before: if seconds < facts.modifiedSeconds { return false }
            }
        }
        if let list, !EntityTag.matches(record.asked.head.span(list), tag, weakly: true) { return false }
        return true
    }

    /// Whether an If-Range field names this very file: by its tag, or by its time.
    private static func confirms(_ validator: Span<UInt8>, _ facts: FileFacts, _ tag: Span<UInt8>) -> Bool {
        if validator.count >= 2 && validator[validator.count - 1] == 0x22 { return validator.equals(tag) }
        return HTTPDate.unixSeconds(validator) == facts.modifiedSeconds
    }
}
