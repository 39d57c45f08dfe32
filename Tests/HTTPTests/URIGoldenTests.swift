import Bytes
import HTTP
import Testing

/// The goldens of paths, escapes and hosts: one input a line, and what comes of it in the same line of the expectation.
@Suite struct URIGoldenTests {
    @Test func paths() throws {
        try GoldenFile("paths").check { one in
            one.lines.map { line in
                let raw = Escapes.bytes(line)
                var out = ByteBuffer()
                out.append("kept")
                let isValid = TargetNormalizer.append(raw.span, mergesSlashes: one.options["merge"] != "off", to: &out)
                #expect(out.span.array.starts(with: "kept".utf8))
                let normal = Array(out.span.array.dropFirst(4))
                if TargetNormalizer.isNormal(raw.span) { #expect(normal == raw, "\(line) is said to be normal") }
                if !isValid { #expect(normal.isEmpty) }
                let copied = TargetNormalizer.isNormal(raw.span) ? "" : " (copied)"
                return isValid ? "\(Escapes.show(normal))\(copied)" : "refused"
            }
        }
    }

    @Test func originTargets() throws {
        try GoldenFile("origin-targets").check { one in
            one.lines.map { line in
                let raw = Array("xx".utf8) + Escapes.bytes(line)
                guard let target = OriginTarget(raw.span, ByteRange(2, raw.count)) else { return "refused" }
                return show(target.path, of: raw)
                    + (target.arguments.isEmpty ? "" : " ? \(show(target.arguments, of: raw))")
                    + (target.isPathNormal ? "" : ", to be normalised")
            }
        }
    }

    @Test func escapes() throws {
        try GoldenFile("escapes").check { one in
            one.lines.map { line in
                let raw = Escapes.bytes(line)
                var out = ByteBuffer()
                switch one.kind {
                case "path": out.append(raw.span, escapedAs: .path)
                case "argument": out.append(raw.span, escapedAs: .argument)
                case "component": out.append(raw.span, escapedAs: .component)
                default: out.append(unescaping: raw.span)
                }
                return Escapes.show(out.span.array)
            }
        }
    }

    @Test func hosts() throws {
        try GoldenFile("hosts").check { one in
            one.lines.map { line in
                let raw = Escapes.bytes(line)
                guard let host = HostName(raw.span, ByteRange(0, raw.count)) else { return "invalid" }
                var name = ByteBuffer()
                name.append(lowercased: raw.span.part(host.name))
                #expect(host.hasUppercase == (show(host.name, of: raw) != Escapes.show(name.span.array)))
                return Escapes.show(name.span.array) + (host.port > 0 ? " port \(host.port)" : "")
            }
        }
    }
}
