/// RFC 9209 §2.3: the ways in which a proxy fails to get a response.
package enum ProxyErrorType: UInt8, CaseIterable, Sendable {
    case dnsTimeout, dnsError, destinationNotFound, destinationUnavailable, destinationIPProhibited
    case destinationIPUnroutable, connectionRefused, connectionTerminated, connectionTimeout, connectionReadTimeout
    case connectionWriteTimeout, connectionLimitReached, tlsProtocolError, tlsCertificateError, tlsAlertReceived
    case httpRequestError, httpRequestDenied, httpResponseIncomplete, httpResponseHeaderSectionSize
    case httpResponseHeaderSize, httpResponseBodySize, httpResponseTrailerSectionSize, httpResponseTrailerSize
    case httpResponseTransferCoding, httpResponseContentCoding, httpResponseTimeout, httpUpgradeFailed
    case httpProtocolError, proxyInternalResponse, proxyInternalError, proxyConfigurationError, proxyLoopDetected

    /// The token that names the type.
    package var token: StaticString {
        switch self {
        case .dnsTimeout: "dns_timeout"
        case .dnsError: "dns_error"
        case .destinationNotFound: "destination_not_found"
        case .destinationUnavailable: "destination_unavailable"
        case .destinationIPProhibited: "destination_ip_prohibited"
        case .destinationIPUnroutable: "destination_ip_unroutable"
        case .connectionRefused: "connection_refused"
        case .connectionTerminated: "connection_terminated"
        case .connectionTimeout: "connection_timeout"
        case .connectionReadTimeout: "connection_read_timeout"
        case .connectionWriteTimeout: "connection_write_timeout"
        case .connectionLimitReached: "connection_limit_reached"
        case .tlsProtocolError: "tls_protocol_error"
        case .tlsCertificateError: "tls_certificate_error"
        case .tlsAlertReceived: "tls_alert_received"
        case .httpRequestError: "http_request_error"
        case .httpRequestDenied: "http_request_denied"
        case .httpResponseIncomplete: "http_response_incomplete"
        case .httpResponseHeaderSectionSize: "http_response_header_section_size"
        case .httpResponseHeaderSize: "http_response_header_size"
        case .httpResponseBodySize: "http_response_body_size"
        case .httpResponseTrailerSectionSize: "http_response_trailer_section_size"
        case .httpResponseTrailerSize: "http_response_trailer_size"
        case .httpResponseTransferCoding: "http_response_transfer_coding"
        case .httpResponseContentCoding: "http_response_content_coding"
        case .httpResponseTimeout: "http_response_timeout"
        case .httpUpgradeFailed: "http_upgrade_failed"
        case .httpProtocolError: "http_protocol_error"
        case .proxyInternalResponse: "proxy_internal_response"
        case .proxyInternalError: "proxy_internal_error"
        case .proxyConfigurationError: "proxy_configuration_error"
        case .proxyLoopDetected: "proxy_loop_detected"
        }
    }

    /// The status that the RFC recommends; nil where it leaves the choice to the proxy.
    package var recommendedStatus: Int? {
        switch self {
        case .dnsTimeout, .connectionTimeout, .connectionReadTimeout, .connectionWriteTimeout, .httpResponseTimeout: 504
        case .destinationNotFound, .proxyInternalError, .proxyConfigurationError: 500
        case .destinationUnavailable, .connectionLimitReached: 503
        case .httpRequestDenied: 403
        case .httpRequestError, .proxyInternalResponse: nil
        default: 502
        }
    }

    /// Whether only a proxy can be the origin of such a response.
    package var isGeneratedByProxiesOnly: Bool {
        switch self {
        case .connectionTerminated, .connectionReadTimeout, .connectionWriteTimeout, .tlsProtocolError,
            .tlsAlertReceived, .httpResponseIncomplete, .httpResponseHeaderSectionSize, .httpResponseHeaderSize,
            .httpResponseBodySize, .httpResponseTrailerSectionSize, .httpResponseTrailerSize,
            .httpResponseTransferCoding, .httpResponseContentCoding, .httpResponseTimeout, .httpProtocolError:
            false
        default: true
        }
    }

    /// The parameters that the RFC gives to this type.
    package var parameters: [ProxyStatusParameter] {
        switch self {
        case .dnsError: [.rcode, .infoCode]
        case .tlsAlertReceived: [.alertID, .alertMessage]
        case .httpRequestError: [.statusCode, .statusPhrase]
        case .httpResponseHeaderSectionSize: [.headerSectionSize]
        case .httpResponseHeaderSize: [.headerName, .headerSize]
        case .httpResponseBodySize: [.bodySize]
        case .httpResponseTrailerSectionSize: [.trailerSectionSize]
        case .httpResponseTrailerSize: [.trailerName, .trailerSize]
        case .httpResponseTransferCoding, .httpResponseContentCoding: [.coding]
        default: []
        }
    }
}

/// A parameter of a Proxy-Status member (RFC 9209 §2.1, §2.3; RFC 9532 for the aliases).
package enum ProxyStatusParameter: UInt8, CaseIterable, Sendable {
    case error, nextHop, nextProtocol, receivedStatus, details, nextHopAliases
    case rcode, infoCode, alertID, alertMessage, statusCode, statusPhrase, headerSectionSize, headerName, headerSize
    case bodySize, trailerSectionSize, trailerName, trailerSize, coding

    /// The key as it is written.
    package var key: StaticString {
        switch self {
        case .error: "error"
        case .nextHop: "next-hop"
        case .nextProtocol: "next-protocol"
        case .receivedStatus: "received-status"
        case .details: "details"
        case .nextHopAliases: "next-hop-aliases"
        case .rcode: "rcode"
        case .infoCode: "info-code"
        case .alertID: "alert-id"
        case .alertMessage: "alert-message"
        case .statusCode: "status-code"
        case .statusPhrase: "status-phrase"
        case .headerSectionSize: "header-section-size"
        case .headerName: "header-name"
        case .headerSize: "header-size"
        case .bodySize: "body-size"
        case .trailerSectionSize: "trailer-section-size"
        case .trailerName: "trailer-name"
        case .trailerSize: "trailer-size"
        case .coding: "coding"
        }
    }
}
