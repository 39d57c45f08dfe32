import Platform

/// The door for a fuzz target: any bytes may come.
public enum FuzzEntry {
    /// Reads the bytes as a configuration that includes itself at will. Must return, whatever they are.
    public static func configuration(_ bytes: [UInt8]) {
        let source = FileSource(
            read: { path in
                if path == "/nginx.conf" || path.hasSuffix(".inc") { return .success(bytes) }
                return .failure(Files.Failure(operation: "open()", errno: .notFound))
            },
            glob: { _ in .success(["/a.inc", "/b.inc"]) })
        let machine = MachineFacts(hostName: "gate", isSuperuser: false)
        do throws(ConfigurationError) {
            let model = try ConfigurationLoader.load(
                prefix: "/", confPath: "/nginx.conf", globals: String(decoding: bytes.prefix(64), as: UTF8.self),
                source: source, machine: machine)
            precondition(model.locations.count >= model.servers.count, "each server has a scope")
        } catch {
            precondition(!error.message.isEmpty, "an error says something")
        }
    }
}
