import Bytes

/// What a fuzzer calls: any bytes, in place of a client's and in place of an upstream's.
///
/// What they mean must not depend on how they were cut on their way, and whatever they are, a session answers with
/// bounded output and ends; otherwise this traps.
public struct FuzzEntry: Sendable {
    private let server: TLSContext
    private let client: TLSContext

    /// Entries that serve with a certificate and a key, both PEM text. Nil where they are of no use.
    public init?(certificate: String, key: String) {
        var settings = TLSServerSettings()
        settings.pairs = [TLSPair(certificate: "data:" + certificate, key: "data:" + key)]
        settings.common.protocols = ["h2", "http/1.1"]
        settings.common.versions = [.tls10, .tls11, .tls12, .tls13]
        settings.common.ciphers = "ALL:@SECLEVEL=0"
        settings.sessionCache = .entries(16)
        settings.verifiesClient = .optional
        var clientSettings = TLSClientSettings()
        clientSettings.common.versions = settings.common.versions
        clientSettings.common.ciphers = "ALL:@SECLEVEL=0"
        clientSettings.common.protocols = ["h2", "http/1.1"]
        do {
            server = try TLSContext(server: settings)
            client = try TLSContext(client: clientSettings)
        } catch {
            return nil
        }
    }

    /// Bytes that a client sends.
    public func records(toServer input: Span<UInt8>) {
        compare(input) { TLSSession(server: server) }
    }

    /// Bytes that an upstream sends.
    public func records(toClient input: Span<UInt8>) {
        compare(input) { TLSSession(client: client, name: "a.example", sendsName: true) }
    }

    /// Bytes that come once the handshake is complete, in place of records.
    public func recordsAfterHandshake(_ input: Span<UInt8>) {
        for toServer in [true, false] {
            var near = TLSSession(server: server)
            var far = TLSSession(client: client, name: "a.example", sendsName: true)
            var toNear = ByteBuffer()
            var toFar = ByteBuffer()
            var plain = ByteBuffer()
            for _ in 0..<8 {
                _ = far.read(toFar.span, into: &plain, limit: 64, output: &toNear)
                toFar.clear()
                _ = near.read(toNear.span, into: &plain, limit: 64, output: &toFar)
                toNear.clear()
            }
            precondition(near.isOpen && far.isOpen, "a handshake between two sessions of ours fails")
            _ = far.read(toFar.span, into: &plain, limit: 64, output: &toNear)
            plain.clear()
            toNear.clear()
            _ =
                toServer
                ? near.read(input, into: &plain, limit: 1 << 20, output: &toNear)
                : far.read(input, into: &plain, limit: 1 << 20, output: &toNear)
            precondition(plain.isEmpty, "bytes that nobody encrypted were decrypted")
        }
    }

    private func compare(_ input: Span<UInt8>, _ make: () -> TLSSession) {
        var whole = make()
        let first = Self.feed(input, &whole, piece: max(1, input.count))
        var cut = make()
        let second = Self.feed(input, &cut, piece: 1 + input.count / 7)
        precondition(first == second, "TLS that was cut is read differently")
        if input.count > 600 { return }
        var single = make()
        precondition(first == Self.feed(input, &single, piece: 1), "TLS that came byte by byte is read differently")
    }

    private struct Outcome: Equatable {
        var failure: TLSFailure?
        var isOpen: Bool
        var serverName: [UInt8]
    }

    private static func feed(_ input: Span<UInt8>, _ session: inout TLSSession, piece: Int) -> Outcome {
        var plain = ByteBuffer()
        var output = ByteBuffer()
        var place = 0
        _ = session.read(input.extracting(0..<0), into: &plain, limit: 1 << 20, output: &output)
        while place < input.count {
            let end = min(input.count, place + piece)
            var progress = session.read(
                input.extracting(place..<end), into: &plain, limit: 1 << 20, output: &output)
            for _ in 0..<2 where progress.contains(.serverName) {
                progress = session.read(input.extracting(0..<0), into: &plain, limit: 1 << 20, output: &output)
            }
            if progress.contains(.failed) { break }
            place = end
        }
        precondition(plain.isEmpty, "plaintext without a handshake")
        precondition(output.count < 64 << 10, "more output than a handshake has")
        return Outcome(failure: session.failure, isOpen: session.isOpen, serverName: session.serverName)
    }
}
