import Bytes
import Configuration
import HTTP

extension RoutingTable {
    /// Appends the path of the file that the record's URI stands for (nginx: `$request_filename`).
    package func appendFilename(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        appendRoot(&record, moment, to: &out)
        appendBelowRoot(&record, to: &out)
    }

    /// Appends the directory of `root`, or the path of `alias` (nginx: `$document_root`).
    func appendRoot(_ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer) {
        append(entries[record.route.location].root, &record, moment, to: &out)
    }

    private func appendBelowRoot(_ record: inout ExchangeRecord, to out: inout ByteBuffer) {
        let aliased = Int(entries[record.route.location].aliasedBytes)
        if aliased == -2 && !record.route.addsURIToAlias { return }
        out.append(record.span(record.route.uri.dropping(max(0, aliased))))
    }

    /// Appends the media type of a response whose name is the record's URI: by its extension, else `default_type`
    /// (nginx: types).
    package func appendContentType(_ record: borrowing ExchangeRecord, to out: inout ByteBuffer) {
        if !record.answer.carriedType.isEmpty { return out.append(record.span(record.answer.carriedType)) }
        let uri = record.span(record.route.uri)
        let entry = entries[record.route.location]
        var index = uri.count - 1
        while index > 0, uri[index] != 0x2f {
            if uri[index] == 0x2e, uri[index - 1] != 0x2f {
                let found = lookUp(uri.extracting(index + 1..<uri.count), in: entry.types)
                if found < 0 { break }
                return out.append(literals, mapValues[found].literal)
            }
            index -= 1
        }
        out.append(literals, entry.defaultType)
    }

    /// Whether a file's path may lead out of its root: a `..` stands in the URI, or in what variables made of the root.
    package func leavesRoot(_ record: borrowing ExchangeRecord, _ path: Span<UInt8>) -> Bool {
        if Self.climbs(record.span(record.route.uri)) { return true }
        return !entries[record.route.location].root.isLiteral && Self.climbs(path)
    }

    private static func climbs(_ path: Span<UInt8>) -> Bool {
        var start = 0
        while start < path.count {
            let end = path.firstIndex(of: 0x2f, from: start) ?? path.count
            if end == start + 2 && path[start] == 0x2e && path[start + 1] == 0x2e { return true }
            start = end + 1
        }
        return false
    }

    // MARK: directories

    /// Whether the URI ends with a slash.
    package func asksForDirectory(_ record: borrowing ExchangeRecord) -> Bool {
        let uri = record.span(record.route.uri)
        return !uri.isEmpty && uri[uri.count - 1] == 0x2f
    }

    /// How many names may stand for a directory (nginx: index).
    package func indexCount(_ record: borrowing ExchangeRecord) -> Int {
        Int(entries[record.route.location].files.indexes.count)
    }

    /// Appends the name at `index`; one that begins with a slash is a URI of its own.
    package func appendIndex(
        _ index: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        let value = fileIndexes[entries[record.route.location].files.indexes.indices.lowerBound + index]
        append(value, &record, moment, to: &out)
    }

    /// Sends the request on to the file that stands for its directory. False after ten changes of the URI; then the
    /// evidence of the trouble is `record.route.uri`, as it is otherwise.
    package func enterIndex(_ name: Span<UInt8>, _ record: inout ExchangeRecord) -> Bool {
        var uri = Piece(.arena, ByteRange(record.arena.count, record.arena.count))
        if name.isEmpty || name[0] != 0x2f { uri = record.keepCopy(of: record.route.uri) }
        record.arena.append(name)
        uri.range = ByteRange(uri.range.start, record.arena.count)
        if redirectInternally(&record, uri: uri, arguments: record.route.arguments) { return true }
        record.route.uri = uri
        return false
    }

    /// Makes the Location of a redirect to the same path with a slash behind it.
    package func locateDirectory(_ record: inout ExchangeRecord) {
        var arena = record.takeArena()
        let start = arena.count
        if record.route.uri.home == .arena {
            for place in record.route.uri.range.start..<record.route.uri.range.end {
                arena.append(arena[place], escapedAs: .path)
            }
        } else {
            arena.append(record.span(record.route.uri), escapedAs: .path)
        }
        arena.append(0x2f)
        record.arena = arena
        if !record.route.arguments.isEmpty {
            record.arena.append(0x3f)
            _ = record.keepCopy(of: record.route.arguments)
        }
        record.answer.location = Piece(.arena, ByteRange(start, record.arena.count))
    }

    // MARK: try_files

    /// Asks about one candidate after another; nil where the stage is over or the walk goes on elsewhere.
    func tryFiles(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision? {
        let run = entries[record.route.location].candidates
        if let isThere = record.route.fileIsThere {
            record.route.fileIsThere = nil
            if isThere {
                takeCandidate(&record)
                record.route.stage = .content
                return nil
            }
            record.route.candidate += 1
        }
        if record.route.candidate == run.count { return fallBack(&record, moment, &pool) }
        let candidate = candidates[run.indices.lowerBound + Int(record.route.candidate)]
        var uri = keep(candidate.value, &record, moment, &pool)
        uri = withoutAlias(uri, record)
        record.route.candidateURI = uri
        var scratch = pool.take(atLeast: 512)
        appendRoot(&record, moment, to: &scratch)
        scratch.append(record.span(uri))
        let path = record.keep(scratch.span)
        pool.give(scratch)
        return .testFile(candidate.isDirectory ? .directory : .regularFile, path)
    }

    /// Under `alias` a candidate's beginning that is the aliased part of the URI is not part of the path.
    private func withoutAlias(_ uri: Piece, _ record: borrowing ExchangeRecord) -> Piece {
        let aliased = Int(entries[record.route.location].aliasedBytes)
        if aliased <= 0 || uri.count < aliased || record.route.uri.count < aliased { return uri }
        let range = ByteRange(0, aliased)
        return record.span(uri.part(range)).equals(record.span(record.route.uri.part(range)))
            ? uri.dropping(aliased) : uri
    }

    private func takeCandidate(_ record: inout ExchangeRecord) {
        let aliased = Int(entries[record.route.location].aliasedBytes)
        let found = record.route.candidateURI
        if aliased == -2 {
            record.route.addsURIToAlias = true
        } else if aliased > 0 {
            let start = record.keepCopy(of: record.route.uri.part(ByteRange(0, min(aliased, record.route.uri.count))))
            let end = record.keepCopy(of: found)
            record.route.uri = Piece(.arena, ByteRange(start.range.start, end.range.end))
            return
        }
        record.route.uri = found
    }

    private func fallBack(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision? {
        switch entries[record.route.location].fallback {
        case .status(let status): return .answer(OwnAnswer(status: Int(status)))
        case .named(let name):
            let literals = literals
            guard let trouble = enterNamed(&record, literals.span.part(name)) else { return nil }
            return .answer(OwnAnswer(status: 500, trouble: trouble, evidence: record.keep(literals, name)))
        case .uri(let value):
            let whole = withoutAlias(keep(value, &record, moment, &pool), record)
            let (uri, arguments) = splitArguments(whole, record)
            if redirectInternally(&record, uri: uri, arguments: arguments) { return nil }
            return .answer(OwnAnswer(status: 500, trouble: .redirectCycle, evidence: uri))
        }
    }
}
