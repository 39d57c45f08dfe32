import Bytes

/// What is wrong with a head or trailer section (RFC 9113 §8.2, §8.3); its sender's fault, and never let through.
package enum HeadFault: UInt8, CaseIterable, Sendable {
    case noMethod, noScheme, noPath, noStatus, noAuthority
    case duplicatePseudo, emptyPseudo, unknownPseudo, misplacedPseudo, unexpectedProtocol
    case invalidMethod, invalidScheme, invalidPath, invalidStatus, unexpectedStatus
    case authorityMismatch
    case invalidName, invalidValue, connectionField, invalidTE
    case tooLargeField, tooLargeHead

    /// The pseudo-header that is missing, with its colon.
    package var missing: StaticString? {
        switch self {
        case .noMethod: ":method"
        case .noScheme: ":scheme"
        case .noPath: ":path"
        case .noStatus: ":status"
        default: nil
        }
    }

    /// Appends what stands after `client sent ` in the log, in nginx's words where it has some.
    ///
    /// - Parameters:
    ///   - name: the field's name
    ///   - value: the field's value
    package func append(name: Span<UInt8>, value: Span<UInt8>, to out: inout ByteBuffer) {
        switch self {
        case .noMethod, .noScheme, .noPath, .noStatus:
            out.append("no ")
            out.append(missing ?? "")
            out.append(" header")
        case .noAuthority: out.append("neither \":authority\" nor \"Host\" header")
        case .duplicatePseudo: Self.append("duplicate ", name, " header", to: &out)
        case .emptyPseudo: Self.append("empty ", name, " header", to: &out)
        case .unknownPseudo: Self.append("unknown pseudo-header \"", name, "\"", to: &out)
        case .unexpectedProtocol: out.append("\":protocol\" header without CONNECT")
        case .misplacedPseudo: out.append("out of order pseudo-headers")
        case .invalidMethod: Self.append("invalid method: \"", value, "\"", to: &out)
        case .invalidScheme, .invalidPath, .invalidStatus, .unexpectedStatus:
            Self.append("invalid ", name, " header: \"", to: &out)
            Self.append("", value, "\"", to: &out)
        case .authorityMismatch: out.append("\":authority\" and \"Host\" headers with different values")
        case .invalidName: Self.append("invalid header name: \"", name, "\"", to: &out)
        case .invalidValue:
            Self.append("header \"", name, "\" with invalid value: \"", to: &out)
            Self.append("", value, "\"", to: &out)
        case .connectionField: Self.append("\"", name, "\" header", to: &out)
        case .invalidTE: out.append("invalid \"TE\" header")
        case .tooLargeField: Self.append("too large header field: \"", name, "\"", to: &out)
        case .tooLargeHead: out.append("too large header")
        }
    }

    /// The same after `upstream sent `.
    ///
    /// - Parameters:
    ///   - isTrailer: whether the section stands behind a body
    package func appendOfResponse(
        name: Span<UInt8>, value: Span<UInt8>, isTrailer: Bool, to out: inout ByteBuffer
    ) {
        switch self {
        case .noStatus: return out.append("no :status header")
        case .duplicatePseudo: return Self.append("duplicate ", name, " header", to: &out)
        case .invalidStatus, .emptyPseudo: return Self.append("invalid :status \"", value, "\"", to: &out)
        case .unexpectedStatus: return Self.append("unexpected :status \"", value, "\"", to: &out)
        default: break
        }
        out.append(isTrailer ? "invalid trailer" : "invalid header")
        // nginx has the colon only where the name is none of HTTP/2's own.
        if name.isEmpty || name[0] != ASCII.colon { out.append(ASCII.colon) }
        Self.append(" \"", name, ": ", to: &out)
        Self.append("", value, "\"", to: &out)
    }

    private static func append(
        _ before: StaticString, _ text: Span<UInt8>, _ after: StaticString, to out: inout ByteBuffer
    ) {
        out.append(before)
        out.append(text)
        out.append(after)
    }
}
