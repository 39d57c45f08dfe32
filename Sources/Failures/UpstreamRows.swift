import HTTP

/// The rows about upstreams: their connection, what they sent, and choosing one.
extension FailureTable {
    static func connection(_ kind: ConnectionCause, _ cause: Cause, _ place: Place) -> Row {
        switch kind {
        case .connectFailed:
            upstream(502, connectError(cause), level: connectLevel(cause))
        case .timedOut:
            .answer(
                504, timeoutError(place.phase), place.phase == .tunnelling ? .info : .error, "s", retry: .timeout,
                counts: true)
        case .closed:
            upstream(502, lossError(cause, place))
        case .failed:
            upstream(502, lossError(cause, place), level: SystemError.isConnectionError(cause.errno) ? .error : .alert)
        case .tlsClosed, .http2Refused:
            upstream(502, .tlsProtocolError)
        case .tlsFailed:
            upstream(502, .tlsProtocolError, level: cause.marks.contains(.unexpected) ? .crit : .error)
        case .tlsAlert:
            upstream(502, .tlsAlertReceived)
        case .certificateUntrusted, .certificateMismatch:
            upstream(502, .tlsCertificateError)
        case .disabled, .unhealthy:
            .notice(.warn)
        case .healthy:
            .notice(.notice)
        }
    }

    static func response(_ kind: ResponseCause, _ cause: Cause) -> Row {
        switch kind {
        // Another try is no second one: `error` covers it as it covers a connection that never came to be.
        case .streamRejected where cause.marks.contains(.unprocessed),
            .goaway where cause.marks.contains(.unprocessed):
            .answer(502, .httpProtocolError, .error, "S", retry: .error)
        case .noStatusLine, .invalidField, .duplicateField, .invalidContentLength, .lengthAndCoding, .tooManyInterims,
            .earlyHintsInHTTP10, .streamRejected, .goaway, .frameTooLarge, .http2Violation, .invalidTrailer,
            .bodyBeyondLength, .malformedFields:
            invalid(.httpProtocolError)
        case .tooSoon:
            upstream(502, .httpProtocolError)
        case .streamClosed:
            invalid(.httpResponseIncomplete)
        case .headTooBig:
            invalid(.httpResponseHeaderSectionSize)
        case .unknownCoding, .invalidChunk:
            invalid(.httpResponseTransferCoding)
        case .trailersTooBig:
            invalid(.httpResponseTrailerSectionSize)
        case .unaskedUpgrade, .upgradeIgnored:
            invalid(.httpUpgradeFailed)
        case .earlyHintsTooBig:
            .notice(.info)
        case .duplicateFieldIgnored, .dataBeyondLength, .dataAfterLastChunk, .dataAfterTrailers:
            .notice(.warn)
        }
    }

    static func choice(_ kind: ChoiceCause) -> Row {
        switch kind {
        // RFC 9209 would have 503 for both; nginx's 502 is kept, the error type tells them apart.
        case .noLivePeers: .answer(502, .destinationUnavailable, .error, "S")
        case .limitReached, .queueFull: .answer(502, .connectionLimitReached, .error, "R")
        case .queueTimedOut: .answer(502, .connectionLimitReached, .error, "s")
        case .nameNotResolved: .answer(502, .dnsError, .error, "S")
        case .lookupTimedOut: .answer(504, .dnsTimeout, .error, "s")
        case .tooManyLookups: .answer(502, .dnsError, .error, "R")
        case .awaited: .notice(.notice)
        case .unknownAtStart: .notice(.warn)
        case .noResolver: .answer(502, .proxyConfigurationError, .error, "I")
        case .invalidURLPrefix, .noHost, .invalidPort, .noPort, .emptyURI:
            .answer(500, .proxyConfigurationError, .error, "I")
        case .noConfiguration: .answer(500, .proxyConfigurationError, .alert, "I")
        case .invalidLocalAddress: .notice(.error)
        case .bindFailed: .answer(500, .proxyConfigurationError, .crit, "I")
        case .callFailed: .answer(500, .proxyInternalError, .alert, "I")
        }
    }

    private static func upstream(_ status: UInt16, _ error: ProxyErrorType, level: LogLevel = .error) -> Row {
        .answer(status, error, level, "S", retry: .error, counts: true)
    }

    private static func invalid(_ error: ProxyErrorType) -> Row {
        .answer(502, error, .error, "P", retry: .invalidHeader, counts: true)
    }

    /// nginx: the call itself knows a shorter list of everyday errors than the check after a late answer.
    private static func connectLevel(_ cause: Cause) -> LogLevel {
        if cause.marks.contains(.atOnce) { return SystemError.isConnectError(cause.errno) ? .error : .crit }
        return SystemError.isConnectionError(cause.errno) ? .error : .alert
    }

    private static func connectError(_ cause: Cause) -> ProxyErrorType {
        switch cause.errno {
        case SystemError.refused, SystemError.again: .connectionRefused
        case SystemError.reset: .connectionTerminated
        case SystemError.timedOut: .connectionTimeout
        case SystemError.accessDenied, SystemError.notPermitted:
            cause.marks.contains(.unixSocket) ? .proxyConfigurationError : .destinationIPUnroutable
        case SystemError.noEntry, SystemError.notDirectory: .destinationUnavailable
        default: .destinationIPUnroutable
        }
    }

    private static func timeoutError(_ phase: Phase) -> ProxyErrorType {
        switch phase {
        case .connecting, .handshakingUpstream, .queued, .resolving: .connectionTimeout
        case .sendingRequest: .connectionWriteTimeout
        case .readingUpstream, .sendingToClient, .sendingResponse, .tunnelling: .connectionReadTimeout
        case .readingResponseHead, .sendingEarlyHints: .httpResponseTimeout
        case .routing, .readingBody, .waitingForRequest, .keepalive, .readingRequestLine, .readingRequestHead,
            .readingPipelinedRequestLine, .readingRequest, .handshaking, .processingHTTP2, .readingProxyHeader,
            .logging, .closing, .checkingStatus, .checkingHeader, .checkingBody, .checkingVariables:
            .httpResponseTimeout
        }
    }

    private static func lossError(_ cause: Cause, _ place: Place) -> ProxyErrorType {
        if cause.marks.contains(.answerBegun) || place.headCommitted { return .httpResponseIncomplete }
        return place.phase == .readingUpstream ? .httpResponseIncomplete : .connectionTerminated
    }
}
