import Bytes
import HTTP
import Testing

@Suite struct ProxyStatusTests {
    static func written(_ body: (inout ByteBuffer) -> Void) -> String {
        var out = ByteBuffer()
        body(&out)
        return out.span.text
    }

    @Test func aMember() {
        let text = Self.written { out in
            ProxyStatus.begin(Array("postern".utf8).span, to: &out)
            ProxyStatus.append(.connectionRefused, to: &out)
            ProxyStatus.append(.nextHop, Array("192.0.2.1:80".utf8).span, to: &out)
            ProxyStatus.append(.nextProtocol, "http/1.1", to: &out)
            ProxyStatus.append(.receivedStatus, 502, to: &out)
            ProxyStatus.append(.details, "connect() failed (111: Connection refused)", to: &out)
        }
        #expect(
            text == """
                postern; error=connection_refused; next-hop="192.0.2.1:80"; next-protocol=http/1.1; \
                received-status=502; details="connect() failed (111: Connection refused)"
                """)
    }

    @Test func stringsAreEscaped() {
        let text = Self.written { out in
            ProxyStatus.append(.details, Array("a\"b\\c\r\n\u{e9}~".utf8).span, to: &out)
        }
        #expect(text == #"; details="a\"b\\c\\x0d\\x0a\\xc3\\xa9~""#)
    }

    @Test func whatIsNoTokenIsAString() {
        for (name, expected) in [
            ("Postern/1", "Postern/1"), ("*a", "*a"), ("1a", "\"1a\""), ("", "\"\""), ("a b", "\"a b\""),
            ("host.example:80", "host.example:80"), ("a,b", "\"a,b\""),
        ] {
            #expect(Self.written { ProxyStatus.begin(Array(name.utf8).span, to: &$0) } == expected)
        }
    }

    @Test func integersAreBounded() {
        #expect(Self.written { ProxyStatus.append(.bodySize, .max, to: &$0) } == "; body-size=999999999999999")
        #expect(Self.written { ProxyStatus.append(.infoCode, .min, to: &$0) } == "; info-code=-999999999999999")
    }

    @Test func theRegistryIsComplete() {
        #expect(ProxyErrorType.allCases.count == 32)
        #expect(Set(ProxyErrorType.allCases.map { "\($0.token)" }).count == 32)
        #expect(Set(ProxyStatusParameter.allCases.map { "\($0.key)" }).count == ProxyStatusParameter.allCases.count)
        let statuses = Dictionary(grouping: ProxyErrorType.allCases) { $0.recommendedStatus ?? 0 }.mapValues(\.count)
        #expect(statuses == [0: 2, 403: 1, 500: 3, 502: 19, 503: 2, 504: 5])
        #expect(ProxyErrorType.allCases.filter(\.isGeneratedByProxiesOnly).count == 17)
        for type in ProxyErrorType.allCases {
            #expect(isToken("\(type.token)"))
            #expect(!type.parameters.contains { $0.rawValue <= ProxyStatusParameter.nextHopAliases.rawValue })
        }
    }

    private func isToken(_ text: String) -> Bool { text.utf8.allSatisfy { $0 == 0x5f || $0 >= 0x61 && $0 <= 0x7a } }
}
