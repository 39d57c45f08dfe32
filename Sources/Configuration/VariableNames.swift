extension VariableID {
    /// The name without `$`; nginx's, but for `upstream_queue_time` which its commercial edition has.
    package var name: String {
        switch self {
        case .args: return "args"
        case .contentLength: return "content_length"
        case .contentType: return "content_type"
        case .documentRoot: return "document_root"
        case .documentURI: return "document_uri"
        case .host: return "host"
        case .isArgs: return "is_args"
        case .queryString: return "query_string"
        case .realpathRoot: return "realpath_root"
        case .remoteUser: return "remote_user"
        case .request: return "request"
        case .requestBody: return "request_body"
        case .requestBodyFile: return "request_body_file"
        case .requestCompletion: return "request_completion"
        case .requestFilename: return "request_filename"
        case .requestID: return "request_id"
        case .requestLength: return "request_length"
        case .requestMethod: return "request_method"
        case .requestTime: return "request_time"
        case .requestURI: return "request_uri"
        case .scheme: return "scheme"
        case .https: return "https"
        case .uri: return "uri"
        case .limitRate: return "limit_rate"
        default: return connectionName ?? responseName ?? upstreamName ?? tlsName
        }
    }

    private var connectionName: String? {
        switch self {
        case .binaryRemoteAddr: return "binary_remote_addr"
        case .remoteAddr: return "remote_addr"
        case .remotePort: return "remote_port"
        case .serverAddr: return "server_addr"
        case .serverName: return "server_name"
        case .serverPort: return "server_port"
        case .serverProtocol: return "server_protocol"
        case .connection: return "connection"
        case .connectionRequests: return "connection_requests"
        case .connectionTime: return "connection_time"
        case .proxyProtocolAddr: return "proxy_protocol_addr"
        case .proxyProtocolPort: return "proxy_protocol_port"
        case .proxyProtocolServerAddr: return "proxy_protocol_server_addr"
        case .proxyProtocolServerPort: return "proxy_protocol_server_port"
        case .realipRemoteAddr: return "realip_remote_addr"
        case .realipRemotePort: return "realip_remote_port"
        case .requestPort: return "request_port"
        case .isRequestPort: return "is_request_port"
        case .pipe: return "pipe"
        case .http2: return "http2"
        case .tcpinfoRTT: return "tcpinfo_rtt"
        case .tcpinfoRTTVar: return "tcpinfo_rttvar"
        case .tcpinfoSndCwnd: return "tcpinfo_snd_cwnd"
        case .tcpinfoRcvSpace: return "tcpinfo_rcv_space"
        default: return nil
        }
    }

    private var responseName: String? {
        switch self {
        case .status: return "status"
        case .bytesSent: return "bytes_sent"
        case .bodyBytesSent: return "body_bytes_sent"
        case .gzipRatio: return "gzip_ratio"
        case .hostname: return "hostname"
        case .msec: return "msec"
        case .nginxVersion: return "nginx_version"
        case .pid: return "pid"
        case .timeISO8601: return "time_iso8601"
        case .timeLocal: return "time_local"
        case .connectionsActive: return "connections_active"
        case .connectionsReading: return "connections_reading"
        case .connectionsWriting: return "connections_writing"
        case .connectionsWaiting: return "connections_waiting"
        default: return nil
        }
    }

    private var upstreamName: String? {
        switch self {
        case .proxyHost: return "proxy_host"
        case .proxyPort: return "proxy_port"
        case .proxyAddXForwardedFor: return "proxy_add_x_forwarded_for"
        case .proxyInternalBodyLength: return "proxy_internal_body_length"
        case .proxyInternalChunked: return "proxy_internal_chunked"
        case .upstreamAddr: return "upstream_addr"
        case .upstreamStatus: return "upstream_status"
        case .upstreamConnectTime: return "upstream_connect_time"
        case .upstreamHeaderTime: return "upstream_header_time"
        case .upstreamResponseTime: return "upstream_response_time"
        case .upstreamResponseLength: return "upstream_response_length"
        case .upstreamBytesReceived: return "upstream_bytes_received"
        case .upstreamBytesSent: return "upstream_bytes_sent"
        case .upstreamCacheStatus: return "upstream_cache_status"
        case .upstreamCacheLastModified: return "upstream_cache_last_modified"
        case .upstreamCacheETag: return "upstream_cache_etag"
        case .upstreamQueueTime: return "upstream_queue_time"
        default: return nil
        }
    }

    private var tlsName: String {
        switch self {
        case .sslProtocol: return "ssl_protocol"
        case .sslCipher: return "ssl_cipher"
        case .sslCiphers: return "ssl_ciphers"
        case .sslCurve: return "ssl_curve"
        case .sslCurves: return "ssl_curves"
        case .sslSessionID: return "ssl_session_id"
        case .sslSessionReused: return "ssl_session_reused"
        case .sslEarlyData: return "ssl_early_data"
        case .sslServerName: return "ssl_server_name"
        case .sslALPNProtocol: return "ssl_alpn_protocol"
        case .sslClientCert: return "ssl_client_cert"
        case .sslClientRawCert: return "ssl_client_raw_cert"
        case .sslClientEscapedCert: return "ssl_client_escaped_cert"
        case .sslClientSDN: return "ssl_client_s_dn"
        case .sslClientIDN: return "ssl_client_i_dn"
        case .sslClientSDNLegacy: return "ssl_client_s_dn_legacy"
        case .sslClientIDNLegacy: return "ssl_client_i_dn_legacy"
        case .sslSignature: return "ssl_sigalg"
        case .sslSignatures: return "ssl_sigalgs"
        case .sslClientSignature: return "ssl_client_sigalg"
        case .sslECHStatus: return "ssl_ech_status"
        case .sslECHOuterServerName: return "ssl_ech_outer_server_name"
        case .sslClientSerial: return "ssl_client_serial"
        case .sslClientFingerprint: return "ssl_client_fingerprint"
        case .sslClientVerify: return "ssl_client_verify"
        case .sslClientVStart: return "ssl_client_v_start"
        case .sslClientVEnd: return "ssl_client_v_end"
        case .sslClientVRemain: return "ssl_client_v_remain"
        default: return ""
        }
    }

    /// Whether `set`, `map` and named captures may take the name over (nginx: NGX_HTTP_VAR_CHANGEABLE).
    var isChangeable: Bool {
        switch self {
        case .args, .limitRate, .proxyHost, .proxyPort: return true
        default: return name.hasPrefix("ssl_")
        }
    }
}

/// The variables of one configuration: which name stands for what.
struct VariableTable {
    /// Slots by their names in lower case.
    private var slotsByName: [String: Int] = [:]
    private(set) var slots: [VariableSlot] = []
    /// Which slots something defines.
    private var isDefined: [Bool] = []
    /// Names that a `set`, `map` or named capture somewhere in the configuration defines, in lower case.
    private let definedNames: Set<String>
    /// The first name that nothing defines, and where it is used.
    private(set) var firstUnknown: (name: String, position: SourcePosition)?

    private static let builtIns: [String: VariableID] = Dictionary(
        uniqueKeysWithValues: VariableID.allCases.map { ($0.name, $0) })

    init(definedNames: Set<String>) { self.definedNames = definedNames }

    /// What `$name` stands for. A name that nothing defines gets a slot and is remembered as unknown.
    mutating func reference(_ name: String, at position: SourcePosition) -> VariableReference {
        let name = name.lowercased()
        let builtIn = VariableTable.builtIn(name)
        if definedNames.contains(name) {
            if case .builtIn(let id)? = builtIn, !id.isChangeable { return .builtIn(id) }
            return .slot(slot(name))
        }
        if let builtIn { return builtIn }
        if firstUnknown == nil { firstUnknown = (name, position) }
        return .slot(slot(name))
    }

    /// The slot that a `set`, `map` or named capture fills.
    mutating func define(_ name: String) -> Int {
        let index = slot(name.lowercased())
        isDefined[index] = true
        return index
    }

    mutating func setMap(_ map: Int, ofSlot slot: Int) { slots[slot].source = .map(map) }

    /// A variable of the server's own, by its whole name or its prefix; the longest prefix wins.
    static func builtIn(_ name: String) -> VariableReference? {
        if let id = builtIns[name] { return .builtIn(id) }
        let prefixes = VariablePrefix.allCases.filter { name.hasPrefix($0.text) }
        guard let prefix = prefixes.max(by: { $0.text.utf8.count < $1.text.utf8.count }) else { return nil }
        return .prefixed(prefix, name: Array(name.utf8.dropFirst(prefix.text.utf8.count)))
    }

    private mutating func slot(_ name: String) -> Int {
        if let index = slotsByName[name] { return index }
        let source = VariableTable.builtIn(name).map { VariableSlot.Source.overridden($0) } ?? .assigned
        slots.append(VariableSlot(name: name, source: source))
        isDefined.append(false)
        slotsByName[name] = slots.count - 1
        return slots.count - 1
    }
}

extension VariableTable {
    /// Every name that a `set`, a `map` or a named capture defines in this tree, in lower case.
    static func definedNames(in tree: BlockNode) -> Set<String> {
        var names: Set<String> = []
        var blocks = [tree]
        while let block = blocks.popLast() {
            for case .directive(let node) in block.items {
                if let inner = node.block { blocks.append(inner) }
                // `set` changes these two themselves.
                if node.name == "set", node.words.count > 1, let name = node.words[1].after("$"),
                    !["args", "limit_rate"].contains(name.text.lowercased())
                {
                    names.insert(name.text.lowercased())
                }
                if node.name == "map", node.words.count > 2, let name = node.words[2].after("$") {
                    names.insert(name.text.lowercased())
                }
                for word in node.words {
                    for name in captureNames(in: word.bytes) { names.insert(name.lowercased()) }
                }
            }
        }
        return names
    }

    /// Names of the groups `(?<name>`, `(?'name'` and `(?P<name>` in a regular expression, in order, each once.
    static func captureNames(in pattern: [UInt8]) -> [String] {
        var names: [String] = []
        var index = 0
        while index + 2 < pattern.count {
            if pattern[index] == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            guard pattern[index] == UInt8(ascii: "("), pattern[index + 1] == UInt8(ascii: "?") else {
                index += 1
                continue
            }
            index += 2
            if pattern[index] == UInt8(ascii: "P") { index += 1 }
            guard index < pattern.count else { break }
            let closing: UInt8
            switch pattern[index] {
            case UInt8(ascii: "<"): closing = UInt8(ascii: ">")
            case UInt8(ascii: "'"): closing = UInt8(ascii: "'")
            default: continue
            }
            let name = pattern[(index + 1)...].prefix { isNameByte($0) }
            index = name.endIndex
            guard !name.isEmpty, index < pattern.count, pattern[index] == closing else { continue }
            let text = String(decoding: name, as: UTF8.self)
            if !names.contains(text) { names.append(text) }
        }
        return names
    }

    /// Whether a byte may stand in a variable's name.
    static func isNameByte(_ byte: UInt8) -> Bool {
        (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
            || byte == UInt8(ascii: "_")
    }
}
