extension Builder {
    /// nginx: grpc_pass. A scheme may be left out; a URI may not be there, for the method is one.
    static func grpcPass(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if builder.has("proxy_pass") { throw node.refused("is duplicate") }
        try builder.once(node)
        let url = node.words[1]
        builder.scope.isGRPC = true
        if url.bytes.contains(UInt8(ascii: "$")) {
            builder.scope.content = .proxy(.variable(try builder.compile(url, in: node)))
            return
        }
        let isTLS = url.hasScheme("grpcs://")
        let rest = Array(url.bytes.dropFirst(isTLS ? 8 : url.hasScheme("grpc://") ? 7 : 0))
        let standardPort: UInt16 = isTLS ? 443 : 80
        let address: AddressText
        do {
            address = try AddressText(rest, defaultPort: standardPort, use: .peer(allowsURI: false))
        } catch {
            throw node.error("\(error.text) in upstream \"\(Word(bytes: rest).text)\"")
        }
        let group = try builder.groups.find(address, at: node)
        var isUnix = false
        if case .unix? = address.endpoint { isUnix = true }
        let isStandard = !address.hasPort || address.port == standardPort
        let host = isUnix ? "localhost" : address.host + (isStandard ? "" : ":" + address.portText)
        let port = isUnix ? "" : (isStandard ? String(standardPort) : address.portText)
        builder.scope.content = .proxy(
            .group(
                ProxyDestination(
                    group: group, isTLS: isTLS, host: Array(host.utf8), port: Array(port.utf8), uri: nil)))
    }

    /// One field that is set in requests to upstreams.
    func setField(_ node: DirectiveNode, _ path: Action.Path<[ProxyField]>) throws(ConfigurationError) {
        let value = try fieldValue(node.words[2], of: node.words[1], in: node)
        append(ProxyField(name: node.words[1].bytes, value: value), to: path, named: node.name)
    }

    /// What is passed on of nginx's list of fields that are not, and what is hidden besides.
    static func hidden(_ hidden: [[UInt8]], passed: [[UInt8]]) -> [[UInt8]] {
        var all = hiddenFields
        for name in hidden where !all.contains(name) { all.append(name) }
        return all.filter { !passed.contains($0) }
    }
}

extension Word {
    /// Whether it begins with that scheme, in any case.
    func hasScheme(_ scheme: String) -> Bool {
        Word.lowercased(Array(bytes.prefix(scheme.utf8.count))) == Array(scheme.utf8)
    }
}
