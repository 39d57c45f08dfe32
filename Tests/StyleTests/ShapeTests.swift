import Testing

/// How long files, lines and functions may be.
@Suite struct ShapeTests {
    static let fileLimit = 500
    static let functionLimit = 60
    static let columnLimit = 120

    /// Functions that are one table: a switch with a line for each case, read as data.
    static let tables: Set<String> = []

    @Test func filesAreShort() {
        KnownOffences.check(
            "long-file",
            SourceTree.files.filter { $0.lines.count - 1 > Self.fileLimit }.map {
                Offence(path: $0.path, line: $0.lines.count - 1, text: "more than \(Self.fileLimit) lines")
            })
    }

    @Test func linesAreShort() {
        var found: [Offence] = []
        for file in SourceTree.files {
            for (index, line) in file.lines.enumerated() where line.count > Self.columnLimit {
                found.append(Offence(path: file.path, line: index + 1, text: "\(line.count) columns"))
            }
        }
        KnownOffences.check("long-line", found)
    }

    @Test func functionsAreShort() {
        var found: [Offence] = []
        for file in SourceTree.files {
            for body in Bodies(file).all
            where body.lineCount > Self.functionLimit && !Self.tables.contains("\(file.path) \(body.name)") {
                found.append(
                    Offence(path: file.path, line: body.line, text: "\(body.name) has \(body.lineCount) lines"))
            }
        }
        KnownOffences.check("long-function", found)
    }

    @Test func bodiesAreFound() {
        let text = """
            struct A {
                var a: Int { 1 }
                func b(_ c: () -> Void = {}) -> Int
                    where Int: Equatable
                {
                    let d = "}"  // }
                    return d.count
                }
                init?(e: Int) {
                }
            }
            """
        let bodies = Bodies(SourceFile(path: "A.swift", text: text)).all
        #expect(bodies.map(\.name) == ["a", "b", "init"])
        #expect(bodies.map(\.lineCount) == [1, 6, 2])
    }
}

/// The functions of a file, and what else has a body of statements.
struct Bodies {
    struct Body {
        let name: String
        /// Where the declaration begins, from 1.
        let line: Int
        let lineCount: Int
    }

    private(set) var all: [Body] = []

    init(_ file: SourceFile) {
        for (index, line) in file.code.enumerated() {
            guard let declaration = Declaration(line[...]) else { continue }
            guard ["func", "init", "subscript", "deinit", "var"].contains(declaration.keyword) else { continue }
            guard let last = Self.end(in: file.code, from: index, isVariable: declaration.keyword == "var") else {
                continue
            }
            let name = ["func", "var"].contains(declaration.keyword) ? declaration.name : declaration.keyword
            all.append(Body(name: name, line: index + 1, lineCount: last - index + 1))
        }
    }

    /// The line where the body of the declaration at `start` ends; nil where it has none.
    private static func end(in code: [String], from start: Int, isVariable: Bool) -> Int? {
        var (parentheses, braces) = (0, 0)
        for index in start..<code.count {
            if index > start && parentheses == 0 && braces == 0 {
                let word = code[index].drop { $0 == " " }
                if word.first == "}" || Declaration(word) != nil || isVariable && word.first != "{" { return nil }
            }
            for character in code[index].utf8 {
                switch character {
                case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
                case UInt8(ascii: "=") where isVariable && parentheses == 0 && braces == 0: return nil
                case UInt8(ascii: "{") where parentheses == 0 || braces > 0: braces += 1
                case UInt8(ascii: "}") where braces > 0:
                    braces -= 1
                    if braces == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }
}
