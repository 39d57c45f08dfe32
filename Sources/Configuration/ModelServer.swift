/// One `server {}` block.
package struct ServerSettings: Sendable {
    /// Names in the order of the file; one empty exact name where no `server_name` stands.
    package internal(set) var names: [ServerName] = []
    /// `$server_name`: the first name, without the dot of `.example.com`.
    package internal(set) var primaryName: [UInt8] = []
    /// Index in `locations` of the server's own scope; its `steps` are the server-level rewrite steps.
    package internal(set) var location = 0
    /// What holds before the location is known.
    package internal(set) var connection = ConnectionSettings()
    /// nginx: ssl_*.
    package internal(set) var tls = TLSSettings()
    /// Where the block begins.
    package internal(set) var position: SourcePosition
}

/// Settings of a server that hold before the location is known.
package struct ConnectionSettings: Sendable {
    /// nginx: client_header_timeout.
    package internal(set) var headTimeout = 60_000
    /// nginx: client_header_buffer_size.
    package internal(set) var headBufferBytes = 1024
    /// nginx: large_client_header_buffers.
    package internal(set) var largeHeadBuffers = BufferCount(count: 4, bytes: 8192)
    /// nginx: max_headers.
    package internal(set) var fieldLimit = 1000
    /// nginx: ignore_invalid_headers.
    package internal(set) var ignoreInvalidHeaders = true
    /// nginx: underscores_in_headers.
    package internal(set) var underscoresInHeaders = false
    /// nginx: merge_slashes.
    package internal(set) var mergeSlashes = true
    /// nginx: connection_pool_size; only checked.
    package internal(set) var connectionPoolBytes = 512
    /// nginx: http2 on.
    package internal(set) var http2 = false
    /// nginx: http2_max_concurrent_streams.
    package internal(set) var http2StreamLimit = 128
    /// nginx: http2_body_preread_size.
    package internal(set) var http2BodyPrereadBytes = 65536
}

/// A number of buffers of one size.
package struct BufferCount: Equatable, Sendable {
    /// How many; from 1 to 2²⁰.
    package let count: Int
    /// The size of each; from 1 to 2⁴⁰.
    package let bytes: Int
}

/// One name of `server_name`, lower-cased.
package enum ServerName: Equatable, Sendable {
    /// The whole host; empty for requests without one.
    case exact([UInt8])
    /// `*.example.com`: the part from the dot on, `.example.com`.
    case suffix([UInt8])
    /// `.example.com`: the host `example.com` itself and all below it; the part from the dot on.
    case domain([UInt8])
    /// `www.example.*`: the part up to the last dot, that dot included.
    case prefix([UInt8])
    /// `~regex`: index in `patterns`, compiled without case.
    case pattern(Int)
}
