import Bytes
import Configuration
import HTTP

extension ValuePart {
    /// Whether it may ask for a field that was sent; slots may hide such a variable.
    fileprivate var readsSentHead: Bool {
        switch self {
        case .variable(.prefixed(.sentHTTP, _)), .variable(.prefixed(.sentTrailer, _)), .variable(.slot): true
        default: false
        }
    }
}

extension TableBuilder {
    /// Compiles the location at `index`. An enclosing one was compiled before.
    mutating func addScope(_ index: Int) {
        let settings = model.locations[index]
        var entry = ScopeEntry()
        entry.name = values.literal(settings.match.name)
        if case .prefix(_, true) = settings.match { entry.skipsPatterns = true }
        entry.isInternal = settings.isInternal
        entry.program = program(settings.steps, inServer: settings.match == .server)
        addLocations(settings.children, to: &entry)
        addAccess(settings, to: &entry)
        addErrorPages(settings, to: &entry)
        addFiles(settings, to: &entry)
        addProxy(settings, index, to: &entry)
        addProxyHead(settings.proxy, to: &entry)
        addResponse(settings, to: &entry)
        addLogs(settings.logs, to: &entry)
        scopes.append(Settled(Scope(settings)))
        entries.append(entry)
    }

    // MARK: locations

    private mutating func addLocations(_ table: LocationTable, to entry: inout ScopeEntry) {
        var byName: [[UInt8]: PrefixEntry] = [:]
        for location in table.prefixes {
            let settings = model.locations[location]
            let name = settings.match.name
            var prefix = byName[name] ?? PrefixEntry(name: values.literal(name))
            if case .exact = settings.match {
                if prefix.exact < 0 { prefix.exact = Int32(location) }
            } else if prefix.prefix < 0 {
                prefix.prefix = Int32(location)
            }
            if name.last == 0x2f, case .proxy = settings.content { prefix.redirects = true }
            byName[name] = prefix
        }
        let first = prefixes.count
        let sorted = byName.keys.sorted { $0.lexicographicallyPrecedes($1) }
        for (offset, name) in sorted.enumerated() {
            guard var prefix = byName[name] else { continue }
            for other in stride(from: offset - 1, through: 0, by: -1)
            where prefixes[first + other].prefix >= 0 && name.starts(with: sorted[other]) {
                prefix.parent = Int32(first + other)
                break
            }
            if prefix.redirects { entry.hasRedirects = true }
            prefixes.append(prefix)
        }
        entry.prefixes = Run(from: first, upTo: prefixes.count)
        let firstPattern = locationPatterns.count
        for location in table.patterns {
            guard case .pattern(let pattern) = model.locations[location].match else { continue }
            locationPatterns.append(PatternChoice(pattern: Int32(pattern), number: Int32(location)))
        }
        entry.patterns = Run(from: firstPattern, upTo: locationPatterns.count)
        let firstNamed = namedLocations.count
        namedLocations += table.named.map { Int32($0) }
        entry.named = Run(from: firstNamed, upTo: namedLocations.count)
    }

    private mutating func addAccess(_ settings: LocationSettings, to entry: inout ScopeEntry) {
        let first = accessRules.count
        accessRules += settings.access.rules
        entry.accessRules = Run(from: first, upTo: accessRules.count)
        if let limit = settings.limitExcept {
            let firstMethod = limitedMethods.count
            limitedMethods += limit.methods.map { values.literal($0) }
            if limit.methods.contains(Array("GET".utf8)) { limitedMethods.append(values.literal(Array("HEAD".utf8))) }
            entry.limitedMethods = Run(from: firstMethod, upTo: limitedMethods.count)
            entry.limitScope = Int32(limit.location)
        }
        let firstTrusted = trusted.count
        trusted += settings.realIP.trusted
        entry.trusted = Run(from: firstTrusted, upTo: trusted.count)
        if case .field(let name) = settings.realIP.header { entry.realIPHeader = values.literal(name) }
        entry.realIPIsRecursive = settings.realIP.isRecursive
    }

    private mutating func addErrorPages(_ settings: LocationSettings, to entry: inout ScopeEntry) {
        let first = errorPages.count
        for page in settings.response.errorPages {
            let kind: ErrorPageEntry.Kind
            let value: Value
            switch page.target {
            case .uri(let target): (kind, value) = (.uri, values.value(target))
            case .named(let name): (kind, value) = (.named, Value(literal: values.literal(name)))
            case .redirect(let target): (kind, value) = (.redirect, values.value(target))
            }
            let answer: Int32
            switch page.answer {
            case .unchanged: answer = -1
            case .ofTarget: answer = 0
            case .fixed(let status): answer = Int32(status)
            }
            for code in page.codes {
                errorPages.append(ErrorPageEntry(code: Int32(code), answer: answer, kind: kind, value: value))
            }
        }
        entry.errorPages = Run(from: first, upTo: errorPages.count)
        entry.recursesErrorPages = settings.response.recursiveErrorPages
    }

    private mutating func addFiles(_ settings: LocationSettings, to entry: inout ScopeEntry) {
        entry.root = values.value(settings.files.root)
        if let count = settings.files.aliasedBytes {
            entry.aliasedBytes = Int32(count)
            if case .pattern = settings.match { entry.aliasedBytes = -2 }
        }
        entry.types = types.indices.contains(settings.files.types) ? types[settings.files.types] : NameTable()
        entry.defaultType = values.literal(settings.files.defaultType)
        let firstIndex = fileIndexes.count
        fileIndexes += settings.files.index.map { values.value($0) }
        entry.files = FileRules(
            indexes: Run(from: firstIndex, upTo: fileIndexes.count), hasETag: settings.response.etag,
            ifModifiedSince: settings.response.ifModifiedSince, rangeLimit: settings.response.maxRanges)
        guard let tryFiles = settings.tryFiles else { return }
        let first = candidates.count
        for candidate in tryFiles.candidates {
            candidates.append(FileCandidate(value: values.value(candidate.value), isDirectory: candidate.isDirectory))
        }
        entry.candidates = Run(from: first, upTo: candidates.count)
        switch tryFiles.fallback {
        case .status(let status): entry.fallback = .status(Int32(status))
        case .uri(let uri): entry.fallback = .uri(values.value(uri))
        case .named(let name): entry.fallback = .named(values.literal(name))
        }
    }

    private mutating func addLogs(_ logs: LogSettings, to entry: inout ScopeEntry) {
        let first = accessLogs.count
        for log in logs.accessLogs {
            var compiled = AccessLogEntry(format: Int32(log.format), condition: log.condition.map { values.value($0) })
            if case .variable(let path) = log.target { compiled.path = values.value(path) }
            accessLogs.append(compiled)
        }
        entry.accessLogs = Run(from: first, upTo: accessLogs.count)
        entry.logsRewriting = logs.rewriteLog
        entry.warnsUninitialized = logs.warnUninitialized
    }

    // MARK: proxying

    private mutating func addProxy(_ settings: LocationSettings, _ index: Int, to entry: inout ScopeEntry) {
        switch settings.content {
        case .files: entry.content = .files
        case .stubStatus: entry.content = .stubStatus
        case .report(.upstreams): entry.content = .upstreamStatus
        case .report(.metrics): entry.content = .metrics
        case .proxy(.variable(let url)):
            entry.content = .url
            entry.proxyURL = values.value(url)
        case .proxy(.group(let destination)):
            entry.content = .group
            entry.group = Int32(destination.group)
            entry.isTLS = destination.isTLS
            entry.proxyHost = values.literal(destination.host)
            entry.proxyPort = values.literal(destination.port)
            entry.hasProxyURI = destination.uri.map { !$0.isEmpty } ?? false
            entry.proxyURI = values.literal(destination.uri ?? [])
        }
        switch settings.match {
        case .exact(let name), .prefix(let name, _): entry.replacedCount = name.count
        case .ifBlock, .limitExcept:
            if settings.parent >= 0, settings.parent < entries.count {
                entry.replacedCount = entries[settings.parent].replacedCount
            }
        case .http, .server, .pattern, .named: break
        }
    }

    private mutating func addProxyHead(_ proxy: ProxySettings, to entry: inout ScopeEntry) {
        entry.method = proxy.method.map { values.value($0) }
        entry.body = proxy.setBody.map { values.value($0) }
        entry.passesRequestHeaders = proxy.passRequestHeaders
        entry.version = proxy.version
        entry.proxyLimitRate = proxy.limitRate.map { values.value($0) }
        // Never passed on from the client, as they are made anew (nginx's own list), or not at all.
        let made: [KnownField] = [
            .host, .connection, .proxyConnection, .contentLength, .transferEncoding, .te, .keepAlive, .expect, .upgrade,
        ]
        for field in made { entry.replacedFields.insert(field.rawValue) }
        let first = setFields.count
        var otherNames: [(name: ByteRange, number: Int)] = []
        for field in proxy.setFields {
            let known = KnownField(name: field.name.span)
            let value = values.value(field.value)
            if known == .host {
                entry.setHost = value
                continue
            }
            if known == .upgrade && !field.value.isEmpty { entry.passesUpgrade = true }
            if known != .none {
                entry.replacedFields.insert(known.rawValue)
            } else {
                otherNames.append((values.literal(field.name.map { ASCII.lowercased($0) }), 0))
            }
            setFields.append(SetField(name: values.literal(field.name), value: value, known: known.rawValue))
        }
        entry.setFields = Run(from: first, upTo: setFields.count)
        entry.replacedNames = names.add(otherNames, literals: values.literals)
    }

    // MARK: the response

    private mutating func addResponse(_ settings: LocationSettings, to entry: inout ScopeEntry) {
        let response = settings.response
        addHidden(settings.proxy.hiddenFields, to: &entry)
        entry.passesTrailers = settings.proxy.passTrailers
        entry.redirects = addRules(settings.proxy.redirects.map { ($0.match, $0.replacement) })
        entry.cookieDomains = addRules(settings.proxy.cookieDomains.map { ($0.match, $0.replacement) })
        entry.cookiePaths = addRules(settings.proxy.cookiePaths.map { ($0.match, $0.replacement) })
        let firstFlag = cookieFlags.count
        for rule in settings.proxy.cookieFlags {
            let (pattern, match) = compiled(rule.match)
            let first = cookieFlagValues.count
            cookieFlagValues += rule.flags.map { values.value($0) }
            cookieFlags.append(
                CookieFlagEntry(pattern: pattern, match: match, flags: Run(from: first, upTo: cookieFlagValues.count)))
        }
        entry.cookieFlags = Run(from: firstFlag, upTo: cookieFlags.count)
        entry.addedFields = addAdded(response.addedFields)
        // One that is empty is not sent, but asks for chunks like any other (nginx: likewise).
        entry.addedTrailers = addAdded(response.addedTrailers)
        for field in addedFields[entry.addedFields.indices] {
            if field.known == KnownField.lastModified.rawValue { entry.replacesLastModified = true }
            if field.known == KnownField.etag.rawValue { entry.replacesETag = true }
        }
        switch response.expires {
        case .off: entry.expires = .off
        case .epoch: entry.expires = .epoch
        case .maximum: entry.expires = .maximum
        case .access(let seconds): entry.expires = .after(seconds, modified: false)
        case .modified(let seconds): entry.expires = .after(seconds, modified: true)
        case .daily(let seconds): entry.expires = .daily(seconds)
        case .variable(let value, let modified): entry.expires = .variable(values.value(value), modified: modified)
        }
        entry.serverTokens = response.serverTokens
        entry.makesAbsolute = settings.redirect.absolute
        entry.usesServerName = settings.redirect.usesServerName
        entry.showsPort = settings.redirect.showsPort
        entry.keepAliveHeaderSeconds = settings.keepAlive.headerSeconds
        entry.limitRate = response.limitRate.map { values.value($0) }
        entry.limitRateAfter = response.limitRateAfter.map { values.value($0) }
        let firstHint = earlyHints.count
        earlyHints += response.earlyHints.map { values.value($0) }
        entry.earlyHints = Run(from: firstHint, upTo: earlyHints.count)
    }

    private mutating func addHidden(_ hidden: [[UInt8]], to entry: inout ScopeEntry) {
        var otherNames: [(name: ByteRange, number: Int)] = []
        for name in hidden {
            let known = KnownField(name: name.span)
            if known != .none {
                entry.hiddenFields.insert(known.rawValue)
            } else {
                otherNames.append((values.literal(name), 0))
            }
        }
        entry.hiddenNames = names.add(otherNames, literals: values.literals)
    }

    private mutating func addAdded(_ fields: [AddedField]) -> Run {
        let first = addedFields.count
        for field in fields {
            addedFields.append(
                AddedFieldEntry(
                    name: values.literal(field.name), value: values.value(field.value),
                    known: KnownField(name: field.name.span).rawValue, always: field.always,
                    readsSentHead: field.value.parts.contains(where: \.readsSentHead)))
        }
        return Run(from: first, upTo: addedFields.count)
    }

    private mutating func addRules(_ rules: [(RuleMatch, ComplexValue)]) -> Run {
        let first = redirects.count
        for (match, replacement) in rules {
            let (pattern, compiledMatch) = compiled(match)
            redirects.append(
                RewriteEntry(pattern: pattern, match: compiledMatch, replacement: values.value(replacement)))
        }
        return Run(from: first, upTo: redirects.count)
    }

    private mutating func compiled(_ match: RuleMatch) -> (Int32, Value) {
        switch match {
        case .value(let value): return (-1, values.value(value))
        case .pattern(let pattern): return (Int32(pattern), .empty)
        }
    }
}
