/// The error types of `Proxy-Status` (RFC 9209 §2.3) that a cause can have.
package enum ProxyError: UInt8, CaseIterable, Sendable {
    /// No error type: notices, and what the client did.
    case none
    case dnsTimeout, dnsError, destinationUnavailable, destinationUnroutable
    case connectionRefused, connectionTerminated, connectionTimeout, connectionReadTimeout, connectionWriteTimeout
    case connectionLimitReached
    case tlsProtocolError, tlsCertificateError, tlsAlertReceived
    case requestError, requestDenied
    case responseIncomplete, responseHeadSize, responseTrailersSize, responseTransferCoding, responseTimeout
    case upgradeFailed, protocolError
    case internalError, configurationError

    /// The registered token; empty for `none`.
    package var token: StaticString {
        switch self {
        case .none: ""
        case .dnsTimeout: "dns_timeout"
        case .dnsError: "dns_error"
        case .destinationUnavailable: "destination_unavailable"
        case .destinationUnroutable: "destination_ip_unroutable"
        case .connectionRefused: "connection_refused"
        case .connectionTerminated: "connection_terminated"
        case .connectionTimeout: "connection_timeout"
        case .connectionReadTimeout: "connection_read_timeout"
        case .connectionWriteTimeout: "connection_write_timeout"
        case .connectionLimitReached: "connection_limit_reached"
        case .tlsProtocolError: "tls_protocol_error"
        case .tlsCertificateError: "tls_certificate_error"
        case .tlsAlertReceived: "tls_alert_received"
        case .requestError: "http_request_error"
        case .requestDenied: "http_request_denied"
        case .responseIncomplete: "http_response_incomplete"
        case .responseHeadSize: "http_response_header_section_size"
        case .responseTrailersSize: "http_response_trailer_section_size"
        case .responseTransferCoding: "http_response_transfer_coding"
        case .responseTimeout: "http_response_timeout"
        case .upgradeFailed: "http_upgrade_failed"
        case .protocolError: "http_protocol_error"
        case .internalError: "proxy_internal_error"
        case .configurationError: "proxy_configuration_error"
        }
    }
}
