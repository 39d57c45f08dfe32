import Bytes
import COpenSSL

@testable import TLS

extension TLSSession {
    /// What no session of ours does by itself.
    mutating func startRenegotiation(output: inout ByteBuffer) {
        swap(&sink.output, &output)
        unsafe SSL_clear_options(ssl, POSTERN_OP_NO_RENEGOTIATION)
        unsafe SSL_renegotiate(ssl)
        unsafe SSL_do_handshake(ssl)
        ERR_clear_error()
        swap(&sink.output, &output)
    }

    /// Asks the peer for new keys, `count` times.
    mutating func updateKeys(_ count: Int, output: inout ByteBuffer) {
        swap(&sink.output, &output)
        for _ in 0..<count {
            unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
            unsafe SSL_do_handshake(ssl)
        }
        ERR_clear_error()
        swap(&sink.output, &output)
    }

    /// How long the session can be resumed, from when it was made.
    var lifetimeSeconds: Int { unsafe SSL_SESSION_get_timeout(SSL_get_session(ssl)) }

    /// Makes the session older than it is.
    func age(bySeconds seconds: Int) {
        let session = unsafe SSL_get_session(ssl)
        unsafe SSL_SESSION_set_time(session, SSL_SESSION_get_time(session) - seconds)
    }

    /// How many authorities the server named.
    var authorityCount: Int32 { unsafe OPENSSL_sk_num(SSL_get0_peer_CA_list(ssl)) }
}
