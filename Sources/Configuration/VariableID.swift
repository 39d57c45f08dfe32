/// The variables of the server's own. Raw values are stable within one build only.
package enum VariableID: UInt16, CaseIterable, Sendable {
    // The request
    case args, contentLength, contentType, documentRoot, documentURI, host, isArgs, queryString, realpathRoot
    case remoteUser, request, requestBody, requestBodyFile, requestCompletion, requestFilename, requestID
    case requestLength, requestMethod, requestTime, requestURI, scheme, https, uri, limitRate
    // The connection
    case binaryRemoteAddr, remoteAddr, remotePort, serverAddr, serverName, serverPort, serverProtocol, connection
    case connectionRequests, connectionTime, proxyProtocolAddr, proxyProtocolPort, proxyProtocolServerAddr
    case proxyProtocolServerPort, realipRemoteAddr, realipRemotePort, requestPort, isRequestPort, pipe, http2
    case tcpinfoRTT, tcpinfoRTTVar, tcpinfoSndCwnd, tcpinfoRcvSpace
    // The response
    case status, bytesSent, bodyBytesSent, gzipRatio
    // The process
    case hostname, msec, nginxVersion, pid, timeISO8601, timeLocal
    case connectionsActive, connectionsReading, connectionsWriting, connectionsWaiting
    // Proxying
    case proxyHost, proxyPort, proxyAddXForwardedFor, proxyInternalBodyLength, proxyInternalChunked
    case upstreamAddr, upstreamStatus, upstreamConnectTime, upstreamHeaderTime, upstreamResponseTime
    case upstreamResponseLength, upstreamBytesReceived, upstreamBytesSent, upstreamCacheStatus, upstreamQueueTime
    case upstreamCacheLastModified, upstreamCacheETag
    // TLS
    case sslProtocol, sslCipher, sslCiphers, sslCurve, sslCurves, sslSessionID, sslSessionReused, sslEarlyData
    case sslServerName, sslALPNProtocol, sslClientCert, sslClientRawCert, sslClientEscapedCert, sslClientSDN
    case sslClientIDN, sslClientSerial, sslClientFingerprint, sslClientVerify, sslClientVStart, sslClientVEnd
    case sslClientVRemain, sslClientSDNLegacy, sslClientIDNLegacy, sslSignature, sslSignatures
    case sslClientSignature, sslECHStatus, sslECHOuterServerName
}

/// Families of variables: what stands before the rest of the name.
package enum VariablePrefix: UInt8, CaseIterable, Sendable {
    case argument, http, sentHTTP, sentTrailer, cookie
    case upstreamHTTP, upstreamTrailer, upstreamCookie, proxyProtocolTLV

    /// As written in a configuration, with the final `_`.
    package var text: String {
        switch self {
        case .argument: return "arg_"
        case .http: return "http_"
        case .sentHTTP: return "sent_http_"
        case .sentTrailer: return "sent_trailer_"
        case .cookie: return "cookie_"
        case .upstreamHTTP: return "upstream_http_"
        case .upstreamTrailer: return "upstream_trailer_"
        case .upstreamCookie: return "upstream_cookie_"
        case .proxyProtocolTLV: return "proxy_protocol_tlv_"
        }
    }
}
