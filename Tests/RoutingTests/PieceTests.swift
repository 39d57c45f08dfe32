import Bytes
import Configuration
import HTTP
import Platform
import Testing

@testable import Routing

@Suite struct AddressTests {
    private func read(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return SocketAddress(bytesWithPort: bytes.span)?.text
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:0"), ("192.0.2.1:80", "192.0.2.1:80"), ("0.0.0.0", "0.0.0.0:0"),
        ("::1", "[::1]:0"), ("[::1]", "[::1]:0"), ("[::1]:65535", "[::1]:65535"), ("::", "[::]:0"),
        ("2001:DB8::a:0:1", "[2001:db8::a:0:1]:0"), ("1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:0"),
        ("1::8", "[1::8]:0"), ("::ffff:192.0.2.9", "[::ffff:192.0.2.9]:0"),
        ("1:2:3:4:5:6:192.0.2.9", "[1:2:3:4:5:6:c000:209]:0"),
    ])
    func valid(_ text: String, _ shown: String) { #expect(read(text) == shown) }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1..2.3", "a.b.c.d", ":", ":1",
        "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::2", "[::1", "[::1]x", "[::1]:", "12345::", "::g", "[1.2.3.4]",
        "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3",
    ])
    func invalid(_ text: String) { #expect(read(text) == nil) }
}

@Suite struct BytesTests {
    @Test func base64() {
        func decode(_ text: String) -> String? {
            var out = ByteBuffer()
            let bytes = Array(text.utf8)
            return out.append(base64: bytes.span) ? out.span.text : nil
        }
        #expect(decode("bWU6c2VjcmV0") == "me:secret")
        #expect(decode("YQ==") == "a")
        #expect(decode("YWI=") == "ab")
        #expect(decode("") == "")
        #expect(decode("a b") == nil)
    }

    @Test func sizes() {
        func size(_ text: String) -> Int? {
            let bytes = Array(text.utf8)
            return bytes.span.size
        }
        #expect(size("40k") == 40960)
        #expect(size("2M") == 2 << 20)
        #expect(size("7") == 7)
        #expect(size("k") == nil)
        #expect(size("-1") == nil)
        #expect(size("9223372036854775807k") == nil)
    }

    @Test func dates() {
        func seconds(_ text: String) -> Int? {
            let bytes = Array(text.utf8)
            return HTTPDate.unixSeconds(bytes.span)
        }
        #expect(seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(seconds("Sunday, 06-Nov-94 08:49:37 GMT") == 784_111_777)
        #expect(seconds("Sun Nov  6 08:49:37 1994") == 784_111_777)
        #expect(seconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
        for text in ["", "Sun, 06", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Abc 1994 08:49:37 GMT", "0", ", "] {
            #expect(seconds(text) == nil, "\(text)")
        }
        var out = ByteBuffer()
        for instant in stride(from: 0, to: 4_000_000_000, by: 86_461 * 97) {
            out.clear()
            HTTPDate.append(unixSeconds: instant, to: &out)
            #expect(HTTPDate.unixSeconds(out.span) == instant)
        }
    }

    @Test func escapes() {
        func escaped(_ bytes: [UInt8], _ kind: LineEscape) -> String {
            var out = ByteBuffer()
            out.append("kept\"")
            out.append(bytes)
            out.escape(from: 5, kind)
            return out.span.text
        }
        let awkward: [UInt8] = [0x22, 0x5c, 0x0a, 0x1f, 0x41, 0x7f, 0xff]
        #expect(escaped(awkward, .log) == "kept\"\\x22\\x5C\\x0A\\x1FA\\x7F\\xFF")
        let controls: [UInt8] = [0x22, 0x5c, 0x0a, 0x0d, 0x09, 0x08, 0x0c, 0x1f, 0x00]
        #expect(escaped(controls, .json) == "kept\"\\\"\\\\\\n\\r\\t\\b\\f\\u001F\\u0000")
        #expect(escaped(Array("plain".utf8), .log) == "kept\"plain")
        #expect(escaped([], .json) == "kept\"")
    }

    @Test func tlv() {
        let tls: [UInt8] = [1, 0, 0, 0, 7] + [0x22, 0, 2, 0x63, 0x6e]
        let values: [UInt8] = [1, 0, 2, 0x68, 0x32] + [0x20, 0, UInt8(tls.count)] + tls + [0xae, 0, 1, 0x78]
        func value(_ name: String, _ values: [UInt8]) -> String? {
            var out = ByteBuffer()
            let bytes = Array(name.utf8)
            return ProxyProtocolValues.append(bytes.span, in: values.span, to: &out) ? out.span.text : nil
        }
        #expect(value("alpn", values) == "h2")
        #expect(value("0x01", values) == "h2")
        #expect(value("0x000ae", values) == "x")
        #expect(value("ssl_verify", values) == "7")
        #expect(value("ssl_cn", values) == "cn")
        #expect(value("ssl_0x22", values) == "cn")
        for name in ["netns", "0xaf", "0x", "0xg", "none", "ssl_none", "ssl_version", "0xffffffffffffffffff"] {
            #expect(value(name, values) == nil, "\(name)")
        }
        #expect(value("0xae", Array(values.dropLast())) == nil)
        #expect(value("ssl_verify", [0x20, 0, 1, 0]) == nil)
    }
}

@Suite struct RecordTests {
    @Test func slotsLieInTheArena() {
        var record = ExchangeRecord(
            connection: ConnectionFacts(
                serial: 1, peer: .none, local: .none, listener: 0, openedAt: Instant(milliseconds: 0)),
            startedAt: Instant(milliseconds: 0), wall: WallTime(milliseconds: 0))
        #expect(record.slot(2).isAbsent)
        let first = record.keep("first")
        record.setSlot(2, to: first, of: 3)
        #expect(record.slot(0).isAbsent)
        #expect(record.span(record.slot(2)).text == "first")
        record.setSlot(0, to: Array("more than was there before".utf8).span, of: 3)
        record.setSlot(2, to: Array("".utf8).span, of: 3)
        #expect(record.span(record.slot(0)).text == "more than was there before")
        #expect(!record.slot(2).isAbsent && record.slot(2).isEmpty)
        let copy = record.keepCopy(of: record.slot(0).dropping(5))
        #expect(record.span(copy).text == "than was there before")
        var pool = BufferPool()
        record.release(to: &pool)
    }

    @Test func attemptsKeepTheirSeparators() throws {
        let table = RoutingTable(try ConfigurationLoader.load(text: "events {} http { server { listen 80; } }"))
        var record = ExchangeRecord(
            connection: ConnectionFacts(
                serial: 1, peer: .none, local: .none, listener: 0, openedAt: Instant(milliseconds: 0)),
            startedAt: Instant(milliseconds: 0), wall: WallTime(milliseconds: 0))
        func text(_ variable: VariableID, _ record: inout ExchangeRecord) -> String {
            var out = ByteBuffer()
            return table.append(variable, &record, Moment(), to: &out) ? out.span.text : "-"
        }
        #expect(text(.upstreamAddr, &record) == "-")
        for (index, restarted) in [false, false, true].enumerated() {
            record.attempts.begin(group: 0, restarted: restarted)
            record.attempts.current.peerName = record.keep(index == 1 ? "b:2" : "a:1")
            record.attempts.current.status = index == 2 ? 200 : index == 1 ? 0 : 502
            record.attempts.current.responseTime = index == 1 ? -1 : index * 1000 + 7
        }
        #expect(text(.upstreamAddr, &record) == "a:1, b:2 : a:1")
        #expect(text(.upstreamStatus, &record) == "502, - : 200")
        #expect(text(.upstreamResponseTime, &record) == "0.007, - : 2.007")
        #expect(record.attempts.count == 3)
    }

    @Test func rates() throws {
        let text = """
            events {} http {
                map $arg_x $rate { fast 0; slow 1k; }
                server {
                    listen 80; limit_rate $rate; limit_rate_after 2k; early_hints $arg_x;
                    location / { proxy_pass http://127.0.0.1:1; proxy_limit_rate 10; }
                }
            }
            """
        let table = RoutingTable(try ConfigurationLoader.load(text: text))
        var pool = BufferPool()
        let moment = Moment()
        func rates(_ target: String) -> [Int] {
            let head = Array("GET \(target) HTTP/1.0\r\n\r\n".utf8)
            var fields = FieldTable(limit: 10)
            var parser = RequestHeadParser()
            _ = parser.parse(head.span, fields: &fields, limits: RequestLimits())
            var record = ExchangeRecord(
                connection: ConnectionFacts(
                    serial: 1, peer: .none, local: .none, listener: 0, openedAt: Instant(milliseconds: 0)),
                startedAt: Instant(milliseconds: 0), wall: WallTime(milliseconds: 0))
            record.asked.head = FieldBlock(bytes: head.span, fields: fields, pool: &pool)
            record.asked.facts = RequestFacts(parser)
            #expect(table.begin(&record, &pool))
            _ = table.route(&record, moment, &pool)
            let (rate, after) = table.downstreamRate(&record, moment, &pool)
            let hints = table.wantsEarlyHints(&record, moment, &pool) ? 1 : 0
            let upstream = table.upstreamRate(&record, moment, &pool)
            record.release(to: &pool)
            return [rate, after, upstream, hints]
        }
        #expect(rates("/?x=slow") == [1024, 2048, 10, 1])
        #expect(rates("/?x=fast") == [0, 0, 10, 1])
        #expect(rates("/?x=0") == [0, 0, 10, 0])
        #expect(rates("/") == [0, 0, 10, 0])
    }

    @Test func requestIDsDiffer() throws {
        let table = RoutingTable(try ConfigurationLoader.load(text: "events {} http { server { listen 80; } }"))
        var moment = Moment()
        moment.requestSecret = (0x0123_4567_89ab_cdef, 42)
        var seen: Set<String> = []
        for serial in 1...20 {
            for number in 1...20 {
                var facts = ConnectionFacts(
                    serial: UInt64(serial), peer: .none, local: .none, listener: 0, openedAt: Instant(milliseconds: 0))
                facts.requestNumber = number
                var record = ExchangeRecord(
                    connection: facts, startedAt: Instant(milliseconds: 0), wall: WallTime(milliseconds: 0))
                var out = ByteBuffer()
                #expect(table.append(.requestID, &record, moment, to: &out))
                #expect(out.count == 32)
                seen.insert(out.span.text)
            }
        }
        #expect(seen.count == 400)
    }
}
