import Bytes
import Configuration

/// What `$ssl_*` variables tell, packed into one piece: only what the configuration asks for is there, each value
/// behind its length in four bytes, in the order of `RoutingTable.tlsVariables`.
package enum TLSValues {
    /// The variables of TLS sessions.
    static let variables: [VariableID] = [
        .sslProtocol, .sslCipher, .sslCiphers, .sslCurve, .sslCurves, .sslSessionID, .sslSessionReused, .sslEarlyData,
        .sslServerName, .sslALPNProtocol, .sslClientCert, .sslClientRawCert, .sslClientEscapedCert, .sslClientSDN,
        .sslClientIDN, .sslClientSerial, .sslClientFingerprint, .sslClientVerify, .sslClientVStart, .sslClientVEnd,
        .sslClientVRemain, .sslClientSDNLegacy, .sslClientIDNLegacy, .sslSignature,
        .sslSignatures, .sslClientSignature,
    ]

    /// Keeps room for a value's length; the position to be given to `endValue`.
    package static func beginValue(in out: inout ByteBuffer) -> Int {
        for _ in 0..<4 { out.append(0) }
        return out.count
    }

    /// Writes the length of what was appended since `beginValue`.
    package static func endValue(from start: Int, in out: inout ByteBuffer) {
        let count = out.count - start
        for index in 0..<4 { out[start - 4 + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    }

    /// The value at `index`; nil where the piece ends before it.
    static func value(at index: Int, in packed: Span<UInt8>) -> ByteRange? {
        var position = 0
        for _ in 0..<index { position = end(ofValueAt: position, in: packed) }
        if position + 4 > packed.count { return nil }
        return ByteRange(position + 4, end(ofValueAt: position, in: packed))
    }

    private static func end(ofValueAt position: Int, in packed: Span<UInt8>) -> Int {
        if position + 4 > packed.count { return packed.count }
        var count = 0
        for index in 0..<4 { count |= Int(packed[position + index]) << (8 * index) }
        return min(position + 4 + count, packed.count)
    }
}

extension RoutingTable {
    /// Appends a variable of the client's TLS session. False where there is no session, or where it says nothing.
    func appendOfTLS(_ variable: VariableID, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer) -> Bool {
        guard record.asked.connection.isTLS, let index = tlsVariables.firstIndex(of: variable) else { return false }
        let packed = record.span(record.asked.tls)
        guard let range = TLSValues.value(at: index, in: packed), !range.isEmpty else { return false }
        out.append(packed.part(range))
        return true
    }
}
