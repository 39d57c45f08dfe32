import Bytes

/// Where an exchange or a connection stood, in nginx's words; copied from the state machine that saw the cause.
package enum Phase: UInt8, CaseIterable, Sendable {
    // Without words: nginx has no action set here, so that the line has no ` while …`.
    /// Choosing server and location, rewriting, access, static files.
    case routing
    /// Waiting for the rest of the request's body before the upstream is asked.
    case readingBody
    /// Looking up the upstream's name.
    case resolving

    // The client's connection.
    case waitingForRequest, keepalive
    case readingRequestLine, readingRequestHead, readingPipelinedRequestLine, readingRequest
    case handshaking, processingHTTP2, readingProxyHeader

    // The upstream's.
    /// Waiting for a peer below its `max_conns`; nginx calls it connecting.
    case queued
    case connecting, handshakingUpstream, sendingRequest, readingResponseHead, readingUpstream
    /// Comparing the response to a health check with what it must be.
    case checkingStatus, checkingHeader, checkingBody, checkingVariables

    // The way out.
    case sendingEarlyHints, sendingResponse, sendingToClient, tunnelling
    case logging, closing

    /// What follows ` while ` in the log line; empty where nothing does.
    package var words: StaticString {
        switch self {
        case .routing, .readingBody, .resolving: ""
        case .waitingForRequest: "waiting for request"
        case .keepalive: "keepalive"
        case .readingRequestLine: "reading client request line"
        case .readingRequestHead: "reading client request headers"
        case .readingPipelinedRequestLine: "reading client pipelined request line"
        case .readingRequest: "reading client request"
        case .handshaking: "SSL handshaking"
        case .processingHTTP2: "processing HTTP/2 connection"
        case .readingProxyHeader: "reading PROXY protocol"
        case .queued, .connecting: "connecting to upstream"
        case .handshakingUpstream: "SSL handshaking to upstream"
        case .sendingRequest: "sending request to upstream"
        case .readingResponseHead: "reading response header from upstream"
        case .readingUpstream: "reading upstream"
        case .checkingStatus: "checking status code"
        case .checkingHeader: "checking headers"
        case .checkingBody: "checking body"
        case .checkingVariables: "checking variables"
        case .sendingEarlyHints: "sending early hints to client"
        case .sendingResponse: "sending response to client"
        case .sendingToClient: "sending to client"
        case .tunnelling: "proxying upgraded connection"
        case .logging: "logging request"
        case .closing: "closing request"
        }
    }

    /// HAProxy's second letter (its manual, "Session state at disconnection"): when it ended.
    package var when: UInt8 {
        switch self {
        case .routing, .readingBody, .waitingForRequest, .keepalive, .readingRequestLine, .readingRequestHead,
            .readingPipelinedRequestLine, .readingRequest, .handshaking, .processingHTTP2, .readingProxyHeader:
            UInt8(ascii: "R")
        case .queued: UInt8(ascii: "Q")
        case .resolving, .connecting, .handshakingUpstream: UInt8(ascii: "C")
        case .sendingRequest, .readingResponseHead, .sendingEarlyHints, .checkingStatus, .checkingHeader, .checkingBody,
            .checkingVariables:
            UInt8(ascii: "H")
        case .readingUpstream, .sendingResponse, .sendingToClient, .tunnelling: UInt8(ascii: "D")
        case .logging, .closing: UInt8(ascii: "L")
        }
    }

    /// Appends ` while …`, or nothing.
    package func append(to out: inout ByteBuffer) {
        let words = words
        if words.utf8CodeUnitCount == 0 { return }
        out.append(" while ")
        out.append(words)
    }
}
