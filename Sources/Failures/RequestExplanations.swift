/// Explanations about what the client sent.
extension Explanation {
    static func what(_ kind: RequestCause) -> StaticString {
        switch kind {
        case .invalidMethod: "The request line does not begin with a valid method."
        case .invalidRequest: "The request line is not valid HTTP."
        case .invalidVersion: "The request asks for an HTTP version that is not spoken here."
        case .invalidField: "A header line of the request is not valid HTTP; the text ends at the byte that is wrong."
        case .fieldIgnored:
            "A header line with an unusual name was dropped (ignore_invalid_headers, underscores_in_headers)."
        case .uriTooLong: "The request line is longer than one of large_client_header_buffers."
        case .fieldTooLong: "A header line is longer than one of large_client_header_buffers."
        case .tooManyFields: "The request has more header lines than max_headers allows."
        case .headTooLarge: "The request's head is larger than all of large_client_header_buffers."
        case .noHost: "An HTTP/1.1 request must have a Host field; this one has none."
        case .duplicateHost: "The request has two Host fields."
        case .duplicateField: "A header line that may stand once only is there twice."
        case .invalidHost: "The value of Host is no host name."
        case .invalidHostInTarget: "The host in the request line is no host name."
        case .invalidContentLength: "The request's Content-Length is not a number."
        case .lengthAndCoding:
            "The request has both Content-Length and Transfer-Encoding: two answers to where it ends."
        case .unknownCoding: "The request's Transfer-Encoding is something else than chunked."
        case .codingInHTTP10: "An HTTP/1.0 request cannot have Transfer-Encoding."
        case .invalidChunk: "The request's body is not valid chunked coding."
        case .bodyTooLarge, .chunkedBodyTooLarge: "The request's body is larger than client_max_body_size."
        case .plainToTLS: "Plain HTTP was sent to a port that speaks TLS."
        case .certificateUntrusted: "The client's certificate did not pass verification."
        case .certificateMissing: "This server asks for a client certificate, and the client sent none."
        case .wrongServerName: "The request is for another server name than the TLS handshake was."
        case .protocolDisabled: "The request came over HTTP/2, which the server of that name does not speak."
        case .trace: "TRACE is never answered: it would show the client's own secrets."
        case .connect: "CONNECT is for forward proxies; this is a reverse proxy."
        case .noTunnelHere:
            "The client asked over HTTP/2 for a WebSocket where Postern itself answers; it would take 200 for one."
        case .brokenProxyHeader: "The connection did not begin with a valid PROXY protocol header."
        }
    }

    static func check(_ kind: RequestCause) -> StaticString {
        switch kind {
        case .invalidMethod, .invalidRequest:
            "TLS sent to a plain port looks like this, and so does a body longer than the Content-Length before it."
        case .invalidVersion, .invalidField, .noHost, .duplicateHost, .duplicateField, .invalidHost,
            .invalidHostInTarget, .invalidContentLength, .lengthAndCoding, .unknownCoding, .codingInHTTP10,
            .invalidChunk:
            clientCode
        case .fieldIgnored: "Rename the field, or set underscores_in_headers on if an underscore is all."
        case .uriTooLong: "Move long data from the query into the body, or raise large_client_header_buffers."
        case .fieldTooLong, .tooManyFields, .headTooLarge:
            "Cookies often grow like this: clear them, or raise the limit."
        case .bodyTooLarge, .chunkedBodyTooLarge:
            "Raise client_max_body_size if bodies of this size are meant (0: no limit)."
        case .plainToTLS: "Use https:// for this port."
        case .certificateUntrusted: "Is its issuer in ssl_client_certificate, and is it within its dates?"
        case .certificateMissing: "Give the client its certificate and key, or set ssl_verify_client optional."
        case .wrongServerName: "The client should open a connection of its own for each server name."
        case .protocolDisabled: "Should this server say http2 on, like the others at its address?"
        case .trace, .connect: "Is the client configured to use this address as its HTTP proxy?"
        case .noTunnelHere: "Which location does this path come to? It wants a proxy_pass to the app."
        case .brokenProxyHeader: "Does the load balancer in front send PROXY protocol? If not, take it out of listen."
        }
    }
}
