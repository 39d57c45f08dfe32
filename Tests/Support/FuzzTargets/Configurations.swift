import Bytes
import Configuration
import Platform

/// A configuration, which may include itself: no file is opened, a few names have the same text. What stands before a
/// NUL is the text of `-g`.
enum Configurations {
    static func play(_ input: Span<UInt8>) {
        let bytes = input.array
        let first = load(bytes)
        // For some only: it takes as long again.
        if bytes.count & 7 == 0 { precondition(first == load(bytes), "the same text is read in two ways") }
    }

    /// Comes to a model or to an error with its place; answers with what it says.
    private static func load(_ input: [UInt8]) -> String {
        let split = input.firstIndex(of: 0)
        let globals = split.map { Array(input[..<$0]) } ?? []
        let bytes = split.map { Array(input[($0 + 1)...]) } ?? input
        let source = FileSource(
            read: { path in
                if path == "/nginx.conf" || path.hasSuffix(".inc") { return .success(bytes) }
                return .failure(Files.Failure(operation: "open()", errno: .notFound))
            },
            glob: { _ in .success(["/a.inc", "/b.inc"]) })
        let lineCount = max(bytes.count { $0 == 0x0a }, globals.count { $0 == 0x0a }) + 1
        do throws(ConfigurationError) {
            let model = try ConfigurationLoader.load(
                prefix: "/", confPath: "/nginx.conf", globals: String(decoding: globals, as: UTF8.self),
                source: source, machine: MachineFacts(hostName: "gate", isSuperuser: false))
            check(model, lineCount: lineCount)
            return "\(model.servers.count) \(model.locations.count) \(model.notices) \(model.warnings)"
        } catch {
            precondition(!error.message.isEmpty, "an error says something")
            guard let position = error.position else { preconditionFailure("an error without a place") }
            check(position, lineCount: lineCount)
            return error.message
        }
    }

    private static func check(_ position: SourcePosition, lineCount: Int) {
        precondition((1...lineCount).contains(position.line), "a line that is not there")
        guard let file = position.file else { return }
        precondition(file == "/nginx.conf" || file.hasSuffix(".inc"), "a file that was not read")
    }

    /// What refers to something by its index refers to what is there.
    private static func check(_ model: ConfigurationModel, lineCount: Int) {
        precondition(model.files.contains { $0.path == "/nginx.conf" }, "the file itself was read")
        precondition(model.locations.count >= model.servers.count, "each server has a scope")
        for server in model.servers {
            precondition(model.locations.indices.contains(server.location), "a server without a scope")
        }
        for notice in model.notices { check(notice.position, lineCount: lineCount) }
    }
}
