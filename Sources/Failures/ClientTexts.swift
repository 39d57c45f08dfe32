import Bytes

/// The words about clients and what they sent.
extension CauseText {
    static func append(
        _ kind: ClientCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .closed:
            out.append("client prematurely closed connection")
            SystemError.append(cause.errno, to: &out)
        case .closedUnasked: out.append("client closed connection")
        case .closedKeepalive:
            out.append("client ")
            append(escaping: evidence.first, to: &out)
            out.append(" closed keepalive connection")
            SystemError.append(cause.errno, to: &out)
        case .aborted:
            out.append("epoll_wait() reported that client prematurely closed connection, ")
            out.append("so upstream connection is closed too")
            SystemError.append(cause.errno, to: &out)
        case .abortedAlone:
            out.append("epoll_wait() reported that client prematurely closed connection")
            SystemError.append(cause.errno, to: &out)
        case .timedOut: out.append("client timed out (110: Connection timed out)")
        case .failed: call(cause, to: &out)
        case .tlsClosed:
            out.append("peer closed connection in SSL handshake")
            SystemError.append(cause.errno, to: &out)
        case .tlsFailed: tls(cause, evidence, to: &out)
        case .handshakeRejected: out.append("handshake rejected")
        case .outlivedShutdown: out.append("worker shutdown timed out")
        }
    }

    /// nginx tells three apart: what is no header, one of another version (the number), and one that is too large (-1).
    private static func proxyHeader(_ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer) {
        switch cause.number {
        case 0: quoted("broken header: ", evidence.first, to: &out)
        case ..<0: out.append("header is too large")
        default: numbered("unknown PROXY protocol version: ", cause, to: &out)
        }
    }

    static func append(
        _ kind: RequestCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .invalidField: broken("client sent invalid header line: ", evidence.first, to: &out)
        case .fieldIgnored: quoted("client sent invalid header line: ", evidence.first, to: &out)
        case .fieldTooLong:
            out.append("client sent too long header line: \"")
            append(escaping: evidence.first, to: &out)
            out.append("...\"")
        case .duplicateHost: twice("client sent duplicate host header: ", evidence, to: &out)
        case .duplicateField: twice("client sent duplicate header line: ", evidence, to: &out)
        case .unknownCoding: quoted("client sent unknown \"Transfer-Encoding\": ", evidence.first, to: &out)
        case .bodyTooLarge:
            numbered("client intended to send too large body: ", cause, to: &out)
            out.append(" bytes")
        case .chunkedBodyTooLarge:
            out.append("client intended to send too large chunked body: ")
            append(escaping: evidence.first, to: &out)
            out.append(" bytes")
        case .certificateUntrusted:
            out.append("client SSL certificate verify error: ")
            verify(cause, evidence, to: &out)
        case .brokenProxyHeader: proxyHeader(cause, evidence, to: &out)
        case .invalidMethod: out.append("client sent invalid method")
        case .invalidRequest: out.append("client sent invalid request")
        case .invalidVersion: out.append("client sent invalid version")
        case .uriTooLong: out.append("client sent too long URI")
        case .tooManyFields: out.append("client sent too many header lines")
        case .headTooLarge: out.append("client sent too large request")
        case .noHost: out.append("client sent HTTP/1.1 request without \"Host\" header")
        case .invalidHost: out.append("client sent invalid host header")
        case .invalidHostInTarget: out.append("client sent invalid host in request line")
        case .invalidContentLength: out.append("client sent invalid \"Content-Length\" header")
        case .lengthAndCoding:
            out.append("client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time")
        case .codingInHTTP10: out.append("client sent HTTP/1.0 request with \"Transfer-Encoding\" header")
        case .invalidChunk: out.append("client sent invalid chunked body")
        case .plainToTLS: out.append("client sent plain HTTP request to HTTPS port")
        case .certificateMissing: out.append("client sent no required SSL certificate")
        case .wrongServerName:
            out.append("client attempted to request the server name different from the one that was negotiated")
        case .protocolDisabled:
            out.append("client attempted to request the server name for which the negotiated protocol is disabled")
        case .trace: out.append("client sent TRACE method")
        case .connect: out.append("client sent CONNECT method")
        case .noTunnelHere: out.append("client sent extended CONNECT request where no tunnel begins")
        }
    }

    static func append(
        _ kind: StreamCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .noAuthority: out.append("client sent neither \":authority\" nor \"Host\" header")
        case .authorityMismatch:
            out.append("client sent \":authority\" and \"Host\" headers with different values")
        case .closed: out.append("client prematurely closed stream")
        case .malformed:
            out.append("client sent ")
            append(escaping: evidence.first, to: &out)
        case .noPseudoField:
            out.append("client sent no ")
            append(escaping: evidence.first, to: &out)
            out.append(" header")
        case .violation:
            out.append("client violated HTTP/2: ")
            append(escaping: evidence.first, to: &out)
        case .tooMany: numbered("concurrent streams exceeded ", cause, to: &out)
        case .cancelled: numbered("client canceled stream ", cause, to: &out)
        case .terminated:
            numbered("client terminated stream ", cause, to: &out)
            out.append(" with status ")
            append(escaping: evidence.first, to: &out)
        case .cutShort:
            numbered("client prematurely closed stream: only ", cause, to: &out)
            out.append(" out of ")
            append(escaping: evidence.first, to: &out)
            out.append(" bytes of request body received")
        case .flood: out.append("http2 flood detected")
        }
    }
}
