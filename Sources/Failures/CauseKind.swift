/// What happened, in seven closed groups. A new kind does not compile until every column of the table knows it.
package enum CauseKind: Hashable, Sendable {
    /// The upstream's connection.
    case connection(ConnectionCause)
    /// What the upstream sent.
    case response(ResponseCause)
    /// Finding an address and beginning a connection.
    case choice(ChoiceCause)
    /// The client's connection.
    case client(ClientCause)
    /// What the client sent.
    case request(RequestCause)
    /// The client's HTTP/2.
    case stream(StreamCause)
    /// This process: its configuration, files and limits.
    case local(LocalCause)

    /// Whose failure it is.
    package var family: Family {
        switch self {
        case .connection, .response: .upstream
        case .choice(let kind): kind.family
        case .client, .request, .stream: .client
        case .local: .local
        }
    }

    /// A number for counters and traces: below 224, the same for one kind within one build.
    package var code: UInt8 {
        switch self {
        case .connection(let kind): kind.rawValue
        case .response(let kind): 32 + kind.rawValue
        case .choice(let kind): 64 + kind.rawValue
        case .client(let kind): 96 + kind.rawValue
        case .request(let kind): 128 + kind.rawValue
        case .stream(let kind): 160 + kind.rawValue
        case .local(let kind): 192 + kind.rawValue
        }
    }

    /// `response.noStatusLine`: how documents and metrics name it.
    package var name: String {
        switch self {
        case .connection(let kind): "connection.\(kind)"
        case .response(let kind): "response.\(kind)"
        case .choice(let kind): "choice.\(kind)"
        case .client(let kind): "client.\(kind)"
        case .request(let kind): "request.\(kind)"
        case .stream(let kind): "stream.\(kind)"
        case .local(let kind): "local.\(kind)"
        }
    }

    /// Every kind, in the order of `docs/failures.md`. For tests and the rendered table.
    package static var all: [CauseKind] {
        ConnectionCause.allCases.map { .connection($0) } + ResponseCause.allCases.map { .response($0) }
            + ChoiceCause.allCases.map { .choice($0) } + ClientCause.allCases.map { .client($0) }
            + RequestCause.allCases.map { .request($0) } + StreamCause.allCases.map { .stream($0) }
            + LocalCause.allCases.map { .local($0) }
    }
}

/// Whose failure a cause is.
package enum Family: UInt8, Sendable { case upstream, client, local }

/// The upstream's connection. Each comment is the text; what stands in capitals is filled in.
package enum ConnectionCause: UInt8, CaseIterable, Sendable {
    /// `connect() failed (N: TEXT)`, or with the address (evidence) where it failed at once.
    case connectFailed
    /// `upstream timed out (110: Connection timed out)`
    case timedOut
    /// `upstream prematurely closed connection`
    case closed
    /// `recv() failed (N: TEXT)` and the like.
    case failed
    /// `peer closed connection in SSL handshake`, with the errno where there is one.
    case tlsClosed
    /// `SSL_do_handshake() failed (SSL: EVIDENCE)` and the like.
    case tlsFailed
    /// The same text where the upstream sent an alert; the number is the alert's.
    case tlsAlert
    /// `upstream SSL certificate verify error: (NUMBER:EVIDENCE)`
    case certificateUntrusted
    /// `upstream SSL certificate does not match "EVIDENCE"`
    case certificateMismatch
    /// `upstream did not agree to HTTP/2 in the SSL handshake` (Postern's own)
    case http2Refused
    /// `upstream server temporarily disabled`, a notice.
    case disabled
    /// `peer is unhealthy`: a health check failed as often as it may; a notice.
    case unhealthy
    /// `peer is healthy`: a health check was passed as often as it must be; a notice.
    case healthy
}

/// What the upstream sent.
package enum ResponseCause: UInt8, CaseIterable, Sendable {
    /// `upstream sent no valid HTTP/1.0 header`
    case noStatusLine
    /// `upstream sent invalid header: "EVIDENCE\xHH..."`; the evidence ends with the byte that is wrong.
    case invalidField
    /// `upstream sent too big header`
    case headTooBig
    /// `upstream sent duplicate header line: "FIRST", previous value: "SECOND"`; both are whole lines.
    case duplicateField
    /// `upstream sent invalid "Content-Length" header: "EVIDENCE"`; the evidence is the whole line.
    case invalidContentLength
    /// `upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time`
    case lengthAndCoding
    /// `upstream sent unknown "Transfer-Encoding": "EVIDENCE"`; the evidence is the value.
    case unknownCoding
    /// `upstream sent invalid chunked response`
    case invalidChunk
    /// `upstream sent invalid trailer: "EVIDENCE\xHH..."`; as `invalidField`.
    case invalidTrailer
    /// `upstream sent too big trailers`
    case trailersTooBig
    /// `upstream prematurely sent response`: before it was asked.
    case tooSoon
    /// `upstream sent 101 response without being asked to upgrade` (Postern's own)
    case unaskedUpgrade
    /// `upstream did not switch protocols` (Postern's own): a 2xx that an HTTP/2 client would take for the tunnel.
    case upgradeIgnored
    /// `upstream sent too many interim responses` (Postern's own)
    case tooManyInterims
    /// `upstream sent HTTP/1.0 response with early hints`
    case earlyHintsInHTTP10
    /// `upstream rejected request with error NUMBER`; an HTTP/2 reset.
    case streamRejected
    /// `upstream sent goaway with error NUMBER`
    case goaway
    /// `upstream sent too large http2 frame: NUMBER`
    case frameTooLarge
    /// `upstream prematurely closed stream`
    case streamClosed
    /// `upstream sent response body larger than indicated content length`; HTTP/2.
    case bodyBeyondLength
    /// `upstream sent EVIDENCE`: fields that make an HTTP/2 message malformed (RFC 9113 §8.1.1), in nginx's words where
    /// it has some: `no :status header`, `invalid header: "Upper: x"`.
    case malformedFields
    /// `upstream violated HTTP/2: EVIDENCE`; the evidence is nghttp2's words (Postern's own).
    case http2Violation
    /// As `duplicateField` with `, ignored` after it; a notice.
    case duplicateFieldIgnored
    /// `upstream sent too big early hints`, a notice.
    case earlyHintsTooBig
    /// `upstream sent more data than specified in "Content-Length" header`, a notice.
    case dataBeyondLength
    /// `upstream sent data after final chunk`, a notice.
    case dataAfterLastChunk
    /// `upstream sent data after trailers`, a notice.
    case dataAfterTrailers
}

/// Finding an address to connect to, and beginning the connection.
package enum ChoiceCause: UInt8, CaseIterable, Sendable {
    /// `no live upstreams`: every peer is down or disabled.
    case noLivePeers
    /// `no live upstreams` too: every live peer is at `max_conns`, and there is no queue.
    case limitReached
    /// `upstream queue is full` (nginx's commercial edition)
    case queueFull
    /// `upstream queue timed out` (nginx's commercial edition)
    case queueTimedOut
    /// `waiting for upstream: EVIDENCE`, the words of the failure that is waited out; a notice (Postern's own).
    case awaited
    /// `EVIDENCE could not be resolved (NUMBER: TEXT)`; the number is the DNS answer code.
    case nameNotResolved
    /// `EVIDENCE could not be resolved (110: Operation timed out)`
    case lookupTimedOut
    /// `EVIDENCE could not be resolved: too many names are looked up` (Postern's own)
    case tooManyLookups
    /// `no resolver defined to resolve EVIDENCE`
    case noResolver
    /// `host not found in upstream "EVIDENCE"`, seen at start; a notice.
    case unknownAtStart
    /// `invalid URL prefix in "EVIDENCE"`
    case invalidURLPrefix
    /// `no host in upstream "EVIDENCE"`
    case noHost
    /// `invalid port in upstream "EVIDENCE"`
    case invalidPort
    /// `no port in upstream "EVIDENCE"`
    case noPort
    /// `zero length URI to proxy`
    case emptyURI
    /// `no upstream configuration`: an `if` with `proxy_pass` held, and behind it one without.
    case noConfiguration
    /// `bind(EVIDENCE) failed (N: TEXT)`
    case bindFailed
    /// `invalid local address "EVIDENCE"`: what `proxy_bind` came to is none; a notice, the kernel chooses.
    case invalidLocalAddress
    /// `socket() failed (N: TEXT)` and the like, before the connection was begun.
    case callFailed

    /// Whose failure it is.
    var family: Family {
        switch self {
        case .noLivePeers, .limitReached, .queueFull, .queueTimedOut: .upstream
        case .awaited, .nameNotResolved, .lookupTimedOut: .upstream
        case .tooManyLookups: .local
        case .noResolver, .unknownAtStart, .invalidURLPrefix, .noHost, .invalidPort, .noPort, .emptyURI: .local
        case .noConfiguration: .local
        case .bindFailed, .invalidLocalAddress, .callFailed: .local
        }
    }
}

/// The client's connection.
package enum ClientCause: UInt8, CaseIterable, Sendable {
    /// `client prematurely closed connection`, with the errno where there is one.
    case closed
    /// `client closed connection`: before it asked for anything.
    case closedUnasked
    /// `client EVIDENCE closed keepalive connection`; the evidence is its address. A notice.
    case closedKeepalive
    /// `epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too`
    case aborted
    /// `epoll_wait() reported that client prematurely closed connection`: no upstream connection was open.
    case abortedAlone
    /// `client timed out (110: Connection timed out)`
    case timedOut
    /// `recv() failed (N: TEXT)` and the like.
    case failed
    /// `peer closed connection in SSL handshake`
    case tlsClosed
    /// `SSL_do_handshake() failed (SSL: EVIDENCE)` and the like.
    case tlsFailed
    /// `handshake rejected` (nginx: ssl_reject_handshake)
    case handshakeRejected
    /// `worker shutdown timed out` (Postern's own): the connection outlived `worker_shutdown_timeout`.
    case outlivedShutdown
}

/// What the client sent.
package enum RequestCause: UInt8, CaseIterable, Sendable {
    /// `client sent invalid method`
    case invalidMethod
    /// `client sent invalid request`
    case invalidRequest
    /// `client sent invalid version`
    case invalidVersion
    /// `client sent invalid header line: "EVIDENCE\xHH..."`; the evidence ends with the byte that is wrong.
    case invalidField
    /// `client sent invalid header line: "EVIDENCE"`, the line is dropped; a notice.
    case fieldIgnored
    /// `client sent too long URI`
    case uriTooLong
    /// `client sent too long header line: "EVIDENCE..."`
    case fieldTooLong
    /// `client sent too many header lines`
    case tooManyFields
    /// `client sent too large request`: the head as a whole.
    case headTooLarge
    /// `client sent HTTP/1.1 request without "Host" header`
    case noHost
    /// `client sent duplicate host header: "FIRST", previous value: "SECOND"`
    case duplicateHost
    /// `client sent duplicate header line: "FIRST", previous value: "SECOND"`
    case duplicateField
    /// `client sent invalid host header`
    case invalidHost
    /// `client sent invalid host in request line`
    case invalidHostInTarget
    /// `client sent invalid "Content-Length" header`
    case invalidContentLength
    /// `client sent "Content-Length" and "Transfer-Encoding" headers at the same time`
    case lengthAndCoding
    /// `client sent unknown "Transfer-Encoding": "EVIDENCE"`
    case unknownCoding
    /// `client sent HTTP/1.0 request with "Transfer-Encoding" header`
    case codingInHTTP10
    /// `client sent invalid chunked body`
    case invalidChunk
    /// `client intended to send too large body: NUMBER bytes`
    case bodyTooLarge
    /// `client intended to send too large chunked body: EVIDENCE bytes`; the evidence is `RECEIVED+NEXT`.
    case chunkedBodyTooLarge
    /// `client sent plain HTTP request to HTTPS port`
    case plainToTLS
    /// `client SSL certificate verify error: (NUMBER:EVIDENCE)`
    case certificateUntrusted
    /// `client sent no required SSL certificate`
    case certificateMissing
    /// `client attempted to request the server name different from the one that was negotiated`
    case wrongServerName
    /// `client attempted to request the server name for which the negotiated protocol is disabled`
    case protocolDisabled
    /// `client sent TRACE method`
    case trace
    /// `client sent CONNECT method`
    case connect
    /// `client sent extended CONNECT request where no tunnel begins`
    case noTunnelHere
    /// `broken header: "EVIDENCE"`: no valid PROXY protocol; with a number `unknown PROXY protocol version: NUMBER`,
    /// with
    /// -1 `header is too large`.
    case brokenProxyHeader
}

/// The client's HTTP/2, where it differs from HTTP/1.
package enum StreamCause: UInt8, CaseIterable, Sendable {
    /// `client sent no EVIDENCE header`: an HTTP/2 request without `:method`, `:path` or `:scheme`.
    case noPseudoField
    /// `client sent neither ":authority" nor "Host" header`
    case noAuthority
    /// `client sent ":authority" and "Host" headers with different values`
    case authorityMismatch
    /// `client sent EVIDENCE`: anything else that makes an HTTP/2 message malformed (RFC 9113 §8.1.1), in the words of
    /// the room that reads it: `"connection" header`, `out of order pseudo-headers`.
    case malformed
    /// `client canceled stream NUMBER`
    case cancelled
    /// `client terminated stream NUMBER with status EVIDENCE`
    case terminated
    /// `client prematurely closed stream`: before its request was complete.
    case closed
    /// `client prematurely closed stream: only NUMBER out of EVIDENCE bytes of request body received`
    case cutShort
    /// `concurrent streams exceeded NUMBER`
    case tooMany
    /// `client violated HTTP/2: EVIDENCE`; the evidence is nghttp2's words (Postern's own).
    case violation
    /// `http2 flood detected`
    case flood
}

/// This process: its configuration, files and limits.
package enum LocalCause: UInt8, CaseIterable, Sendable {
    /// `rewrite or internal redirection cycle while processing "EVIDENCE"`
    case rewriteCycle
    /// `rewrite or internal redirection cycle while internally redirecting to "EVIDENCE"`
    case redirectCycle
    /// `rewrite or internal redirection cycle while redirect to named location "EVIDENCE"`
    case namedLocationCycle
    /// `could not find named location "EVIDENCE"`
    case namedLocationMissing
    /// `the rewritten URI has a zero length`
    case emptyRewrite
    /// `subrequests cycle while processing "EVIDENCE"`
    case subrequestCycle
    /// `cycle while evaluating variable "EVIDENCE"`
    case variableCycle
    /// `pcre2_match() failed: NUMBER on "FIRST" using "SECOND"`
    case patternFailed
    /// `using uninitialized "EVIDENCE" variable`, a notice.
    case uninitializedVariable
    /// `"FIRST" matches "SECOND"`, a notice (nginx: rewrite_log): a pattern and its subject.
    case patternMatches
    /// `"FIRST" does not match "SECOND"`, likewise.
    case patternMisses
    /// `rewritten data: "FIRST", args: "SECOND"`, likewise.
    case rewritten
    /// `rewritten redirect: "EVIDENCE"`, likewise.
    case rewrittenRedirect
    /// `access forbidden by rule`
    case accessForbidden
    /// `auth request unexpected status: NUMBER`
    case authUnexpected
    /// `open() "EVIDENCE" failed (N: TEXT)`
    case fileFailed
    /// `"EVIDENCE" is not found (N: TEXT)`, or `is forbidden` for EACCES: looking for an index.
    case indexFailed
    /// `directory index of "EVIDENCE" is forbidden`
    case directoryForbidden
    /// `"EVIDENCE" is not a regular file`
    case notRegularFile
    /// `pread() read only 0 of NUMBER from "EVIDENCE"`: somebody cut a file that is being read.
    case fileCut
    /// `a client request body is buffered to a temporary file EVIDENCE`, a notice.
    case bodySpooled
    /// The same, where every body is to be in a file (nginx: client_body_in_file_only).
    case bodyInFile
    /// `pwrite() "EVIDENCE" failed (N: TEXT)` and the like, for a request body's temporary file.
    case spoolFailed
    /// `NUMBER worker_connections are not enough`
    case connectionsExhausted
    /// `NUMBER worker_connections are not enough, reusing connections`, a notice.
    case connectionsReused
    /// `accept4() failed (N: TEXT) while accepting new connection on EVIDENCE`, a notice: no connection came to be.
    case acceptFailed
    /// `socket() failed (N: TEXT)` and the like: a system call failed that must not.
    case callFailed
    /// `EVIDENCE`: OpenSSL's words about a certificate whose name has variables.
    case certificateFailed
}
