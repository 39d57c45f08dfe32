import HTTP
import HTTP2

/// What a fuzzer plays: one parser, given any bytes, and what must hold for all of them. What does not hold traps.
///
/// A message must mean the same however it was cut on its way, so each parser reads the bytes whole, cut at places
/// that the bytes themselves choose, and (short ones) one by one.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// A client's head.
    case requestHead = "request-head"
    /// An upstream's head.
    case responseHead = "response-head"
    /// A chunked body with its trailers.
    case chunked
    /// What a load balancer sends first.
    case proxyHeader = "proxy-header"
    /// A path and its normal form.
    case target
    /// A configuration, which may include itself.
    case configuration
    /// TLS as a client begins it.
    case tlsFromClient = "tls-from-client"
    /// TLS as an upstream answers it.
    case tlsFromUpstream = "tls-from-upstream"
    /// TLS behind a handshake, in both directions.
    case tlsRecords = "tls-records"
    /// HTTP/2 as a client speaks it.
    case http2FromClient = "http2-from-client"
    /// HTTP/2 as an upstream answers with it.
    case http2FromUpstream = "http2-from-upstream"
    /// The fields of a head, as HTTP/2 has them.
    case http2Fields = "http2-fields"

    /// Plays the target with an input of any length.
    public func play(_ input: Span<UInt8>) {
        switch self {
        case .requestHead: Heads<RequestHeadParser>.play(input)
        case .responseHead: Heads<ResponseHeadParser>.play(input)
        case .chunked: ChunkedBodies.play(input)
        case .proxyHeader: ProxyHeaders.play(input)
        case .target: Targets.play(input)
        case .configuration: Configurations.play(input)
        case .tlsFromClient: Records.playFromClient(input)
        case .tlsFromUpstream: Records.playFromUpstream(input)
        case .tlsRecords: Records.playAfterHandshake(input)
        case .http2FromClient: HTTP2.FuzzEntry.server(input)
        case .http2FromUpstream: HTTP2.FuzzEntry.client(input)
        case .http2Fields: HTTP2.FuzzEntry.fields(input)
        }
    }
}
