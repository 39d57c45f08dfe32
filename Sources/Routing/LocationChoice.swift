import Bytes
import Configuration
import HTTP

/// What a search for a location came to.
enum LocationFound: Equatable {
    /// The scope searched holds none for this URI.
    case none
    case location(Int)
    /// The URI with a slash behind it is this location.
    case redirect(Int)
    /// A pattern could not be matched.
    case failed(Int32)
}

extension RoutingTable {
    /// Finds the location for the record's URI inside a scope: an exact one, else the longest prefix with what is
    /// nested
    /// in it, unless a pattern matches (nginx: location).
    func findLocation(in scope: Int, _ record: inout ExchangeRecord) -> LocationFound {
        search(in: scope, &record).found
    }

    /// `isFinal`: whether the patterns beside an enclosing location have no say any more.
    private func search(in scope: Int, _ record: inout ExchangeRecord) -> (found: LocationFound, isFinal: Bool) {
        let patternRun = entries[scope].patterns
        var found = LocationFound.none
        switch findPrefix(entries[scope].prefixes, entries[scope].hasRedirects, record.span(record.route.uri)) {
        case .none: break
        case .exact(let location): return (.location(location), true)
        case .redirect(let location): return (.redirect(location), true)
        case .prefix(let location):
            found = .location(location)
            if !entries[location].prefixes.isEmpty || !entries[location].patterns.isEmpty {
                let nested = search(in: location, &record)
                if nested.isFinal { return nested }
                if nested.found != .none { found = nested.found }
            }
            if entries[location].skipsPatterns { return (found, false) }
        }
        for choice in patternRun.indices {
            switch match(Int(locationPatterns[choice].pattern), record.route.uri, &record) {
            case .none: continue
            case .failed(let code): return (.failed(code), true)
            case .matched:
                let location = Int(locationPatterns[choice].number)
                let nested = search(in: location, &record)
                return (nested.found == .none ? .location(location) : nested.found, true)
            }
        }
        return (found, false)
    }

    // MARK: names

    private enum PrefixFound {
        case none
        case exact(Int)
        case prefix(Int)
        case redirect(Int)
    }

    /// The entry that precedes the URI in byte order either is the longest prefix of it, or leads to that one: whatever
    /// stands between a prefix of the URI and the URI begins with that prefix too.
    private func findPrefix(_ run: Run, _ hasRedirects: Bool, _ uri: Span<UInt8>) -> PrefixFound {
        if run.isEmpty { return .none }
        let first = Int(run.first)
        var low = first
        var high = first + Int(run.count)
        while low < high {
            let middle = (low + high) / 2
            if literals.order(of: prefixes[middle].name, against: uri) <= 0 { low = middle + 1 } else { high = middle }
        }
        var candidate = low - 1
        if candidate >= first, literals.has(prefixes[candidate].name, equalTo: uri) {
            let equal = prefixes[candidate]
            if equal.exact >= 0 { return .exact(Int(equal.exact)) }
            return .prefix(Int(equal.prefix))
        }
        if hasRedirects {
            for index in run.indices where prefixes[index].redirects {
                let name = prefixes[index].name
                if name.count == uri.count + 1, literals.has(name, startingWith: uri) {
                    return .redirect(Int(prefixes[index].exact >= 0 ? prefixes[index].exact : prefixes[index].prefix))
                }
            }
        }
        if candidate < first { return .none }
        while candidate >= 0 {
            let prefix = prefixes[candidate]
            if prefix.prefix >= 0, literals.has(prefix.name, startOf: uri) { return .prefix(Int(prefix.prefix)) }
            candidate = Int(prefix.parent)
        }
        return .none
    }
}
