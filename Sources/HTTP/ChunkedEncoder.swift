import Bytes

/// Writes the chunked coding (RFC 9112 §7.1).
package enum ChunkedEncoder {
    /// Appends the line before a chunk's data. A chunk has at least one byte: a size of 0 would end the body.
    package static func appendHeader(byteCount: Int, to out: inout ByteBuffer) {
        precondition(byteCount > 0, "an empty chunk would end the body")
        out.append(hex: UInt64(byteCount))
        out.append(lineEnd)
    }

    /// What follows a chunk's data, and a trailer section's last field.
    package static var lineEnd: StaticString { "\r\n" }

    /// The end of a body without trailers.
    package static var lastChunk: StaticString { "0\r\n\r\n" }

    /// The line before a trailer section; after its fields comes `lineEnd`.
    package static var lastChunkBeforeTrailers: StaticString { "0\r\n" }
}
