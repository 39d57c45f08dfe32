import Bytes
import Configuration
import HTTP

/// How a rule finds what it replaces in a field's value.
enum RewriteKind {
    /// The part from that offset on must begin with the rule's value, which is replaced (`proxy_redirect`, paths).
    case prefix(from: Int)
    /// All of the value but for a dot before it, in any case (`proxy_cookie_domain`).
    case domain
}

extension RoutingTable {
    /// Appends a field's value as the first rule that applies rewrites it; false (and nothing appended) where none
    /// does.
    func appendRewritten(
        _ value: Piece, _ rules: Run, _ kind: RewriteKind, _ record: inout ExchangeRecord,
        _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        var before = 0
        switch kind {
        case .prefix(let start): before = start
        case .domain: if !value.isEmpty, record.span(value)[0] == 0x2e { before = 1 }
        }
        let subject = value.dropping(before)
        for index in rules.indices {
            let rule = redirects[index]
            let start = out.count
            if rule.pattern >= 0 {
                // A pattern sees the whole domain, and what it replaces is all that it saw.
                let seen = isDomain(kind) ? value : subject
                if match(Int(rule.pattern), seen, &record) != .matched { continue }
                if !isDomain(kind) { out.append(record.span(value.part(ByteRange(0, before)))) }
                append(rule.replacement, &record, moment, to: &out)
                return true
            }
            append(rule.match, &record, moment, to: &out)
            let count = out.count - start
            let applies = Self.applies(out.span(ByteRange(start, out.count)), record.span(subject), kind)
            out.truncate(to: start)
            if !applies { continue }
            out.append(record.span(value.part(ByteRange(0, before))))
            append(rule.replacement, &record, moment, to: &out)
            out.append(record.span(subject.dropping(count)))
            return true
        }
        return false
    }

    private func isDomain(_ kind: RewriteKind) -> Bool {
        if case .domain = kind { return true }
        return false
    }

    private static func applies(_ match: Span<UInt8>, _ subject: Span<UInt8>, _ kind: RewriteKind) -> Bool {
        switch kind {
        case .prefix: match.count <= subject.count && match.equals(subject.extracting(0..<match.count))
        case .domain: match.count == subject.count && match.equalsIgnoringCase(subject)
        }
    }

    // MARK: cookies

    /// Appends a Set-Cookie value with `proxy_cookie_domain`, `_path` and `_flags` applied; as it is where none
    /// applies.
    func appendCookie(
        _ value: Piece, _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) {
        let start = out.count
        var attributes = CookieAttributes(record.span(value))
        guard let first = attributes.next(record.span(value)), first.hasValue else {
            return out.append(record.span(value))
        }
        var flags = cookieFlags(named: value.part(first.name), entry, &record, moment, &out)
        var changed = !flags.isEmpty
        append(first, value, record, to: &out)
        while let attribute = attributes.next(record.span(value)) {
            let part = Self.part(record.span(value.part(attribute.name)), hasValue: attribute.hasValue)
            switch flags.edit(
                record.span(value.part(attribute.name)), record.span(value.part(attribute.value)))
            {
            case .drop: continue
            case .sameSite(let word):
                out.append("; SameSite=")
                out.append(word)
                continue
            case .keep: break
            }
            out.append("; ")
            switch part {
            case .domain: append(attribute, value, entry.cookieDomains, .domain, &changed, &record, moment, to: &out)
            case .path:
                append(attribute, value, entry.cookiePaths, .prefix(from: 0), &changed, &record, moment, to: &out)
            case .other: append(attribute, value, record, to: &out)
            }
        }
        if !changed {
            out.truncate(to: start)
            return out.append(record.span(value))
        }
        flags.appendMissing(to: &out)
    }

    private enum CookiePart { case domain, path, other }

    private static func part(_ name: Span<UInt8>, hasValue: Bool) -> CookiePart {
        if !hasValue { return .other }
        return name.equalsIgnoringCase("domain") ? .domain : name.equalsIgnoringCase("path") ? .path : .other
    }

    private func append(
        _ attribute: CookieAttributes.Attribute, _ value: Piece, _ record: borrowing ExchangeRecord,
        to out: inout ByteBuffer
    ) {
        out.append(record.span(value.part(attribute.name)))
        if !attribute.hasValue { return }
        out.append(0x3d)
        out.append(record.span(value.part(attribute.value)))
    }

    private func append(
        _ attribute: CookieAttributes.Attribute, _ value: Piece, _ rules: Run, _ kind: RewriteKind,
        _ changed: inout Bool, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        let start = out.count
        out.append(record.span(value.part(attribute.name)))
        out.append(0x3d)
        let part = value.part(attribute.value)
        if !rules.isEmpty, appendRewritten(part, rules, kind, &record, moment, to: &out) {
            changed = true
            return
        }
        out.truncate(to: start)
        append(attribute, value, record, to: &out)
    }

    /// The flags of the first `proxy_cookie_flags` that the cookie's name matches.
    private func cookieFlags(
        named name: Piece, _ entry: ScopeEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        _ out: inout ByteBuffer
    ) -> CookieFlags {
        var flags = CookieFlags()
        for index in entry.cookieFlags.indices {
            let rule = cookieFlags[index]
            let start = out.count
            if rule.pattern >= 0 {
                if match(Int(rule.pattern), name, &record) != .matched { continue }
            } else {
                append(rule.match, &record, moment, to: &out)
                let same = out.span(ByteRange(start, out.count)).equalsIgnoringCase(record.span(name))
                out.truncate(to: start)
                if !same { continue }
            }
            for word in rule.flags.indices {
                append(cookieFlagValues[word], &record, moment, to: &out)
                flags.take(out.span(ByteRange(start, out.count)))
                out.truncate(to: start)
            }
            break
        }
        return flags
    }
}

/// The parts of a Set-Cookie value: the cookie itself first, then its attributes (RFC 6265 §5.2).
struct CookieAttributes {
    private var position = 0
    private let end: Int

    struct Attribute {
        var name: ByteRange
        var value = ByteRange.empty
        var hasValue = false
    }

    init(_ value: Span<UInt8>) { end = value.count }

    mutating func next(_ value: Span<UInt8>) -> Attribute? {
        if position > end { return nil }
        let last = value.firstIndex(of: 0x3b, from: position) ?? end
        let equals = value.extracting(0..<last).firstIndex(of: 0x3d, from: position)
        var attribute = Attribute(name: Self.trimmed(value, position, equals ?? last))
        if let equals {
            attribute.value = Self.trimmed(value, equals + 1, last)
            attribute.hasValue = true
        }
        position = last + 1
        return attribute
    }

    private static func trimmed(_ value: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        var (start, end) = (start, end)
        while start < end && value[start] == ASCII.space { start += 1 }
        while end > start && value[end - 1] == ASCII.space { end -= 1 }
        return ByteRange(start, end)
    }
}

/// What `proxy_cookie_flags` asks for one cookie.
struct CookieFlags {
    private enum Switch { case unset, on, off }
    private enum SameSite { case unset, strict, lax, none, off }
    private var secure = Switch.unset
    private var httpOnly = Switch.unset
    private var sameSite = SameSite.unset
    private(set) var isEmpty = true

    /// What becomes of an attribute.
    enum Edit {
        case keep, drop
        case sameSite(StaticString)
    }

    /// Takes one word of the directive in; unknown ones do nothing.
    mutating func take(_ word: Span<UInt8>) {
        if word.equalsIgnoringCase("secure") {
            secure = .on
        } else if word.equalsIgnoringCase("nosecure") {
            secure = .off
        } else if word.equalsIgnoringCase("httponly") {
            httpOnly = .on
        } else if word.equalsIgnoringCase("nohttponly") {
            httpOnly = .off
        } else if word.equalsIgnoringCase("samesite=strict") {
            sameSite = .strict
        } else if word.equalsIgnoringCase("samesite=lax") {
            sameSite = .lax
        } else if word.equalsIgnoringCase("samesite=none") {
            sameSite = .none
        } else if word.equalsIgnoringCase("nosamesite") {
            sameSite = .off
        } else {
            return
        }
        isEmpty = false
    }

    /// What becomes of an attribute that is there; one that is wanted is not added again.
    mutating func edit(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Edit {
        if name.equalsIgnoringCase("secure") { return Self.edit(&secure) }
        if name.equalsIgnoringCase("httponly") { return Self.edit(&httpOnly) }
        if !name.equalsIgnoringCase("samesite") { return .keep }
        let word: StaticString
        let same: Bool
        switch sameSite {
        case .unset: return .keep
        case .off: return .drop
        case .strict: (word, same) = ("Strict", value.equalsIgnoringCase("strict"))
        case .lax: (word, same) = ("Lax", value.equalsIgnoringCase("lax"))
        case .none: (word, same) = ("None", value.equalsIgnoringCase("none"))
        }
        sameSite = .unset
        return same ? .keep : .sameSite(word)
    }

    private static func edit(_ flag: inout Switch) -> Edit {
        switch flag {
        case .unset: return .keep
        case .off: return .drop
        case .on:
            flag = .unset
            return .keep
        }
    }

    /// Appends the attributes that are wanted and were not there.
    func appendMissing(to out: inout ByteBuffer) {
        if secure == .on { out.append("; Secure") }
        if httpOnly == .on { out.append("; HttpOnly") }
        switch sameSite {
        case .unset, .off: break
        case .strict: out.append("; SameSite=Strict")
        case .lax: out.append("; SameSite=Lax")
        case .none: out.append("; SameSite=None")
        }
    }
}
