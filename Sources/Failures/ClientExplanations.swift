/// Explanations about the client's connection, in HTTP/1 and HTTP/2.
extension Explanation {
    static func client(_ kind: ClientCause, _ place: Place) -> Explanation {
        switch kind {
        case .closed: Explanation(what: "The client hung up before its request was complete.", check: clientSide)
        case .closedUnasked:
            Explanation(
                what: "The client connected and went away without asking for anything.",
                check: "Browsers and port checks do this; nothing is wrong.")
        case .closedKeepalive:
            Explanation(
                what: "The client closed its idle connection.", check: "This is how connections end; nothing is wrong.")
        case .aborted, .abortedAlone:
            Explanation(
                what: "The client hung up while its answer was being made.",
                check: "Did a person press stop, or is the client's timeout shorter than the app's answer takes?")
        case .timedOut: timedOut(client: place.phase)
        case .failed: Explanation(what: "The connection to the client broke.", check: clientSide)
        case .tlsClosed:
            Explanation(
                what: "The client hung up in the middle of the TLS handshake.",
                check: "Does it trust the certificate? Port checks and aborted page loads look like this too.")
        case .tlsFailed:
            Explanation(
                what: "The TLS handshake with the client failed.",
                check: "Compare the client's TLS versions with ssl_protocols; certificate alerts are its own.")
        case .handshakeRejected:
            Explanation(
                what: "The client asked for a server name whose handshakes are refused (ssl_reject_handshake).",
                check: "Is there a server with this server_name, a certificate, and ssl on this port?")
        case .outlivedShutdown:
            Explanation(
                what: "The connection was still open when worker_shutdown_timeout was over.",
                check: "Long answers and tunnels need a longer worker_shutdown_timeout.")
        }
    }

    static func stream(_ kind: StreamCause) -> Explanation {
        switch kind {
        case .noPseudoField:
            Explanation(what: "The HTTP/2 request lacks a field that each must have.", check: clientCode)
        case .noAuthority: Explanation(what: "The HTTP/2 request says no host.", check: clientCode)
        case .authorityMismatch: Explanation(what: "The HTTP/2 request says two different hosts.", check: clientCode)
        case .malformed:
            Explanation(what: "The HTTP/2 request breaks a rule that every message must keep.", check: clientCode)
        case .cancelled, .terminated, .closed:
            Explanation(
                what: "The client gave this HTTP/2 stream up.",
                check: "Browsers do so when a page is left; else look for a timeout in the client.")
        case .cutShort:
            Explanation(what: "The HTTP/2 request's body is shorter than its Content-Length.", check: clientCode)
        case .tooMany:
            Explanation(
                what: "The client opened more streams at a time than http2_max_concurrent_streams.",
                check: "A good client waits for SETTINGS; raise the limit if this load is meant.")
        case .violation: Explanation(what: "The client broke a rule of HTTP/2.", check: clientCode)
        case .flood:
            Explanation(
                what: "The client made work without end (resets, pings, settings) and was cut off.",
                check: "An attack, or a client that gets into a loop.")
        }
    }

    private static func timedOut(client phase: Phase) -> Explanation {
        switch phase {
        case .sendingToClient, .sendingResponse, .sendingEarlyHints, .readingUpstream:
            Explanation(
                what: "The client read nothing of its answer for longer than send_timeout.",
                check: "Is the client stuck, or its network gone?")
        case .tunnelling:
            Explanation(
                what: "The client read nothing from the tunnel in time.",
                check: "Is the client stuck, or its network gone?")
        case .readingBody, .sendingRequest, .readingResponseHead, .connecting, .handshakingUpstream, .queued,
            .resolving, .routing, .readingRequest:
            Explanation(
                what: "The client stopped sending its request body for longer than client_body_timeout.",
                check: "Does the client send as many bytes as its Content-Length says?")
        case .waitingForRequest, .keepalive, .readingRequestLine, .readingRequestHead, .readingPipelinedRequestLine,
            .handshaking, .processingHTTP2, .readingProxyHeader, .logging, .closing, .checkingStatus, .checkingHeader,
            .checkingBody, .checkingVariables:
            Explanation(
                what: "The client did not send a complete request head within client_header_timeout.",
                check: "A head ends with an empty line; connections opened in advance by browsers look like this too.")
        }
    }

    private static var clientSide: StaticString { "Look at the client: a crash, a timeout, a lost network." }
    static var clientCode: StaticString {
        "Look at the code that makes the request; a well-known HTTP library gets it right."
    }
}
