import COpenSSL

/// What OpenSSL keeps for each thread.
package enum TLSThread {
    /// This thread has used OpenSSL for the last time: its random number generators are given back now. The thread's
    /// own end would do so too, but the process may be over first.
    package static func end() { OPENSSL_thread_stop() }
}
