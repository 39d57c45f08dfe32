import Bytes
import Failures
import Testing

/// A line that nginx 1.31.5 wrote in a failure case, without time and context, and the cause that must give it.
struct SeenLine: Sendable {
    let line: String
    let cause: Cause
    let phase: Phase
    let first: String
    let second: String

    init(_ line: String, _ cause: Cause, _ phase: Phase, _ first: String = "", _ second: String = "") {
        self.line = line
        self.cause = cause
        self.phase = phase
        self.first = first
        self.second = second
    }
}

/// Every distinct line of nginx in the failure cases can be made, byte for byte.
@Suite struct NginxLinesTests {
    @Test(arguments: connecting + handshaking + responding + notices + choosing + clients)
    func sameLine(_ seen: SeenLine) {
        let place = Place(seen.phase, headCommitted: [.readingUpstream, .tunnelling].contains(seen.phase))
        let level = FailureTable.verdict(seen.cause, at: place).level.name
        #expect("[\(level)] " + words(seen.cause, seen.phase, seen.first, seen.second) == seen.line)
    }

    static let connecting: [SeenLine] = [
        SeenLine(
            "[error] connect() failed (111: Connection refused) while connecting to upstream",
            .connectFailed(errno: 111, atOnce: false), .connecting),
        SeenLine(
            "[error] connect() failed (104: Connection reset by peer) while connecting to upstream",
            .connectFailed(errno: 104, atOnce: false), .connecting),
        SeenLine(
            "[error] connect() failed (113: No route to host) while connecting to upstream",
            .connectFailed(errno: 113, atOnce: false), .connecting),
        SeenLine(
            "[error] connect() to 10.7.7.7:81 failed (101: Network is unreachable) while connecting to upstream",
            .connectFailed(errno: 101, atOnce: true), .connecting, "10.7.7.7:81"),
        SeenLine(
            "[error] connect() to 10.8.0.1:81 failed (113: No route to host) while connecting to upstream",
            .connectFailed(errno: 113, atOnce: true), .connecting, "10.8.0.1:81"),
        SeenLine(
            "[crit] connect() to 10.8.0.2:81 failed (13: Permission denied) while connecting to upstream",
            .connectFailed(errno: 13, atOnce: true), .connecting, "10.8.0.2:81"),
        SeenLine(
            "[crit] connect() to 10.8.0.3:81 failed (22: Invalid argument) while connecting to upstream",
            .connectFailed(errno: 22, atOnce: true), .connecting, "10.8.0.3:81"),
        SeenLine(
            "[crit] connect() to unix:/u.sock failed (13: Permission denied) while connecting to upstream",
            .connectFailed(errno: 13, atOnce: true, unixSocket: true), .connecting, "unix:/u.sock"),
        SeenLine(
            "[crit] connect() to unix:/u.sock failed (2: No such file or directory) while connecting to upstream",
            .connectFailed(errno: 2, atOnce: true, unixSocket: true), .connecting, "unix:/u.sock"),
        SeenLine(
            "[error] connect() to unix:/u.sock failed (111: Connection refused) while connecting to upstream",
            .connectFailed(errno: 111, atOnce: true, unixSocket: true), .connecting, "unix:/u.sock"),
        SeenLine(
            "[error] connect() to unix:/u.sock failed (11: Resource temporarily unavailable) while connecting "
                + "to upstream", .connectFailed(errno: 11, atOnce: true, unixSocket: true), .connecting, "unix:/u.sock"),
        SeenLine(
            "[crit] bind(192.0.2.77) failed (99: Cannot assign requested address) while connecting to upstream",
            Cause(.choice(.bindFailed), operation: .bind, errno: 99), .connecting, "192.0.2.77"),
        SeenLine(
            "[error] upstream timed out (110: Connection timed out) while connecting to upstream",
            .connection(.timedOut), .connecting),
        SeenLine(
            "[warn] upstream server temporarily disabled while connecting to upstream",
            .connection(.disabled), .connecting),
        SeenLine("[error] no live upstreams while connecting to upstream", .choice(.noLivePeers), .connecting),
        SeenLine("[error] no live upstreams while connecting to upstream", .choice(.limitReached), .queued),
    ]

    static let handshaking: [SeenLine] = [
        SeenLine(
            "[error] SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL "
                + "handshaking to upstream", .upstreamTLS(.sslHandshake), .handshakingUpstream,
            "error:0A00010B:SSL routines::wrong version number"),
        SeenLine(
            "[error] SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake "
                + "failure:SSL alert number 40) while SSL handshaking to upstream",
            .upstreamTLS(.sslHandshake, alert: 40), .handshakingUpstream,
            "error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40"),
        SeenLine(
            "[error] SSL_do_handshake() failed (SSL: error:0A00042E:SSL routines::tlsv1 alert protocol "
                + "version:SSL alert number 70) while SSL handshaking to upstream",
            .upstreamTLS(.sslHandshake, alert: 70), .handshakingUpstream,
            "error:0A00042E:SSL routines::tlsv1 alert protocol version:SSL alert number 70"),
        SeenLine(
            "[error] SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL "
                + "alert number 112) while SSL handshaking to upstream",
            .upstreamTLS(.sslHandshake, alert: 112), .handshakingUpstream,
            "error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112"),
        SeenLine(
            "[error] SSL_read() failed (SSL: error:0A000119:SSL routines::decryption failed or bad record mac) "
                + "while reading response header from upstream", .upstreamTLS(.sslRead), .readingResponseHead,
            "error:0A000119:SSL routines::decryption failed or bad record mac"),
        SeenLine(
            "[error] SSL_read() failed (SSL: error:0A000119:SSL routines::decryption failed or bad record mac) "
                + "while reading upstream", .upstreamTLS(.sslRead), .readingUpstream,
            "error:0A000119:SSL routines::decryption failed or bad record mac"),
        SeenLine(
            "[error] SSL_read() failed (SSL: error:0A00045C:SSL routines::tlsv13 alert certificate required:SSL "
                + "alert number 116) while reading response header from upstream",
            .upstreamTLS(.sslRead, alert: 116), .readingResponseHead,
            "error:0A00045C:SSL routines::tlsv13 alert certificate required:SSL alert number 116"),
        SeenLine(
            "[error] peer closed connection in SSL handshake (104: Connection reset by peer) while SSL "
                + "handshaking to upstream", Cause(.connection(.tlsClosed), errno: 104), .handshakingUpstream),
        SeenLine(
            "[error] peer closed connection in SSL handshake while SSL handshaking to upstream",
            .connection(.tlsClosed), .handshakingUpstream),
        SeenLine(
            "[error] upstream SSL certificate does not match \"good.test\" while SSL handshaking to upstream",
            .connection(.certificateMismatch), .handshakingUpstream, "good.test"),
        SeenLine(
            "[error] upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to "
                + "upstream", Cause(.connection(.certificateUntrusted), number: 10), .handshakingUpstream,
            "certificate has expired"),
        SeenLine(
            "[error] upstream SSL certificate verify error: (9:certificate is not yet valid) while SSL "
                + "handshaking to upstream", Cause(.connection(.certificateUntrusted), number: 9), .handshakingUpstream,
            "certificate is not yet valid"),
        SeenLine(
            "[error] upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to "
                + "upstream", Cause(.connection(.certificateUntrusted), number: 18), .handshakingUpstream,
            "self-signed certificate"),
        SeenLine(
            "[error] upstream SSL certificate verify error: (21:unable to verify the first certificate) while SSL "
                + "handshaking to upstream", Cause(.connection(.certificateUntrusted), number: 21),
            .handshakingUpstream,
            "unable to verify the first certificate"),
        SeenLine(
            "[error] upstream timed out (110: Connection timed out) while SSL handshaking to upstream",
            .connection(.timedOut), .handshakingUpstream),
        SeenLine(
            "[warn] upstream server temporarily disabled while SSL handshaking to upstream",
            .connection(.disabled), .handshakingUpstream),
    ]

    static let responding: [SeenLine] = [
        SeenLine(
            "[error] writev() failed (104: Connection reset by peer) while sending request to upstream",
            .upstreamFailed(.writev, errno: 104), .sendingRequest),
        SeenLine(
            "[error] upstream timed out (110: Connection timed out) while sending request to upstream",
            .connection(.timedOut), .sendingRequest),
        SeenLine(
            "[error] recv() failed (104: Connection reset by peer) while reading response header from upstream",
            .upstreamFailed(.recv, errno: 104), .readingResponseHead),
        SeenLine(
            "[error] readv() failed (104: Connection reset by peer) while reading upstream",
            .upstreamFailed(.readv, errno: 104), .readingUpstream),
        SeenLine(
            "[error] recv() failed (104: Connection reset by peer) while reading upstream",
            .upstreamFailed(.recv, errno: 104), .readingUpstream),
        SeenLine(
            "[error] recv() failed (104: Connection reset by peer) while proxying upgraded connection",
            .upstreamFailed(.recv, errno: 104), .tunnelling),
        SeenLine(
            "[error] upstream prematurely closed connection while reading response header from upstream",
            .connection(.closed), .readingResponseHead),
        SeenLine(
            "[error] upstream prematurely closed connection while reading upstream",
            .connection(.closed), .readingUpstream),
        SeenLine(
            "[error] upstream timed out (110: Connection timed out) while reading response header from upstream",
            .connection(.timedOut), .readingResponseHead),
        SeenLine(
            "[error] upstream timed out (110: Connection timed out) while reading upstream",
            .connection(.timedOut), .readingUpstream),
        SeenLine(
            "[info] upstream timed out (110: Connection timed out) while proxying upgraded connection",
            .connection(.timedOut), .tunnelling),
        head("upstream sent no valid HTTP/1.0 header", .response(.noStatusLine)),
        head("upstream sent too big header", .response(.headTooBig)),
        head("upstream sent HTTP/1.0 response with early hints", .response(.earlyHintsInHTTP10)),
        head(
            "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time",
            .response(.lengthAndCoding)),
        head(
            "upstream sent duplicate header line: \"Content-Length: 5\", previous value: \"Content-Length: 3\"",
            .response(.duplicateField), "Content-Length: 5", "Content-Length: 3"),
        head(
            "upstream sent duplicate header line: \"Transfer-Encoding: chunked\", previous value: "
                + "\"Transfer-Encoding: chunked\"",
            .response(.duplicateField), "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        head(
            "upstream sent invalid \"Content-Length\" header: \"Content-Length: \"",
            .response(.invalidContentLength), "Content-Length: "),
        head(
            "upstream sent invalid \"Content-Length\" header: \"Content-Length: 3 \\x09\"",
            .response(.invalidContentLength), "Content-Length: 3 \t"),
        head(
            "upstream sent invalid \"Content-Length\" header: \"Content-Length: 3, 5\"",
            .response(.invalidContentLength), "Content-Length: 3, 5"),
        head(
            "upstream sent unknown \"Transfer-Encoding\": \"\\x0Bchunked\"", .response(.unknownCoding), "\u{b}chunked"),
        head("upstream sent unknown \"Transfer-Encoding\": \"\"", .response(.unknownCoding)),
        head("upstream sent unknown \"Transfer-Encoding\": \"\"chunked\"\"", .response(.unknownCoding), "\"chunked\""),
        head(
            "upstream sent unknown \"Transfer-Encoding\": \"gzip, chunked\"",
            .response(.unknownCoding), "gzip, chunked"),
        head("upstream sent invalid header: \"Content-Length\\x20...\"", .response(.invalidField), "Content-Length "),
        head("upstream sent invalid header: \"X-A: a\\x00...\"", .response(.invalidField), "X-A: a\0"),
        head("upstream sent invalid header: \"X-A: a\\x0d...\"", .response(.invalidField), "X-A: a\r"),
        head("upstream sent invalid header: \"X-A\\x09...\"", .response(.invalidField), "X-A\t"),
        head("upstream sent invalid header: \"\\x3a...\"", .response(.invalidField), ":"),
        head("upstream sent invalid header: \"\\x20...\"", .response(.invalidField), " "),
        SeenLine(
            "[error] upstream sent invalid chunked response while reading upstream",
            .response(.invalidChunk), .readingUpstream),
        SeenLine(
            "[error] upstream sent invalid trailer: \"bad\\x01...\" while reading upstream",
            .response(.invalidTrailer), .readingUpstream, "bad\u{1}"),
        SeenLine(
            "[error] upstream sent too big trailers while reading upstream",
            .response(.trailersTooBig), .readingUpstream),
    ]

    static func head(_ text: String, _ cause: Cause, _ first: String = "", _ second: String = "") -> SeenLine {
        SeenLine(
            "[error] \(text) while reading response header from upstream",
            cause, .readingResponseHead, first, second)
    }

    static let notices: [SeenLine] = [
        SeenLine(
            "[warn] peer is unhealthy while checking status code", .connection(.unhealthy), .checkingStatus),
        SeenLine("[warn] peer is unhealthy while connecting to upstream", .connection(.unhealthy), .connecting),
        SeenLine("[notice] peer is healthy while checking body", .connection(.healthy), .checkingBody),
        SeenLine(
            "[warn] upstream server temporarily disabled while reading response header from upstream",
            .connection(.disabled), .readingResponseHead),
        SeenLine(
            "[info] upstream sent too big early hints while reading response header from upstream",
            .response(.earlyHintsTooBig), .readingResponseHead),
        SeenLine(
            "[warn] upstream sent data after final chunk while reading upstream",
            .response(.dataAfterLastChunk), .readingUpstream),
        SeenLine(
            "[warn] upstream sent duplicate header line: \"ETag: \"b\"\", previous value: \"ETag: \"a\"\", ignored "
                + "while reading response header from upstream",
            .response(.duplicateFieldIgnored), .readingResponseHead, "ETag: \"b\"", "ETag: \"a\""),
        SeenLine(
            "[warn] upstream sent duplicate header line: \"Server: b\", previous value: \"Server: a\", ignored "
                + "while reading response header from upstream",
            .response(.duplicateFieldIgnored), .readingResponseHead, "Server: b", "Server: a"),
        SeenLine(
            "[warn] upstream sent more data than specified in \"Content-Length\" header while reading response "
                + "header from upstream", .response(.dataBeyondLength), .readingResponseHead),
        SeenLine(
            "[warn] upstream sent more data than specified in \"Content-Length\" header while reading upstream",
            .response(.dataBeyondLength), .readingUpstream),
        SeenLine(
            "[warn] a client request body is buffered to a temporary file /client_body_temp/0000000001",
            .local(.bodySpooled), .readingBody, "/client_body_temp/0000000001"),
        SeenLine(
            "[notice] a client request body is buffered to a temporary file /client_body_temp/0000000001",
            .local(.bodyInFile), .readingBody, "/client_body_temp/0000000001"),
    ]

    static let choosing: [SeenLine] = [
        SeenLine("[error] invalid URL prefix in \"foo/bar\"", .choice(.invalidURLPrefix), .resolving, "foo/bar"),
        SeenLine(
            "[error] invalid port in upstream \"127.0.0.1:99999/\"",
            .choice(.invalidPort), .resolving, "127.0.0.1:99999/"),
        SeenLine("[error] no host in upstream \"/\"", .choice(.noHost), .resolving, "/"),
        SeenLine("[error] no resolver defined to resolve nosuch.test", .choice(.noResolver), .resolving, "nosuch.test"),
        SeenLine(
            "[error] nosuch.test could not be resolved (3: Host not found)",
            .choice(.nameNotResolved, number: 3), .resolving, "nosuch.test"),
        SeenLine(
            "[error] nosuch.test could not be resolved (5: Operation refused)",
            .choice(.nameNotResolved, number: 5), .resolving, "nosuch.test"),
        SeenLine(
            "[error] nosuch.test could not be resolved (2: Server failure)",
            .choice(.nameNotResolved, number: 2), .resolving, "nosuch.test"),
        SeenLine(
            "[error] nosuch.test could not be resolved (110: Operation timed out)",
            .choice(.lookupTimedOut), .resolving, "nosuch.test"),
        // nginx: emerg, for it refuses to start; Postern warns and starts.
        SeenLine(
            "[warn] host not found in upstream \"nosuch.invalid:80\"",
            .choice(.unknownAtStart), .routing, "nosuch.invalid:80"),
    ]

    static let clients: [SeenLine] = [
        SeenLine("[info] client prematurely closed connection", .client(.closed), .readingBody),
        SeenLine(
            "[info] client prematurely closed connection while sending request to upstream",
            .client(.closed), .sendingRequest),
        SeenLine(
            "[info] client timed out (110: Connection timed out) while sending to client",
            .client(.timedOut), .sendingToClient),
        aborted("", .connecting), aborted("", .sendingRequest), aborted("", .readingResponseHead),
        aborted(" (104: Connection reset by peer)", .connecting),
        aborted(" (104: Connection reset by peer)", .readingUpstream),
        aborted(" (104: Connection reset by peer)", .sendingToClient),
    ]

    static func aborted(_ errno: String, _ phase: Phase) -> SeenLine {
        SeenLine(
            "[info] epoll_wait() reported that client prematurely closed connection, so upstream connection is "
                + "closed too\(errno) while \(phase.words)", .client(.aborted, errno: errno.isEmpty ? 0 : 104), phase)
    }
}
