import Bytes
import Failures
import Platform

/// The body of a request: in memory up to a bound, then in a file; or passing through in order.
///
/// It is kept until the access line is written, so that another peer can be sent the same bytes.
struct StoredBody: ~Copyable {
    /// Bytes in memory: all of them, or, in passing, those not yet sent.
    var memory = ByteBuffer()
    /// In passing: bytes of `memory` already sent.
    var passed = 0
    /// The temporary file, once there is one.
    var file = Descriptor.none
    /// The file's name in its directory, which is that of a location.
    var fileName: UInt64 = 0
    /// The location whose directory the file was made in.
    var fileLocation = 0
    /// Bytes in the file.
    var fileBytes: Int64 = 0
    /// Decoded bytes received so far.
    var received: Int64 = 0
    /// Bytes of the stored body sent to the present peer.
    var sent: Int64 = 0
    /// Memory charged to the worker's budget for request bodies.
    var charged = 0

    /// Whether the file stays when the request is over.
    var keepsFile = false
    /// Why the file cannot take the body.
    var spoolFailure: Cause?

    /// Bytes stored, in memory or in the file.
    var storedBytes: Int64 { file.isNone ? Int64(memory.count) : fileBytes }
}
