import Configuration
import Platform
import ProxyCore
import TLS

/// Makes the TLS contexts that a configuration asks for: reads certificates and keys, and checks that they fit.
package enum TLSContexts {
    /// Fails with what is wrong with the certificates of a configuration, in nginx's words (`-t`).
    package static func check(_ model: ConfigurationModel) throws(ConfigurationError) {
        var place: SourcePosition?
        do throws(TLSSetupError) { _ = try build(model, at: &place) } catch {
            // nginx names the file alone.
            let help = place.map { "it is for the block that begins in \($0.file ?? "-g"):\($0.line)" }
            throw ConfigurationError(message: error.message, position: place, help: help)
        }
    }

    /// The contexts of all servers and locations, in the order of the file; locations with the same settings share one.
    ///
    /// - Throws: nginx's words for the first that is wrong.
    static func build(_ model: ConfigurationModel) throws(StartError) -> TLSPlan {
        var place: SourcePosition?
        do throws(TLSSetupError) { return try build(model, at: &place) } catch { throw StartError(error.message) }
    }

    /// `place` is where the block begins that is at work.
    private static func build(
        _ model: ConfigurationModel, at place: inout SourcePosition?
    ) throws(TLSSetupError) -> TLSPlan {
        var plan = TLSPlan(model)
        for (index, server) in model.servers.enumerated() where server.tls.isUsable {
            place = server.position
            plan.servers[index] = try TLSContext(server: try serverSettings(server, speaksHTTP2(index, model)))
            plan.namedCertificates[index] = namedCertificates(server.tls)
        }
        var shared: [(ProxyTLSSettings, isHTTP2: Bool, TLSContext)] = []
        for (index, location) in model.locations.enumerated() where mayReachTLS(location.content) {
            place = location.position
            let settings = location.proxy.tls
            let isHTTP2 = location.proxy.version == .http2
            if let known = shared.first(where: { $0.0 == settings && $0.isHTTP2 == isHTTP2 }) {
                plan.locations[index] = known.2
            } else {
                let context = try TLSContext(client: clientSettings(settings, isHTTP2: isHTTP2))
                shared.append((settings, isHTTP2, context))
                plan.locations[index] = context
            }
        }
        return plan
    }

    // MARK: clients

    /// Whether a server's clients may speak HTTP/2 (nginx: http2, and the old parameter of listen).
    private static func speaksHTTP2(_ server: Int, _ model: ConfigurationModel) -> Bool {
        if model.servers[server].connection.http2 { return true }
        return model.listeners.contains {
            $0.addresses.contains { $0.isHTTP2 && $0.servers.contains(server) }
        }
    }

    private static func serverSettings(
        _ server: ServerSettings, _ speaksHTTP2: Bool
    ) throws(TLSSetupError) -> TLSServerSettings {
        let tls = server.tls
        var settings = TLSServerSettings()
        settings.common = common(tls.protocols, tls.ciphers, tls.commands, tls.passwords)
        settings.common.trusted = tls.trustedCertificate
        settings.common.revoked = tls.revocationList
        settings.common.verifyDepth = tls.verifyDepth
        settings.common.protocols = (speaksHTTP2 ? ["h2"] : []) + ["http/1.1", "http/1.0", "http/0.9"]
        for (certificate, key) in zip(tls.certificates, tls.certificateKeys) {
            if let pair = pair(certificate, key) { settings.pairs.append(pair) }
        }
        settings.curves = tls.curves
        settings.dhParameters = tls.dhParameters
        settings.prefersServerCiphers = tls.preferServerCiphers
        switch tls.sessionCache {
        case .off: settings.sessionCache = .off
        case .none: settings.sessionCache = .none
        case .sessions(let count): settings.sessionCache = .entries(count)
        }
        settings.sessionTimeoutSeconds = tls.sessionTimeout / 1000
        settings.usesTickets = tls.sessionTickets
        for path in tls.ticketKeys { settings.ticketKeys.append(try ticketKey(path)) }
        switch tls.clientVerification {
        case .off: settings.verifiesClient = .off
        case .on: settings.verifiesClient = .on
        case .optional: settings.verifiesClient = .optional
        case .optionalWithoutIssuer: settings.verifiesClient = .optionalWithoutIssuer
        }
        settings.clientAuthorities = tls.clientAuthorities
        settings.rejectsHandshake = tls.rejectHandshake
        return settings
    }

    /// nginx: 48 or 80 bytes.
    private static func ticketKey(_ path: String) throws(TLSSetupError) -> TLSTicketKey {
        switch Files.read(path, limitBytes: 1 << 16) {
        case .failure(let failure): throw TLSSetupError(words: failure.message(for: path))
        case .success(let bytes):
            guard let key = TLSTicketKey(bytes) else {
                throw TLSSetupError(words: "\"\(path)\" must be 48 or 80 bytes")
            }
            return key
        }
    }

    private static func pair(_ certificate: CertificateName, _ key: CertificateName) -> TLSPair? {
        guard let name = certificate.value.literalBytes, let key = key.value.literalBytes, !name.isEmpty else {
            return nil
        }
        return TLSPair(
            certificate: String(decoding: name, as: UTF8.self), key: String(decoding: key, as: UTF8.self))
    }

    private static func namedCertificates(_ tls: TLSSettings) -> [NamedCertificate]? {
        let named = zip(tls.certificates, tls.certificateKeys).filter { pair($0, $1) == nil }
        return named.isEmpty
            ? nil : named.map { NamedCertificate(certificate: $0, key: $1, passwords: tls.passwords) }
    }

    // MARK: upstreams

    /// Whether requests may go over TLS from there: always or, with variables, where the URL says so.
    private static func mayReachTLS(_ content: ContentHandler) -> Bool {
        switch content {
        case .proxy(.group(let destination)): return destination.isTLS
        case .proxy(.variable(let value)):
            guard case .bytes(let start)? = value.parts.first else { return true }
            return !start.starts(with: "http://".utf8)
        case .files, .stubStatus, .report: return false
        }
    }

    private static func clientSettings(_ tls: ProxyTLSSettings, isHTTP2: Bool) -> TLSClientSettings {
        var settings = TLSClientSettings()
        settings.common = common(tls.protocols, tls.ciphers, tls.commands, tls.passwords)
        settings.common.trusted = tls.trustedCertificate
        settings.common.revoked = tls.revocationList
        settings.common.verifyDepth = tls.verifyDepth
        if let certificate = tls.certificate, let key = tls.certificateKey { settings.pair = pair(certificate, key) }
        settings.verifies = tls.verifies
        if isHTTP2 { settings.common.protocols = ["h2"] }
        return settings
    }

    private static func common(
        _ protocols: TLSProtocols, _ ciphers: String, _ commands: [TLSCommandSetting], _ passwords: [[UInt8]]
    ) -> TLSCommonSettings {
        var settings = TLSCommonSettings(ciphers: ciphers)
        settings.versions = TLSVersions(rawValue: protocols.rawValue).subtracting(TLSVersions(rawValue: 1))
        settings.commands = commands.map { TLSCommand(name: $0.name, value: $0.value) }
        settings.passwords = passwords
        return settings
    }
}
