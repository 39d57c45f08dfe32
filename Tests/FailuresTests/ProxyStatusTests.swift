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
                + "details=\"header: \\\"X\\\\x20...\\\"?\"")
    }

    @Test(arguments: [
        (Cause.choice(.nameNotResolved, number: 3), Phase.resolving, "postern; error=dns_error; rcode=\"NXDOMAIN\""),
        (
            .upstreamTLS(.sslHandshake, alert: 40), .handshakingUpstream,
            "postern; error=tls_alert_received; alert-id=40"
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

    @Test func everyTypeIsRegistered() {
        let registered: Set<String> = [
            "dns_timeout", "dns_error", "destination_unavailable", "destination_ip_unroutable", "connection_refused",
            "connection_terminated", "connection_timeout", "connection_read_timeout", "connection_write_timeout",
            "connection_limit_reached", "tls_protocol_error", "tls_certificate_error", "tls_alert_received",
            "http_request_error", "http_request_denied", "http_response_incomplete",
            "http_response_header_section_size", "http_response_trailer_section_size",
            "http_response_transfer_coding", "http_response_timeout", "http_upgrade_failed", "http_protocol_error",
            "proxy_internal_error", "proxy_configuration_error", "",
        ]
        #expect(Set(ProxyError.allCases.map { String(describing: $0.token) }) == registered)
    }
}
