/// Explanations about the upstream's connection and how it was chosen.
extension Explanation {
    static func connection(_ kind: ConnectionCause, _ cause: Cause, _ place: Place) -> Explanation {
        switch kind {
        case .connectFailed: connect(cause)
        case .timedOut: timedOut(place.phase)
        case .closed: lost(cause, place, reset: false)
        case .failed: lost(cause, place, reset: true)
        case .tlsClosed:
            Explanation(
                what: "The upstream closed the connection in the middle of the TLS handshake.",
                check: "Does this port speak TLS? If not, write http:// in proxy_pass. Its own log may say more.")
        case .tlsFailed:
            Explanation(
                what: "OpenSSL could not make sense of what the upstream sent, or does not accept it.",
                check: "\"wrong version number\" means a plain HTTP port; else compare proxy_ssl_protocols.")
        case .tlsAlert:
            Explanation(
                what: "The upstream ended the TLS connection with an alert: it refuses these terms.",
                check: "Try proxy_ssl_server_name on (SNI), a client certificate, or another proxy_ssl_protocols.")
        case .certificateUntrusted:
            Explanation(
                what: "The upstream's certificate did not pass verification (proxy_ssl_verify is on).",
                check: "Is its issuer in proxy_ssl_trusted_certificate, is it within its dates, is the chain complete?")
        case .certificateMismatch:
            Explanation(
                what: "The upstream's certificate is valid, but for another name.",
                check: "Set proxy_ssl_name to a name in the certificate, or give the upstream the right certificate.")
        case .http2Refused:
            Explanation(
                what: "HTTP/2 was asked of the upstream, but it chose another protocol in the TLS handshake.",
                check: "Turn HTTP/2 on in the upstream, or set proxy_http_version 1.1.")
        case .disabled:
            Explanation(
                what: "The peer reached max_fails and gets no requests until fail_timeout has passed.",
                check: "The line beside this one has the failure; max_fails=0 turns the counting off.")
        case .unhealthy:
            unhealthy(place.phase)
        case .healthy:
            Explanation(
                what: "The peer passed its health check and gets requests.",
                check: "Nothing is wrong; with slow_start its share grows to the whole by and by.")
        }
    }

    private static func unhealthy(_ phase: Phase) -> Explanation {
        switch phase {
        case .checkingStatus, .checkingHeader, .checkingBody, .checkingVariables:
            Explanation(
                what: "The peer answered its health check, but not as the check demands: it gets no requests.",
                check: "Ask the peer itself for the uri of health_check, and compare with match, or with 200-399.")
        default:
            Explanation(
                what: "The peer did not answer its health check: it gets no requests until it does.",
                check: "A line before this one has the failure. Is the app running, at this address and port?")
        }
    }

    private static func connect(_ cause: Cause) -> Explanation {
        switch cause.errno {
        case SystemError.refused where cause.marks.contains(.unixSocket):
            Explanation(
                what: "The upstream's Unix socket is there, but nothing listens on it: it is left over.",
                check: "Start the app; it should remove the old socket file and make its own.")
        case SystemError.refused:
            Explanation(
                what: "Nothing listens at the upstream's address: the connection was refused.",
                check: "Is the app running, and does it listen on this address and port, not only elsewhere?")
        case SystemError.again:
            Explanation(
                what: "The queue of the upstream's Unix socket is full: it accepts connections too slowly.",
                check: "Give the app more workers or a larger listen backlog.")
        case SystemError.noEntry, SystemError.notDirectory:
            Explanation(
                what: "The upstream's Unix socket does not exist.",
                check: "Is the app running, and is this the path where it makes its socket?")
        case SystemError.accessDenied, SystemError.notPermitted:
            Explanation(
                what: "This machine does not let the proxy connect to the upstream's address.",
                check: "Unix socket: the modes of the path for this user. Network: this machine's firewall and routes.")
        case SystemError.timedOut:
            Explanation(
                what: "The kernel gave up connecting: the upstream's machine did not answer.",
                check: "Is the machine up, and does a firewall on the way drop packets for this port?")
        case SystemError.reset:
            Explanation(
                what: "The upstream's machine reset the connection before it was of any use.",
                check: "Look into the app's log: it may crash, or refuse this client, at each connection.")
        default:
            Explanation(
                what: "The upstream's address cannot be reached from here.",
                check: "Check the address, this machine's routes, and whether the upstream's network is up.")
        }
    }

    private static func timedOut(_ phase: Phase) -> Explanation {
        switch phase {
        case .connecting, .queued, .resolving:
            Explanation(
                what: "The upstream did not answer the attempt to connect within proxy_connect_timeout.",
                check: "Is the address right and the machine up? A firewall that drops packets looks just like this.")
        case .handshakingUpstream:
            Explanation(
                what: "The upstream took the connection but did not finish the TLS handshake in time.",
                check: "Does this port speak TLS? Is the app too busy to answer?")
        case .sendingRequest:
            Explanation(
                what: "The upstream stopped reading the request for longer than proxy_send_timeout.",
                check: "Does the app read the whole request body? It may be stuck on an earlier request.")
        case .readingUpstream, .sendingResponse, .sendingToClient:
            Explanation(
                what: "The upstream began its answer, then sent nothing for longer than proxy_read_timeout.",
                check: "What does the app wait for in the middle of the body? A slow stream needs a longer timeout.")
        case .tunnelling:
            Explanation(
                what: "Nothing passed through the tunnel for longer than proxy_read_timeout.",
                check: "Send pings at shorter intervals (WebSocket), or raise proxy_read_timeout.")
        case .readingResponseHead, .sendingEarlyHints, .routing, .readingBody, .waitingForRequest, .keepalive,
            .readingRequestLine, .readingRequestHead, .readingPipelinedRequestLine, .readingRequest, .handshaking,
            .processingHTTP2, .readingProxyHeader, .logging, .closing, .checkingStatus, .checkingHeader, .checkingBody,
            .checkingVariables:
            Explanation(
                what: "The upstream has the request but sent no complete response head within proxy_read_timeout.",
                check: "What is the app doing? If the request really takes that long, raise proxy_read_timeout.")
        }
    }

    private static func lost(_ cause: Cause, _ place: Place, reset: Bool) -> Explanation {
        if cause.marks.contains(.stale) {
            return Explanation(
                what: "The upstream closed an idle keep-alive connection just as the request was sent on it.",
                check: "Make the app's keep-alive timeout longer than keepalive_timeout in the upstream block.")
        }
        if place.phase == .tunnelling {
            return Explanation(
                what: "The upstream broke the tunnel off.",
                check: "Look into the app's log at this time.")
        }
        if place.phase == .sendingRequest {
            return Explanation(
                what: "The upstream hung up before it had read the whole request.",
                check: "Does the app refuse bodies of this size or kind? Its log should say.")
        }
        if cause.marks.contains(.answerBegun) || place.headCommitted || place.phase == .readingUpstream {
            return Explanation(
                what: "The upstream hung up in the middle of its answer: what came is not complete.",
                check: "Did the app crash while answering, or send less than its Content-Length? See its log.")
        }
        if reset {
            return Explanation(
                what: "The upstream reset the connection without having answered.",
                check: "Did the app crash or restart? A port that expects TLS also answers plain HTTP like this.")
        }
        return Explanation(
            what: "The upstream took the request and closed the connection without having answered.",
            check: "Did the app crash or restart while handling this request? See its log at this time.")
    }
}
