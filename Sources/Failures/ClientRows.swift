import HTTP

/// The rows about clients: their connection, and what they sent.
extension FailureTable {
    static func client(_ kind: ClientCause, _ cause: Cause, _ place: Place) -> Row {
        switch kind {
        case .closed: .close(lostStatus(place.phase), .info, "C")
        case .closedUnasked, .tlsClosed: .close(0, .info, "C")
        case .tlsFailed: .close(0, cause.marks.contains(.unexpected) ? .crit : .info, "C")
        case .handshakeRejected: .close(0, .info, "P")
        case .closedKeepalive: .notice(.info)
        case .aborted, .abortedAlone: .close(499, .info, "C")
        case .timedOut: timedOut(place)
        case .failed:
            .close(lostStatus(place.phase), SystemError.isConnectionError(cause.errno) ? .info : .alert, "C")
        case .outlivedShutdown: .close(0, .info, "K")
        }
    }

    static func request(_ kind: RequestCause) -> Row {
        switch kind {
        case .invalidMethod, .invalidRequest, .invalidField, .noHost, .duplicateHost, .duplicateField, .invalidHost,
            .invalidHostInTarget, .invalidContentLength, .lengthAndCoding, .codingInHTTP10:
            refused(400)
        case .invalidChunk: refused(400, .error)
        case .invalidVersion: refused(505)
        case .fieldIgnored: .notice(.info)
        case .uriTooLong: refused(414)
        case .fieldTooLong, .tooManyFields, .headTooLarge: refused(494)
        case .unknownCoding, .noTunnelHere: refused(501)
        case .bodyTooLarge, .chunkedBodyTooLarge: refused(413, .error)
        case .certificateUntrusted: refused(495)
        case .certificateMissing: refused(496)
        case .plainToTLS: refused(497)
        case .wrongServerName, .protocolDisabled: refused(421)
        case .trace, .connect: refused(405)
        case .brokenProxyHeader: .close(0, .error, "P")
        }
    }

    static func stream(_ kind: StreamCause) -> Row {
        switch kind {
        case .noPseudoField, .noAuthority, .authorityMismatch, .malformed: refused(400)
        case .cancelled, .terminated, .closed: .close(499, .info, "C")
        case .cutShort: .answer(400, .httpRequestError, .info, "C")
        case .tooMany: .http2(.reset, HTTP2Code.refusedStream, .info, "P")
        case .violation: .http2(.goaway, HTTP2Code.protocolError, .info, "P")
        case .flood: .http2(.goaway, HTTP2Code.enhanceYourCalm, .info, "P")
        }
    }

    private static func refused(_ status: UInt16, _ level: LogLevel = .info) -> Row {
        .answer(status, .httpRequestError, level, "P")
    }

    /// A client that stands still. Before its head is complete nginx hangs up without a word; in the body it is told.
    private static func timedOut(_ place: Place) -> Row {
        switch place.phase {
        case .readingBody, .sendingRequest, .readingResponseHead, .readingRequest, .connecting, .handshakingUpstream,
            .queued, .resolving, .routing:
            .answer(408, .httpRequestError, .info, "c")
        case .readingRequestLine, .readingRequestHead, .readingPipelinedRequestLine:
            .close(408, .info, "c")
        case .processingHTTP2:
            .http2(.goaway, HTTP2Code.protocolError, .info, "c")
        case .readingUpstream, .sendingEarlyHints, .sendingResponse, .sendingToClient:
            place.wire == .http2 ? .http2(.reset, HTTP2Code.cancel, .info, "c") : .close(408, .info, "c")
        case .waitingForRequest, .keepalive, .handshaking, .readingProxyHeader, .tunnelling, .logging, .closing,
            .checkingStatus, .checkingHeader, .checkingBody, .checkingVariables:
            .close(0, .info, "c")
        }
    }

    /// `$status` for a client whose socket failed: nginx has 400 until the request is read, 499 afterwards.
    private static func lostStatus(_ phase: Phase) -> UInt16 {
        switch phase {
        case .waitingForRequest, .keepalive, .handshaking, .readingProxyHeader, .processingHTTP2,
            .checkingStatus, .checkingHeader, .checkingBody, .checkingVariables:
            0
        case .readingRequestLine, .readingRequestHead, .readingPipelinedRequestLine, .readingRequest, .readingBody,
            .sendingRequest:
            400
        case .routing, .resolving, .queued, .connecting, .handshakingUpstream, .readingResponseHead, .readingUpstream,
            .sendingEarlyHints, .sendingResponse, .sendingToClient, .tunnelling, .logging, .closing:
            499
        }
    }
}
