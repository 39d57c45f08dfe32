import Glibc
import Platform
import TestGateway
import Testing

/// Whatever a file holds, or is, the program says what is wrong and where, and ends: in bounded time (`ProgramRun`
/// waits 20 seconds) and bounded memory.
struct BadInputTests {
    /// What `-t` says of a configuration.
    private func said(_ bytes: [UInt8], in folder: Folder) throws -> String {
        try folder.write(bytes, to: "nginx.conf")
        let run = try ProgramRun(["-t", "-p", "%FOLDER%/", "-c", "nginx.conf"], in: folder)
        #expect(run.code == .exited(1))
        let lines = run.errors.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("postern: [emerg] ") && lines[0].utf8.count < 6000)
        #expect(!run.errors.utf8.contains { $0 < 0x20 && $0 != 0x0a || $0 == 0x7f })
        return String(lines[0].dropFirst("postern: [emerg] ".count))
    }

    private func said(_ text: String, in folder: Folder? = nil) throws -> String {
        try said(Array(text.utf8), in: try folder ?? Folder())
    }

    @Test func filesThatAreNoText() throws {
        let folder = try Folder()
        guard case .success(let program) = Files.read("/bin/cat", limitBytes: 1 << 20) else {
            throw Trouble("there is no /bin/cat")
        }
        #expect(try said(program, in: folder).contains("in FOLDER/nginx.conf:"))
        #expect(
            try said(Array(repeating: 0, count: 100_000), in: folder)
                == "too long parameter \"\(String(repeating: "\\x00", count: 10))...\" started in FOLDER/nginx.conf:1")
        #expect(
            try said("events {}\nhttp {\n root /a\0b;\n roott /c;\n}\n", in: folder)
                == "unknown directive \"roott\" in FOLDER/nginx.conf:4")
        #expect(
            try said("events {}\nhttp {\n\0root /a;\n}\n", in: folder)
                == "unknown directive \"\\x00root\" in FOLDER/nginx.conf:3")
    }

    @Test func filesThatIncludeThemselves() throws {
        let folder = try Folder()
        try folder.write("include \(folder["a.inc"]);", to: "a.inc")
        #expect(
            try said("events {}\ninclude a.inc;", in: folder)
                == "endless include: \"FOLDER/a.inc\" includes itself in FOLDER/a.inc:1")
        try folder.write("events {}\ninclude c.inc;", to: "b.inc")
        try folder.write("\n\ninclude b.inc;", to: "c.inc")
        #expect(
            try said("include b.inc;", in: folder)
                == "endless include: \"FOLDER/b.inc\" includes itself in FOLDER/c.inc:3")
        #expect(
            try said("\ninclude *.conf;", in: folder)
                == "endless include: \"FOLDER/nginx.conf\" includes itself in FOLDER/nginx.conf:2")
    }

    @Test func wordsWithoutEnd() throws {
        let long = String(repeating: "a", count: 1 << 20)
        #expect(
            try said("events {}\nhttp {\n root \(long); }")
                == "too long parameter \"aaaaaaaaaa...\" started in FOLDER/nginx.conf:3")
        #expect(
            try said("events {}\nhttp {\n root \"\(long)")
                == "too long parameter, probably missing terminating \"\"\" character in FOLDER/nginx.conf:3")
    }

    @Test func bracesWithoutEnd() throws {
        let locations = String(repeating: "location / {\n", count: 10_000)
        #expect(
            try said("events {}\nhttp { server {\n" + locations)
                == "too many nested blocks, at most 100 are possible in FOLDER/nginx.conf:101")
        #expect(
            try said("events {}\n" + String(repeating: "}\n", count: 10_000))
                == "unexpected \"}\" in FOLDER/nginx.conf:2")
    }

    @Test func whatIsNoFile() throws {
        let folder = try Folder()
        try folder.makeFolder("d")
        #expect(
            try said("\ninclude d;", in: folder)
                == "read() \"FOLDER/d\" failed (21: Is a directory) in FOLDER/nginx.conf:2")
        #expect(
            try said("\ninclude /dev/zero;", in: folder)
                == "read() \"/dev/zero\" failed (27: File too large) in FOLDER/nginx.conf:2")
        // Nobody will ever write into it.
        #expect(unsafe mkfifo(folder["fifo"], 0o600) == 0)
        #expect(
            try said("\ninclude fifo;", in: folder)
                == "read() \"FOLDER/fifo\" failed (110: Connection timed out) in FOLDER/nginx.conf:2")
        let run = try ProgramRun(["-t", "-p", "%FOLDER%/", "-c", "d"], in: folder)
        #expect(run.errors.hasPrefix("postern: [emerg] read() \"FOLDER/d\" failed (21: Is a directory)\n"))
    }

    @Test func filesWithoutNumber() throws {
        let folder = try Folder()
        try folder.makeFolder("d")
        for index in 0..<10_050 { try folder.write("\n", to: "d/\(index).conf") }
        let line = try said("events {}\ninclude d/*.conf;", in: folder)
        #expect(
            line == "too much is included, at most 10000 files and 268435456 bytes in FOLDER/nginx.conf:2", "\(line)")
    }

    /// The map is good, but for its last line, and is not small.
    @Test func memoryStaysBoundedWithHugeMaps() throws {
        let folder = try Folder()
        let lines = (0..<200_000).map { "/path/\($0)/of/something value-\($0);\n" }.joined()
        try folder.write(lines + "/oops\n", to: "big.map")
        try folder.write("events {}\nhttp {\n map $uri $x { include big.map; }\n}", to: "nginx.conf")
        try folder.write("", to: "said")
        let program = try ChildProcess(
            GatewaySettings.path(of: "postern"), ["-t", "-p", folder.path + "/", "-c", "nginx.conf"],
            errors: folder["said"])
        var peakKiB = 0
        try Wait.until("the end") {
            peakKiB = max(peakKiB, program.peakResidentKiB)
            return program.poll() != nil
        }
        let line = "[emerg] unexpected end of file, expecting \";\" or \"}\" in \(folder["big.map"]):200002\n"
        #expect(folder.text(of: "said").contains(line))
        #expect(try program.wait() == .exited(1))
        #expect(peakKiB > 0 && peakKiB < 400 << 10, "\(peakKiB) KiB for \(lines.utf8.count >> 10)")
    }
}
