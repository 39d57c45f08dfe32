import Bytes
import Failures
import Testing

/// The value of Proxy-Status for strangers and for those who may see more.
@Suite struct ProxyStatusTests {
    @Test func strangersSeeTheType() {
        let verdict = FailureTable.verdict(.connectFailed(errno: 111, atOnce: false), at: Place(.connecting))
        #expect(written { ProxyStatusValue.append(verdict, to: &$0) } == "postern; error=connection_refused")
    }

    @Test func othersSeeWhereAndWhy() {
        let cause = Cause.response(.invalidField)
        let verdict = FailureTable.verdict(cause, at: Place(.readingResponseHead))
        let hop = bytes("127.0.0.1:81")
        let text = bytes("header: \"X\\x20...\"\u{e9}")
        let value = written {
            ProxyStatusValue.append(verdict, cause: cause, nextHop: hop.span, text: text.span, to: &$0)
        }
        #expect(
            value == "postern; error=http_protocol_error; next-hop=\"127.0.0.1:81\"; "
                + "details=\"header: \\\"X\\\\x20...\\\"\\\\xe9\"")
    }

    @Test(arguments: [
        (Cause.choice(.nameNotResolved, number: 3), Phase.resolving, "postern; error=dns_error; rcode=\"NXDOMAIN\""),
        (
            .upstreamTLS(.sslHandshake, alert: 40), .handshakingUpstream,
            "postern; error=tls_alert_received; alert-id=40; alert-message=\"handshake_failure\""
        ),
        (.connection(.disabled), .connecting, ""), (.client(.aborted), .connecting, ""),
    ])
    func hasTheTypesParameters(_ cause: Cause, _ phase: Phase, _ expected: String) {
        let verdict = FailureTable.verdict(cause, at: Place(phase))
        let none = bytes("")
        let value = written {
            ProxyStatusValue.append(verdict, cause: cause, nextHop: none.span, text: none.span, to: &$0)
        }
        #expect(value == expected)
    }
}
