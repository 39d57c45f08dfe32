extension Action {
    /// The path of a file that is OpenSSL's: relative ones lie in the directory of the main file, as in nginx.
    static func fileBesideMain(_ path: Path<String>) -> Action {
        once("file") { (builder, node) throws(ConfigurationError) in
            let written = node.words[1].text
            let full = written.isEmpty ? "" : builder.besideMain(written)
            builder.scope.assign { $0[keyPath: path] = full }
        }
    }

    /// A command of OpenSSL's own configuration.
    static func tlsCommand(_ path: Path<[TLSCommandSetting]>) -> Action {
        run("name value") { (builder, node) throws(ConfigurationError) in
            let (name, value) = (node.words[1].text, node.words[2].text)
            let isFile = Builder.fileCommands.contains(name.lowercased())
            let command = TLSCommandSetting(name: name, value: isFile ? builder.besideMain(value) : value)
            builder.append(command, to: path, named: node.name)
        }
    }
}

extension Builder {
    /// Commands of OpenSSL whose values are files or folders (SSL_CONF_cmd(3)), in lower case: it takes any.
    fileprivate static let fileCommands = [
        "certificate", "privatekey", "serverinfofile", "chaincapath", "chaincafile", "verifycapath", "verifycafile",
        "requestcafile", "requestcapath", "clientcafile", "clientcapath", "dhparameters",
    ]

    /// A full path; relative ones lie in the directory of the main file.
    func besideMain(_ path: String) -> String { path.hasPrefix("/") ? path : environment.directory + path }

    /// The file of a certificate or key, with variables, or `data:` and its text.
    func certificate(_ node: DirectiveNode) throws(ConfigurationError) -> CertificateName {
        let word = node.words[1]
        var value = try compile(word, in: node)
        if let literal = value.literalBytes, !literal.isEmpty, word.after("data:") == nil {
            value = ComplexValue(literal: Array(besideMain(word.text).utf8))
        }
        return CertificateName(written: word.text, value: value)
    }

    /// The lines of a file of passwords, each without its line end; at most 65,536 bytes are read as nginx reads them.
    func passwords(_ node: DirectiveNode) throws(ConfigurationError) -> [[UInt8]] {
        let path = besideMain(node.words[1].text)
        switch environment.read(path) {
        case .failure(let failure): throw node.error(failure.message(for: path))
        case .success(let bytes):
            return bytes.split(separator: UInt8(ascii: "\n")).map { line in
                line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line)
            }.filter { !$0.isEmpty }
        }
    }

    /// nginx keeps about 4,000 sessions in a megabyte.
    private static let sessionsPerMegabyte = 4000
    /// What OpenSSL keeps where nginx says `builtin`.
    private static let builtInSessions = 20480

    static func sessionCache(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var cache = SessionCacheSetting.none
        for word in node.arguments {
            if word.equals("off") {
                cache = .off
            } else if word.equals("none") {
                cache = .none
            } else if word.equals("builtin") {
                cache = .sessions(builtInSessions)
            } else if let count = word.after("builtin:").flatMap({ Values.number($0.bytes) }) {
                cache = .sessions(count == 0 ? Int(Int32.max) : count)
            } else if let bytes = Builder.sharedCacheBytes(word) {
                if bytes < 8 * 4096 { throw node.error("session cache \"\(word.text)\" is too small") }
                cache = .sessions(max(1, bytes / (1 << 20) * sessionsPerMegabyte))
            } else {
                throw node.error("invalid session cache \"\(word.text)\"")
            }
        }
        builder.scope.assign { $0.tls.sessionCache = cache }
    }

    /// The size of `shared:name:size`.
    private static func sharedCacheBytes(_ word: Word) -> Int? {
        guard let rest = word.after("shared:") else { return nil }
        guard let colon = rest.bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        return Values.size(Array(rest.bytes[(colon + 1)...]))
    }

    // MARK: checks that need the whole

    /// What nginx checks once a server's settings are complete.
    func checkTLS(_ tls: TLSSettings, end: SourcePosition) throws(ConfigurationError) {
        if tls.certificates.count > tls.certificateKeys.count, let last = tls.certificates.last {
            throw ConfigurationError(
                message: "no \"ssl_certificate_key\" is defined for certificate \"\(last.written)\"", position: end,
                help: "write ssl_certificate_key beside ssl_certificate; both may name one file that has both")
        }
        let needsAuthorities = tls.clientVerification == .on || tls.clientVerification == .optional
        if tls.isUsable && needsAuthorities && tls.clientAuthorities.isEmpty && tls.trustedCertificate.isEmpty {
            throw ConfigurationError(
                message: "no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client", position: end)
        }
    }

    /// What nginx checks of a location that speaks TLS with its upstream.
    func checkProxyTLS(
        _ tls: ProxyTLSSettings, prefix: String, end: SourcePosition
    ) throws(ConfigurationError) {
        if let certificate = tls.certificate, !certificate.value.isEmpty, tls.certificateKey == nil {
            throw ConfigurationError(
                message: "no \"\(prefix)_ssl_certificate_key\" is defined for certificate \"\(certificate.written)\"",
                position: end)
        }
        if tls.verifies && tls.trustedCertificate.isEmpty {
            throw ConfigurationError(
                message: "no \(prefix)_ssl_trusted_certificate for \(prefix)_ssl_verify", position: end,
                help: "\(prefix)_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt; trusts what Debian trusts")
        }
    }

    /// Every address with `ssl` needs a certificate, or a server that refuses handshakes.
    func checkTLSListeners() throws(ConfigurationError) {
        for address in listens.addresses where address.isTLS {
            let standard = parts.servers[address.defaultServer]
            if !standard.tls.certificates.isEmpty { continue }
            let lacking =
                standard.tls.rejectHandshake
                ? address.servers.first { !parts.servers[$0].tls.isUsable } : address.defaultServer
            guard let lacking else { continue }
            throw ConfigurationError(
                message: "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive"
                    + parts.servers[lacking].position.suffix, position: parts.servers[lacking].position,
                help: "\(address.endpoint.text) needs ssl_certificate and ssl_certificate_key in this server, which "
                    + "answers for names that no other has, or ssl_reject_handshake on;")
        }
    }
}
