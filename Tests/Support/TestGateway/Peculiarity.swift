/// What HTTP/1 says and HTTP/2 has no form for: a promise about it is made over HTTP/1 alone, on the side named.
/// docs/wires.md shows the table.
package enum Peculiarity: String, Sendable, CaseIterable {
    case http10, requestLine, requestChunks, headInPieces, lingering, messageBytes
    case bareCR, requestVersion, pageForTunnel
    case startLine, responseChunks, upgrade, phrase, lateSurplus

    /// Whose side it is about.
    package enum Side: String, Sendable { case clients, upstreams }

    package var side: Side {
        switch self {
        case .http10, .requestLine, .requestChunks, .headInPieces, .lingering, .messageBytes, .bareCR, .requestVersion,
            .pageForTunnel:
            .clients
        case .responseChunks, .startLine, .upgrade, .phrase, .lateSurplus: .upstreams
        }
    }

    /// What it is.
    package var text: String {
        switch self {
        case .http10: "a client of HTTP/1.0"
        case .requestLine: "a request line that is none"
        case .lingering: "the rest of a refused body, which has to be read before the next request"
        case .messageBytes: "how many bytes a message has on the wire"
        case .requestChunks, .responseChunks: "chunks: their sizes, extensions and line ends"
        case .startLine: "a start line that is none, or another protocol's first bytes"
        case .headInPieces: "a head of which a part has come"
        case .upgrade: "an upgrade of the connection to the upstream"
        case .bareCR: "SmugglingTests: a CR alone in a field line"
        case .requestVersion: "ClientFaultTests: a version that is none"
        case .pageForTunnel: "EveryFaultTests, `upgrade-ignored`: a page in place of a tunnel that was asked for"
        case .phrase: "TooBigHeadTests, `phrase-long`: a phrase behind the status"
        case .lateSurplus: "SurplusTests, `length-surplus-later`: bytes behind a response that come while it lies idle"
        }
    }

    /// Why HTTP/2 has none, or where its own form is tried.
    package var rule: String {
        switch self {
        case .http10: "RFC 9113 §3: HTTP/2 is chosen by its preface or by ALPN, and has one version"
        case .requestChunks, .responseChunks:
            "RFC 9113 §8.1: the chunked coding cannot be used; frames say where a body ends"
        case .requestLine: "RFC 9113 §8.3.1: each part is a field of its own; ClientFaultTests has what they say"
        case .lingering: "RFC 9113 §8.1: RST_STREAM stops it, and the next request does not wait for it"
        case .messageBytes: "RFC 7541: heads are compressed by what went before them"
        case .startLine:
            "RFC 9113 §8.3: pseudo-fields stand for start lines; foreign bytes are tried in HTTP2FailureTests"
        case .headInPieces: "RFC 9113 §4.3: a field block is one unit; one without end is tried in StreamFailureTests"
        case .upgrade: "RFC 9113 §8.6: there is no 101; towards clients RFC 8441 takes its place"
        case .bareCR: "the tests' client makes frames of lines, and ends one there; HeadTests has frames with a CR"
        case .requestVersion: "RFC 9113 §8.3.1: there is no version in a head"
        case .pageForTunnel: "RFC 8441 §5: to the client it would be the tunnel; WebSocketStreamTests has the answer"
        case .phrase: "RFC 9113 §8.3.2: there is no reason phrase"
        case .lateSurplus: "RFC 9113 §5.1: nothing can come on a stream that has ended, and no other one is touched"
        }
    }

    package func excludes(_ wires: Wires) -> Bool {
        side == .clients ? wires.clients.isHTTP2 : wires.upstreams.isHTTP2
    }
}
