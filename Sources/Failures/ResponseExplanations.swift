/// Explanations about what the upstream sent.
extension Explanation {
    static func what(_ kind: ResponseCause) -> StaticString {
        switch kind {
        case .noStatusLine: "What the upstream sent does not begin with an HTTP status line."
        case .invalidField: "A header line of the response is not valid HTTP; the text ends at the byte that is wrong."
        case .headTooBig: "The response's head does not fit into proxy_buffer_size, or has too many lines."
        case .duplicateField: "A header line on which the body's length hangs is there twice."
        case .invalidContentLength: "The response's Content-Length is not a number."
        case .lengthAndCoding:
            "The response has both Content-Length and Transfer-Encoding: two answers to where it ends."
        case .unknownCoding:
            "The response's Transfer-Encoding is something else than chunked, so its end cannot be found."
        case .invalidChunk: "The response's body is not valid chunked coding."
        case .invalidTrailer: "A trailer line after the last chunk is not valid HTTP."
        case .trailersTooBig: "The trailers after the last chunk do not fit into proxy_buffer_size."
        case .tooSoon: "The upstream answered before the request was sent."
        case .unaskedUpgrade: "The upstream switched protocols (101), but the request did not ask for that."
        case .upgradeIgnored:
            "The client asked over HTTP/2 for a tunnel, and the upstream answered as if for a page (RFC 8441)."
        case .tooManyInterims: "The upstream sent one interim response (1xx) after the other and no final one."
        case .earlyHintsInHTTP10: "The upstream sent 103 Early Hints in HTTP/1.0, which has no interim responses."
        case .streamRejected: "The upstream reset the HTTP/2 stream with this error code instead of answering."
        case .goaway: "The upstream ended the HTTP/2 connection with this error code."
        case .frameTooLarge: "The upstream sent a frame larger than HTTP/2 allows; most likely it is no HTTP/2 at all."
        case .streamClosed: "The upstream ended the HTTP/2 stream before its answer was complete."
        case .bodyBeyondLength: "The response's body is longer than its Content-Length says."
        case .malformedFields: "The response's fields are not those of an HTTP/2 message."
        case .http2Violation: "The upstream broke a rule of HTTP/2."
        case .duplicateFieldIgnored: "A header line that may stand once only is there twice; the first one counts."
        case .earlyHintsTooBig: "The early hints do not fit into proxy_buffer_size and were dropped."
        case .dataBeyondLength: "The upstream sent more body than its Content-Length says; the surplus was dropped."
        case .dataAfterLastChunk: "The upstream sent bytes after the last chunk; they were dropped."
        case .dataAfterTrailers: "The upstream sent bytes after the trailers; they were dropped."
        }
    }

    static func check(_ kind: ResponseCause) -> StaticString {
        switch kind {
        case .noStatusLine:
            "Is this port the app's HTTP port? TLS, SSH, databases and crash messages on stdout look like this."
        case .invalidField, .invalidTrailer:
            "Ask the upstream directly (curl -v): spaces, line feeds or control bytes stand where they must not."
        case .headTooBig, .trailersTooBig, .earlyHintsTooBig:
            "Make the large field (often Set-Cookie) smaller, or raise proxy_buffer_size; beyond 14k proxy_buffers too."
        case .duplicateField, .duplicateFieldIgnored:
            "Both the framework and the app's own code may set this field; let one of them do it."
        case .invalidContentLength, .lengthAndCoding, .unknownCoding:
            "Let the app's HTTP library frame the body, and do not copy these fields from another response."
        case .invalidChunk:
            "Does the app write its chunks by hand, or send a plain body under Transfer-Encoding: chunked?"
        case .tooSoon:
            "Something other than an HTTP server may listen there; greeting banners look like this."
        case .unaskedUpgrade:
            "Did the client ask for an upgrade? Then pass it on: proxy_set_header Upgrade and Connection."
        case .upgradeIgnored:
            "Does this address of the app speak WebSocket? Pass it on: proxy_set_header Upgrade and Connection."
        case .tooManyInterims, .earlyHintsInHTTP10:
            "Look at where the app sends interim responses."
        case .streamRejected, .goaway, .streamClosed, .http2Violation, .malformedFields, .bodyBeyondLength:
            "RFC 9113 section 7 has the error codes, the app's log the rest; proxy_http_version 1.1 avoids HTTP/2."
        case .frameTooLarge:
            "Does this port speak HTTP/2 without TLS? If it speaks HTTP/1.1, set proxy_http_version 1.1."
        case .dataBeyondLength:
            "Content-Length counts bytes, not characters; a body in UTF-8 is often longer than its string."
        case .dataAfterLastChunk, .dataAfterTrailers:
            "Does the app write to the response after it ended it?"
        }
    }
}
