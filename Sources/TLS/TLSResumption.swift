import COpenSSL

/// What a session leaves for the next one with the same upstream (nginx: proxy_ssl_session_reuse).
///
/// Safe to share: OpenSSL counts references to its session and does not change one that is offered.
@safe package final class TLSResumption: @unchecked Sendable {
    let session: OpaquePointer

    fileprivate init(_ session: OpaquePointer) { unsafe self.session = session }

    deinit { unsafe SSL_SESSION_free(session) }
}

extension TLSSession {
    /// What can be offered to this upstream next time; nil where it gave nothing. Tickets of TLS 1.3 come after the
    /// handshake, so ask when the first response has been read.
    package var resumption: TLSResumption? {
        guard failure == nil, isOpen, let session = unsafe SSL_get1_session(ssl) else { return nil }
        guard unsafe postern_is_resumable(session) == 1 else {
            unsafe SSL_SESSION_free(session)
            return nil
        }
        return unsafe TLSResumption(session)
    }

    /// Takes the session out of the server's cache: it was made with a certificate that is refused
    /// (nginx does so before 495 and 496).
    package func forget() {
        if let session = unsafe SSL_get_session(ssl) {
            unsafe SSL_CTX_remove_session(sink.first.context, session)
        }
        ErrorQueue.clear()
    }
}
