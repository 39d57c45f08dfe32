import Bytes
import Configuration
import Failures
import HTTP
import Platform
import Routing
import Testing

/// Takes a golden's request through routing as the worker does, and writes down what comes of it.
struct Walk: ~Copyable {
    let one: GoldenFile.Case
    let table: RoutingTable
    var pool = BufferPool()
    var moment = Moment()
    var lines: [String] = []
    /// Files that are there, by path; directories end in a slash.
    let files: Set<String>

    init(_ one: GoldenFile.Case) throws {
        self.one = one
        let text = "events {}\nhttp {\n" + one.configuration + "\n}\n"
        table = RoutingTable(try ConfigurationLoader.load(text: text), version: Array("9".utf8))
        files = Set((one.options["there"] ?? "").split(separator: ",").map(String.init))
        moment.processID = 77
        moment.hostname = Array("gate".utf8)
        moment.requestSecret = (1, 2)
        // Sun, 06 Nov 1994 08:49:37 GMT
        moment.update(now: Instant(milliseconds: 5250), wall: WallTime(milliseconds: 784_111_777_250))
    }

    static func lines(_ one: GoldenFile.Case) throws -> [String] {
        var walk = try Walk(one)
        return walk.run()
    }

    // MARK: the request

    mutating func run() -> [String] {
        var fields = FieldTable(limit: 100)
        var parser = RequestHeadParser()
        let limits = RequestLimits(allowsUnderscores: one.options["underscores"] != nil)
        guard case .complete = parser.parse(one.request.span, fields: &fields, limits: limits) else {
            return ["the head is refused"]
        }
        var record = ExchangeRecord(
            connection: connection(), startedAt: Instant(milliseconds: 5000),
            wall: WallTime(milliseconds: 784_111_777_000))
        let request = one.request
        record.asked.head = FieldBlock(bytes: request.span, fields: fields, pool: &pool)
        record.asked.facts = RequestFacts(parser)
        record.asked.bytesRead = Int64(one.request.count)
        if table.begin(&record, &pool) {
            follow(table.route(&record, moment, &pool), &record)
        } else {
            lines.append("invalid path")
            answer(&record, OwnAnswer(status: 400))
        }
        writeLogs(&record)
        record.release(to: &pool)
        return lines
    }

    private func connection() -> ConnectionFacts {
        let client = SocketAddress(numeric: one.options["client"] ?? "192.0.2.1", port: 40000) ?? .unix
        let local = SocketAddress(numeric: one.options["local"] ?? "192.0.2.80", port: 80) ?? .none
        var facts = ConnectionFacts(
            serial: 3, peer: client, local: local, listener: Int(one.options["listener"] ?? "0") ?? 0,
            openedAt: Instant(milliseconds: 4000))
        facts.isTLS = one.options["tls"] != nil
        if let named = one.options["proxied"], let address = SocketAddress(numeric: named, port: 4321) {
            facts.proxyClient = address
            facts.proxyServer = SocketAddress(numeric: "198.51.100.9", port: 443) ?? .none
        }
        return facts
    }

    // MARK: decisions

    private mutating func follow(_ decision: RouteDecision, _ record: inout ExchangeRecord) {
        switch decision {
        case .testFile(let test, let path):
            let name = record.span(path).text
            let isThere = files.contains(test == .directory ? name + "/" : name)
            lines.append("\(test) \(name): \(isThere ? "yes" : "no")")
            follow(table.continueRoute(&record, fileIsThere: isThere, moment, &pool), &record)
        case .proxy: proxy(&record)
        case .answer(let own):
            note(own, record)
            if case .page = own.body, own.status >= 300, follow(own.status, &record) { return }
            answer(&record, own)
        case .closeWithoutAnswer:
            place(record)
            lines.append("closed without an answer")
        case .stubStatus:
            place(record)
            lines.append("stub status")
        case .report(let kind):
            place(record)
            lines.append("report \(kind)")
        case .files:
            place(record)
            var path = ByteBuffer()
            table.appendFilename(&record, moment, to: &path)
            lines.append("file \(show(path.span.array))")
        }
    }

    /// Whether an error page takes over.
    private mutating func follow(_ status: Int, _ record: inout ExchangeRecord) -> Bool {
        switch table.errorPage(&record, status: status, moment, &pool) {
        case .none: return false
        case .restart:
            lines.append("error page for \(status)")
            follow(table.route(&record, moment, &pool), &record)
        case .answer(let own):
            lines.append("error page for \(status)")
            note(own, record)
            answer(&record, own)
        }
        return true
    }

    private mutating func note(_ own: OwnAnswer, _ record: borrowing ExchangeRecord) {
        guard let trouble = own.trouble else { return }
        let evidence = own.evidence.isAbsent ? "" : " \"\(show(record.span(own.evidence).array))\""
        lines.append("trouble: \(trouble)\(evidence)")
    }

    /// Where the record stands, as far as the golden asks.
    private mutating func place(_ record: borrowing ExchangeRecord) {
        if one.options["place"] == nil { return }
        let uri = show(record.span(record.route.uri).array)
        let arguments = record.route.arguments.isAbsent ? "" : "?" + show(record.span(record.route.arguments).array)
        let name = show(table.model.locations[record.route.location].match.name)
        lines.append("\(uri)\(arguments) in location \(name)")
    }

    // MARK: answers

    private mutating func answer(_ record: inout ExchangeRecord, _ own: OwnAnswer) {
        place(record)
        record.answer.status = own.status
        var body: [UInt8] = Array("page".utf8)
        var type = ByteBuffer()
        if case .text(let piece) = own.body {
            body = record.span(piece).array
            table.appendContentType(record, to: &type)
        } else {
            type.append("text/html")
        }
        if one.options["head"] == nil {
            let target = record.answer.location
            let location = target.isAbsent ? "" : " → " + show(record.span(target).array)
            var text = ""
            if case .text = own.body { text = " \"\(show(body))\"" }
            let status = record.route.errorStatus > 0 ? record.route.errorStatus : own.status
            lines.append("answer \(status)\(text)\(location)")
            return
        }
        let outgoing = Outgoing(
            framing: .length(Int64(body.count)), keepsAlive: record.asked.facts.keepsAlive,
            isHTTP2: one.options["http2"] != nil)
        var head = ByteBuffer()
        let extra = ByteBuffer()
        table.appendOwnHead(
            &record, moment, outgoing, contentType: type.span, extra: extra.span, to: &head)
        lines += showLines(head.span.array, mark: "<")
    }

    private mutating func proxy(_ record: inout ExchangeRecord) {
        place(record)
        let scheme = record.route.proxy.isTLS ? "https" : "http"
        switch record.route.proxy.destination {
        case .group(let index):
            let group = table.model.groups[index]
            lines.append("proxy \(scheme) group \(group.name)" + (group.isImplicit ? ":\(group.port)" : ""))
        case .address(let address): lines.append("proxy \(scheme) address \(address.text)")
        case .unix(let path): lines.append("proxy \(scheme) unix \(record.span(path).text)")
        case .name(let name, let port): lines.append("proxy \(scheme) name \(record.span(name).text) port \(port)")
        }
        var head = ByteBuffer()
        let made = table.appendUpstreamHead(&record, moment, framing: record.asked.facts.framing, &pool, to: &head)
        if let trouble = made.trouble { return lines.append("trouble: \(trouble)") }
        if one.options["upstream"] != nil {
            lines += showLines(head.span.array, mark: ">")
        } else {
            let line = head.span.array.split(separator: 0x0d)[0]
            lines.append("> \(show(Array(line)))")
        }
        if made.asksForUpgrade { lines.append("asks for an upgrade") }
        relay(&record, made.method)
    }

    // MARK: the response

    private mutating func relay(_ record: inout ExchangeRecord, _ method: Method) {
        record.attempts.begin(group: 0, restarted: !record.attempts.isEmpty)
        record.attempts.current.peerName = record.keep("127.0.0.1:8080")
        record.attempts.current.connectTime = 1
        record.attempts.current.headTime = 40
        record.attempts.current.responseTime = 42
        guard let response = one.response else { return }
        var fields = FieldTable(limit: 100)
        var parser = ResponseHeadParser()
        guard case .complete = parser.parse(response.span, fields: &fields, limits: ResponseLimits()) else {
            return lines.append("the response's head is refused")
        }
        record.answer.head.release(to: &pool)
        record.answer.head = FieldBlock(bytes: response.span, fields: fields, pool: &pool)
        record.answer.facts = ResponseFacts(parser, method: method)
        record.attempts.current.status = parser.status
        record.answer.status = parser.status
        if table.intercepts(status: parser.status, record), follow(parser.status, &record) { return }
        let orders = table.orders(record)
        if !orders.redirect.isAbsent {
            lines.append("sent on to \(record.span(orders.redirect).text)")
            if let trouble = table.follow(redirect: orders.redirect, &record, moment, &pool) {
                return lines.append("trouble: \(trouble)")
            }
            return follow(table.route(&record, moment, &pool), &record)
        }
        if let buffering = orders.buffering { lines.append("buffering: \(buffering)") }
        if let rate = orders.limitRate { lines.append("limit rate: \(rate)") }
        let framing = record.answer.facts.framing == .untilClose ? .chunked : record.answer.facts.framing
        let outgoing = Outgoing(
            framing: framing, keepsAlive: record.asked.facts.keepsAlive, isHTTP2: one.options["http2"] != nil)
        var head = ByteBuffer()
        let extra = ByteBuffer()
        table.appendDownstreamHead(&record, moment, outgoing, extra: extra.span, to: &head)
        record.answer.bytesSent = Int64(head.count)
        record.answer.isComplete = true
        lines += showLines(head.span.array, mark: "<")
    }

    private mutating func writeLogs(_ record: inout ExchangeRecord) {
        if one.options["log"] == nil { return }
        for index in 0..<table.accessLogCount(record) {
            var line = ByteBuffer()
            let written = table.appendAccessLine(index, &record, moment, to: &line)
            lines += written ? showLines(line.span.array, mark: "log") : ["no line"]
        }
    }
}
