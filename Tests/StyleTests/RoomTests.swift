import Foundation
import Testing

/// Which target may import which: the rooms of docs/ARCHITECTURE.md as data.
@Suite struct RoomTests {
    struct Room {
        let layer: Int
        let imports: Set<String>

        init(_ layer: Int, _ imports: Set<String> = []) {
            self.layer = layer
            self.imports = imports
        }
    }

    static let rooms: [String: Room] = [
        "CLinux": Room(0), "CNGHTTP2": Room(0), "COpenSSL": Room(0), "CCAres": Room(0), "CPCRE2": Room(0),
        "Bytes": Room(1),
        "Platform": Room(1, ["CLinux", "Bytes"]),
        "HTTP": Room(2, ["Bytes"]),
        "EventLoop": Room(2, ["Bytes", "Platform"]),
        "HTTP2": Room(3, ["Bytes", "HTTP", "CNGHTTP2"]),
        "TLS": Room(3, ["Bytes", "COpenSSL"]),
        "Failures": Room(3, ["Bytes", "HTTP"]),
        "Configuration": Room(3, ["Bytes", "Platform", "HTTP", "CPCRE2"]),
        "Logs": Room(4, ["Bytes", "Platform", "Failures", "Configuration"]),
        "Routing": Room(4, ["Bytes", "Platform", "HTTP", "Failures", "Configuration"]),
        "Resolver": Room(4, ["Bytes", "Platform", "CCAres"]),
        "Upstreams": Room(5, ["Bytes", "Platform", "Failures", "Configuration"]),
        "ProxyCore": Room(
            6,
            [
                "Bytes", "Platform", "HTTP", "EventLoop", "HTTP2", "TLS", "Failures", "Configuration", "Logs",
                "Routing",
                "Resolver", "Upstreams",
            ]),
        "Server": Room(
            7, ["Bytes", "Platform", "EventLoop", "TLS", "Failures", "Configuration", "Upstreams", "ProxyCore"]),
        "FaultyUpstream": Room(7, ["Bytes", "Platform"]),
        "Inspector": Room(7, ["Bytes", "Platform", "Failures", "ProxyCore"]),
        "postern": Room(8, ["Bytes", "Platform", "Configuration", "ProxyCore", "Server", "Inspector"]),
        "faulty-upstream": Room(8, ["Platform", "FaultyUpstream"]),
    ]

    /// The system's own modules, and who may import them: only Platform opens the door to the kernel. The programs end
    /// the process; the patterns' bridge frees what C allocated.
    static let systemModules: [String: Set<String>?] = [
        "Synchronization": nil,
        "Glibc": ["Platform", "faulty-upstream"],
    ]

    /// `Platform` uses `Bytes`, which imports nothing.
    @Test func tableGoesDownward() {
        for (name, room) in Self.rooms {
            for other in room.imports {
                guard let below = Self.rooms[other] else {
                    Issue.record("\(name) may import \(other), which is no room")
                    continue
                }
                let isSame = name == "Platform" && other == "Bytes"
                #expect(below.layer < room.layer || isSame, "\(name) lies not above \(other)")
            }
        }
    }

    @Test func sourcesAreFound() {
        #expect(SourceTree.files.contains { $0.path == "Sources/Bytes/ByteBuffer.swift" })
    }

    @Test func everyFolderIsARoom() {
        for folder in SourceTree.folders(in: "Sources") {
            #expect(Self.rooms[folder] != nil, "Sources/\(folder) is not in the table")
        }
    }

    /// docs/ARCHITECTURE.md has a row for each room that is there, with its layer and what it may import of them.
    @Test func documentSaysTheSame() throws {
        let text = try #require(SourceTree.text(of: "docs/ARCHITECTURE.md"))
        let present = Set(SourceTree.folders(in: "Sources"))
        var described: Set<String> = []
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "|").map { String($0).trimmed }
            guard cells.count == 4, let layer = Int(cells[0]) else { continue }
            let name = cells[1].filter { $0 != "`" }
            let imports = Set(cells[2].filter { $0 != "`" }.split(separator: " ").map(String.init))
            guard let room = Self.rooms[name] else {
                Issue.record("docs/ARCHITECTURE.md: there is no room \(name)")
                continue
            }
            described.insert(name)
            #expect(room.layer == layer, "docs/ARCHITECTURE.md: the layer of \(name)")
            #expect(room.imports.intersection(present) == imports, "docs/ARCHITECTURE.md: what \(name) may import")
        }
        #expect(described == present, "docs/ARCHITECTURE.md: the rooms")
    }

    @Test func sourcesKeepToTheTable() {
        for file in SourceTree.files where file.isSource {
            guard let room = Self.rooms[file.module] else { continue }
            for (index, line) in file.code.enumerated() {
                guard let module = imported(line) else { continue }
                if room.imports.contains(module) { continue }
                if let users = Self.systemModules[module], users?.contains(file.module) ?? true { continue }
                Issue.record("\(file.path):\(index + 1) imports \(module), which \(file.module) may not")
            }
        }
    }

    /// Package.swift declares no dependency between rooms that the table does not know.
    @Test func packageKeepsToTheTable() throws {
        let text = try #require(SourceTree.text(of: "Package.swift"))
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map {
                String($0.element)
            }
            let isRoom = line.contains(" room(\"") || line.contains(".executableTarget(")
            guard isRoom, let name = parts.first, let room = Self.rooms[name] else { continue }
            for other in parts.dropFirst() {
                #expect(room.imports.contains(other), "Package.swift lets \(name) import \(other)")
            }
        }
    }

    /// The module that a line of code imports.
    private func imported(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let mark = words.firstIndex(of: "import"), mark + 1 < words.count else { return nil }
        guard
            words[..<mark].allSatisfy({
                $0.hasPrefix("@") || ["public", "package", "internal", "private"].contains($0)
            })
        else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[mark + 1]) && mark + 2 < words.count ? words[mark + 2] : words[mark + 1]
        return String(name.prefix { $0 != "." })
    }
}
