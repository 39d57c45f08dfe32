import Bytes

/// The words about upstreams.
extension CauseText {
    static func append(
        _ kind: ConnectionCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .connectFailed:
            out.append("connect() ")
            if cause.marks.contains(.atOnce) {
                out.append("to ")
                append(escaping: evidence.first, to: &out)
                out.append(ASCII.space)
            }
            out.append("failed")
            SystemError.append(cause.errno, to: &out)
        case .timedOut:
            out.append("upstream timed out (110: Connection timed out)")
        case .closed:
            out.append("upstream prematurely closed connection")
        case .failed:
            call(cause, to: &out)
        case .tlsClosed:
            out.append("peer closed connection in SSL handshake")
            SystemError.append(cause.errno, to: &out)
        case .tlsFailed, .tlsAlert:
            tls(cause, evidence, to: &out)
        case .certificateUntrusted:
            out.append("upstream SSL certificate verify error: ")
            verify(cause, evidence, to: &out)
        case .certificateMismatch:
            quoted("upstream SSL certificate does not match ", evidence.first, to: &out)
        case .http2Refused:
            out.append("upstream did not agree to HTTP/2 in the SSL handshake")
        case .disabled:
            out.append("upstream server temporarily disabled")
        case .unhealthy:
            out.append("peer is unhealthy")
        case .healthy:
            out.append("peer is healthy")
        }
    }

    static func append(
        _ kind: ResponseCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .noStatusLine: out.append("upstream sent no valid HTTP/1.0 header")
        case .invalidField: broken("upstream sent invalid header: ", evidence.first, to: &out)
        case .headTooBig: out.append("upstream sent too big header")
        case .duplicateField: twice("upstream sent duplicate header line: ", evidence, to: &out)
        case .invalidContentLength:
            quoted("upstream sent invalid \"Content-Length\" header: ", evidence.first, to: &out)
        case .lengthAndCoding:
            out.append("upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time")
        case .unknownCoding: quoted("upstream sent unknown \"Transfer-Encoding\": ", evidence.first, to: &out)
        case .invalidChunk: out.append("upstream sent invalid chunked response")
        case .invalidTrailer: broken("upstream sent invalid trailer: ", evidence.first, to: &out)
        case .trailersTooBig: out.append("upstream sent too big trailers")
        case .tooSoon: out.append("upstream prematurely sent response")
        case .unaskedUpgrade: out.append("upstream sent 101 response without being asked to upgrade")
        case .upgradeIgnored: out.append("upstream did not switch protocols")
        case .tooManyInterims: out.append("upstream sent too many interim responses")
        case .earlyHintsInHTTP10: out.append("upstream sent HTTP/1.0 response with early hints")
        case .streamRejected: numbered("upstream rejected request with error ", cause, to: &out)
        case .goaway: numbered("upstream sent goaway with error ", cause, to: &out)
        case .frameTooLarge: numbered("upstream sent too large http2 frame: ", cause, to: &out)
        case .streamClosed: out.append("upstream prematurely closed stream")
        case .bodyBeyondLength: out.append("upstream sent response body larger than indicated content length")
        case .malformedFields:
            out.append("upstream sent ")
            append(escaping: evidence.first, to: &out)
        case .http2Violation:
            out.append("upstream violated HTTP/2: ")
            append(escaping: evidence.first, to: &out)
        case .duplicateFieldIgnored:
            twice("upstream sent duplicate header line: ", evidence, to: &out)
            out.append(", ignored")
        case .earlyHintsTooBig: out.append("upstream sent too big early hints")
        case .dataBeyondLength: out.append("upstream sent more data than specified in \"Content-Length\" header")
        case .dataAfterLastChunk: out.append("upstream sent data after final chunk")
        case .dataAfterTrailers: out.append("upstream sent data after trailers")
        }
    }

    static func append(
        _ kind: ChoiceCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .noLivePeers, .limitReached: out.append("no live upstreams")
        case .queueFull: out.append("upstream queue is full")
        case .queueTimedOut: out.append("upstream queue timed out")
        case .awaited:
            out.append("waiting for upstream: ")
            append(escaping: evidence.first, to: &out)
        case .nameNotResolved:
            append(escaping: evidence.first, to: &out)
            numbered(" could not be resolved (", cause, to: &out)
            out.append(": ")
            out.append(answerText(cause.number))
            out.append(0x29)
        case .lookupTimedOut:
            append(escaping: evidence.first, to: &out)
            out.append(" could not be resolved (110: Operation timed out)")
        case .tooManyLookups:
            append(escaping: evidence.first, to: &out)
            out.append(" could not be resolved: too many names are looked up")
        case .noResolver:
            out.append("no resolver defined to resolve ")
            append(escaping: evidence.first, to: &out)
        case .unknownAtStart: quoted("host not found in upstream ", evidence.first, to: &out)
        case .invalidURLPrefix: quoted("invalid URL prefix in ", evidence.first, to: &out)
        case .noHost: quoted("no host in upstream ", evidence.first, to: &out)
        case .invalidPort: quoted("invalid port in upstream ", evidence.first, to: &out)
        case .noPort: quoted("no port in upstream ", evidence.first, to: &out)
        case .emptyURI: out.append("zero length URI to proxy")
        case .noConfiguration: out.append("no upstream configuration")
        case .invalidLocalAddress: quoted("invalid local address ", evidence.first, to: &out)
        case .bindFailed:
            out.append("bind(")
            append(escaping: evidence.first, to: &out)
            out.append(") failed")
            SystemError.append(cause.errno, to: &out)
        case .callFailed: call(cause, to: &out)
        }
    }

    /// The name of a DNS answer code (RFC 1035 §4.1.1), in nginx's words.
    private static func answerText(_ code: Int64) -> StaticString {
        switch code {
        case 1: "Format error"
        case 2: "Server failure"
        case 3: "Host not found"
        case 4: "Unimplemented"
        case 5: "Operation refused"
        default: "Unknown error"
        }
    }
}
