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

    /// Plays the target with an input of any length.
    public func play(_ input: Span<UInt8>) {
        switch self {
        case .requestHead: RequestHeads.play(input)
        case .responseHead: ResponseHeads.play(input)
        case .chunked: ChunkedBodies.play(input)
        case .proxyHeader: ProxyHeaders.play(input)
        case .target: Targets.play(input)
        case .configuration: Configurations.play(input)
        }
    }
}
