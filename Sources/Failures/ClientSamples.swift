/// Samples of causes on the client's side and in this process.
extension Sample {
    static func client(_ kind: ClientCause) -> [Sample] {
        let cause = Cause.client(kind)
        switch kind {
        case .closed:
            return [Sample(cause, .readingRequestLine), Sample(cause, .readingBody), Sample(cause, .sendingRequest)]
        case .closedUnasked: return [Sample(cause, .waitingForRequest)]
        case .closedKeepalive: return [Sample(cause, .keepalive, "127.0.0.1")]
        case .aborted:
            return [
                Sample(cause, .connecting), Sample(cause, .readingResponseHead),
                Sample(.client(kind, errno: 104), .readingUpstream, late: true),
            ]
        case .abortedAlone: return [Sample(cause, .resolving)]
        case .timedOut:
            return [
                Sample(cause, .waitingForRequest), Sample(cause, .readingRequestHead), Sample(cause, .readingBody),
                Sample(cause, .processingHTTP2), Sample(cause, .sendingToClient, late: true),
            ]
        case .failed:
            return [
                Sample(.clientFailed(.recv, errno: 104), .readingRequestHead),
                Sample(.clientFailed(.send, errno: 104), .sendingToClient, late: true),
            ]
        case .tlsClosed: return [Sample(cause, .handshaking)]
        case .tlsFailed:
            return [
                Sample(
                    Cause(.client(kind), operation: .sslHandshake), .handshaking,
                    "error:0A000102:SSL routines::unsupported protocol"),
                Sample(
                    Cause(.client(kind), operation: .sslHandshake, marks: .unexpected), .handshaking,
                    "error:0A0000B3:SSL routines::no certificate set"),
            ]
        case .handshakeRejected: return [Sample(cause, .handshaking)]
        case .outlivedShutdown: return [Sample(cause, .tunnelling, late: true)]
        }
    }

    static func request(_ kind: RequestCause) -> Sample {
        let cause = Cause.request(kind)
        return switch kind {
        case .invalidMethod, .invalidRequest, .invalidVersion, .uriTooLong, .invalidHostInTarget:
            Sample(cause, .readingRequestLine)
        case .invalidField: Sample(cause, .readingRequestHead, "X A ")
        case .fieldIgnored: Sample(cause, .readingRequestHead, "X_A: 1")
        case .fieldTooLong: Sample(cause, .readingRequestHead, "Cookie: a=b")
        case .duplicateHost: Sample(cause, .readingRequestHead, "Host: b", "Host: a")
        case .duplicateField: Sample(cause, .readingRequestHead, "Content-Length: 2", "Content-Length: 1")
        case .unknownCoding: Sample(cause, .readingRequestHead, "gzip")
        case .tooManyFields, .headTooLarge, .noHost, .invalidHost, .invalidContentLength, .lengthAndCoding,
            .codingInHTTP10, .plainToTLS, .certificateMissing, .wrongServerName, .protocolDisabled, .trace, .connect:
            Sample(cause, .readingRequestHead)
        case .noTunnelHere: Sample(cause, .routing)
        case .invalidChunk: Sample(cause, .readingBody)
        case .bodyTooLarge: Sample(.request(kind, number: 2_000_000), .routing)
        case .chunkedBodyTooLarge: Sample(cause, .readingBody, "1048576+17")
        case .certificateUntrusted: Sample(.request(kind, number: 18), .readingRequestHead, "self-signed certificate")
        case .brokenProxyHeader: Sample(cause, .readingProxyHeader, "GET / HTTP/1.1")
        }
    }

    static func stream(_ kind: StreamCause) -> Sample {
        let cause = Cause.stream(kind)
        return switch kind {
        case .noPseudoField: Sample(cause, .readingRequestHead, ":path")
        case .noAuthority, .authorityMismatch: Sample(cause, .readingRequestHead)
        case .malformed: Sample(cause, .readingRequestHead, "\"connection\" header")
        case .cancelled: Sample(.stream(kind, number: 3), .readingResponseHead)
        case .terminated: Sample(.stream(kind, number: 3), .readingResponseHead, "2")
        case .closed: Sample(cause, .readingBody)
        case .cutShort: Sample(.stream(kind, number: 10), .readingBody, "20")
        case .tooMany: Sample(.stream(kind, number: 128), .processingHTTP2)
        case .violation: Sample(cause, .processingHTTP2, "WINDOW_UPDATE: flow control window overflow")
        case .flood: Sample(cause, .processingHTTP2)
        }
    }

    static func local(_ kind: LocalCause) -> [Sample] {
        let cause = Cause.local(kind)
        switch kind {
        case .rewriteCycle, .redirectCycle, .subrequestCycle: return [Sample(cause, .routing, "/a")]
        case .namedLocationCycle, .namedLocationMissing: return [Sample(cause, .routing, "@app")]
        case .variableCycle, .uninitializedVariable: return [Sample(cause, .routing, "x")]
        case .patternMatches, .patternMisses: return [Sample(cause, .routing, "^/a/(.*)$", "/a/b")]
        case .rewritten: return [Sample(cause, .routing, "/b", "x=1")]
        case .rewrittenRedirect: return [Sample(cause, .routing, "/b")]
        case .emptyRewrite, .accessForbidden: return [Sample(cause, .routing)]
        case .patternFailed: return [Sample(.local(kind, number: -47), .routing, "/aaaa", "(a+)+$")]
        case .authUnexpected: return [Sample(.local(kind, number: 302), .routing)]
        case .fileFailed:
            return [
                Sample(.local(kind, operation: .open, errno: 2), .routing, "/var/www/x"),
                Sample(.local(kind, operation: .open, errno: 13), .routing, "/var/www/x"),
                Sample(.local(kind, operation: .open, errno: 24), .routing, "/var/www/x"),
            ]
        case .indexFailed: return [Sample(.local(kind, errno: 2), .routing, "/var/www/d/index.html")]
        case .directoryForbidden: return [Sample(cause, .routing, "/var/www/d/")]
        case .notRegularFile: return [Sample(cause, .routing, "/var/www/s")]
        case .fileCut: return [Sample(.local(kind, number: 65_536), .sendingToClient, "/var/www/x")]
        case .bodySpooled, .bodyInFile: return [Sample(cause, .readingBody, "/tmp/body/0000000001")]
        case .spoolFailed:
            return [
                Sample(.local(kind, operation: .pwrite, errno: 28), .readingBody, "/tmp/body/0000000001"),
                Sample(.local(kind, operation: .pread, errno: 5), .sendingRequest, "/tmp/body/0000000001"),
            ]
        case .connectionsExhausted: return [Sample(.local(kind, number: 512), .connecting)]
        case .connectionsReused: return [Sample(.local(kind, number: 512), .routing)]
        case .acceptFailed: return [Sample(.local(kind, operation: .accept4, errno: 24), .routing, "0.0.0.0:80")]
        case .callFailed: return [Sample(.local(kind, operation: .epollCtl, errno: 28), .routing)]
        case .certificateFailed:
            return [
                Sample(
                    .local(kind), .handshaking,
                    "cannot load certificate \"/a.pem\": BIO_new_file() failed (SSL: error:80000002:system library::)")
            ]
        }
    }
}
