import Bytes
import HTTP
import Testing

/// One field table serves all heads of a worker: a parser that was interrupted by another one must notice.
@Suite struct SharedTableTests {
    static let first = Array("GET /one HTTP/1.1\r\nHost: one\r\nCookie: a\r\nContent-Length: 1\r\n\r\n".utf8)
    static let second = Array("POST /two HTTP/1.1\r\nX: 1\r\nHost: two\r\nConnection: close\r\n\r\n".utf8)

    @Test func requestsThatInterruptEachOther() {
        let alone = [Self.first, Self.second].map { RequestGoldenTests.read($0, [$0.count], [:]) }
        for step in 1...9 {
            var table = FieldTable(limit: 10)
            var parsers = [RequestHeadParser(), RequestHeadParser()]
            var arrived = [0, 0]
            var results: [[String]] = [[], []]
            for turn in 0..<300 {
                let who = turn % 2
                let bytes = who == 0 ? Self.first : Self.second
                if !results[who].isEmpty { continue }
                arrived[who] = min(bytes.count, arrived[who] + step + who)
                let progress = parsers[who].parse(
                    bytes.span.extracting(0..<arrived[who]), fields: &table, limits: RequestLimits())
                if case .complete(let end) = progress {
                    results[who] = RequestGoldenTests.describe(parsers[who], bytes, end, table)
                } else {
                    #expect(progress == .incomplete)
                }
            }
            #expect(results == alone)
        }
    }

    @Test func duplicatesAreFoundAfterAnInterruption() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".utf8)
        var table = FieldTable(limit: 10)
        var parser = RequestHeadParser()
        #expect(parser.parse(bytes.span.extracting(0..<30), fields: &table, limits: RequestLimits()) == .incomplete)
        table.clear()
        let progress = parser.parse(bytes.span, fields: &table, limits: RequestLimits())
        #expect(progress == .refused(.duplicateHost, .fields(1, previous: 0)))
    }

    @Test func aResponseInterruptedByARequest() {
        let bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nServer: a\r\nServer: b\r\n\r\nabc".utf8)
        for cut in 0..<bytes.count {
            var table = FieldTable(limit: 10)
            var parser = ResponseHeadParser()
            var progress = parser.parse(bytes.span.extracting(0..<cut), fields: &table, limits: ResponseLimits())
            if progress == .incomplete {
                var other = RequestHeadParser()
                _ = other.parse(Self.first.span, fields: &table, limits: RequestLimits())
                progress = parser.parse(bytes.span, fields: &table, limits: ResponseLimits())
            }
            #expect(progress == .complete(bytes.count - 3))
            #expect(parser.framing(for: .get) == .length(3))
            #expect(parser.duplicateCount == 1)
            #expect(table.count == 3)
        }
    }

    @Test func aSmallTableRefuses() {
        var table = FieldTable(limit: 2)
        var parser = RequestHeadParser()
        #expect(
            parser.parse(Self.first.span, fields: &table, limits: RequestLimits()) == .refused(.tooManyFields, .none))
        let bytes = Array("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n".utf8)
        var response = ResponseHeadParser()
        #expect(response.parse(bytes.span, fields: &table, limits: ResponseLimits()) == .refused(.tooBigHead, .none))
    }
}
