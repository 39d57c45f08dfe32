import Platform

/// Where the parser takes its files from; tests give their own.
package struct FileSource: Sendable {
    /// Reads a file.
    let read: @Sendable (String) -> Result<[UInt8], Files.Failure>
    /// The sorted paths that match a mask.
    let glob: @Sendable (String) -> Result<[String], Errno>

    /// A source that answers for itself.
    package init(
        read: @escaping @Sendable (String) -> Result<[UInt8], Files.Failure>,
        glob: @escaping @Sendable (String) -> Result<[String], Errno>
    ) {
        self.read = read
        self.glob = glob
    }

    /// The machine's files; a single one may have 64 MiB.
    static let system = FileSource(
        read: { Files.read($0, limitBytes: 64 << 20) },
        glob: { Files.glob($0) })
}

/// Reads configuration text into a tree, including what is included.
struct Parser {
    /// Blocks within blocks, those of including files counted.
    static let nestingLimit = 100
    /// Files that include one another.
    static let includeDepthLimit = 50
    /// Files in all, and their bytes.
    static let fileLimit = 10_000
    static let totalBytesLimit = 256 << 20

    let source: FileSource
    /// Where relative `include`s lie: the directory of the main file, with its final `/`.
    let directory: String
    /// Files in the order of their first opening.
    private(set) var files: [SourceFile] = []
    private var knownFiles: Set<String> = []
    private var openFiles: [String] = []
    private var filesRead = 0
    private var bytesRead = 0
    private var nesting = 0

    init(source: FileSource, directory: String) {
        self.source = source
        self.directory = directory
    }

    /// The tree of a file.
    mutating func parse(path: String) -> BlockNode {
        let block = BlockNode(start: SourcePosition(file: path, line: 1))
        _ = parse(path: path, into: block, at: nil)
        return block
    }

    /// The tree of the text given with `-g`.
    mutating func parse(globals text: [UInt8]) -> BlockNode {
        let block = BlockNode(start: SourcePosition(file: nil, line: 1))
        _ = parse(Lexer(bytes: text, file: nil), into: block)
        return block
    }
}

extension Parser {
    /// Reads one file into `block`; false after a failure, which is then the last thing in the tree.
    private mutating func parse(path: String, into block: BlockNode, at include: SourcePosition?) -> Bool {
        func refuse(_ message: String, help: String? = nil) -> Bool {
            let message = message + (include?.suffix ?? "")
            block.items.append(.failure(ConfigurationError(message: message, position: include, help: help)))
            return false
        }
        if openFiles.contains(path) {
            return refuse("endless include: \"\(path)\" includes itself", help: openFiles.joined(separator: " -> "))
        }
        if openFiles.count >= Parser.includeDepthLimit {
            return refuse("too many nested includes, at most \(Parser.includeDepthLimit) are possible")
        }
        let bytes: [UInt8]
        switch source.read(path) {
        case .success(let read): bytes = read
        case .failure(let failure): return refuse(failure.message(for: path))
        }
        filesRead += 1
        bytesRead += bytes.count
        if filesRead > Parser.fileLimit || bytesRead > Parser.totalBytesLimit {
            return refuse("too much is included, at most \(Parser.fileLimit) files and \(Parser.totalBytesLimit) bytes")
        }
        if knownFiles.insert(path).inserted { files.append(SourceFile(path: path, bytes: bytes)) }
        openFiles.append(path)
        defer { openFiles.removeLast() }
        return parse(Lexer(bytes: bytes, file: path), into: block)
    }

    /// Reads one text. Nested blocks are kept on a stack of its own, so that no input can exhaust the thread's.
    private mutating func parse(_ start: Lexer, into outermost: BlockNode) -> Bool {
        var lexer = start
        var open = [outermost]
        defer { nesting -= open.count - 1 }
        while let block = open.last {
            do throws(ConfigurationError) {
                let (words, ending) = try lexer.next()
                block.end = lexer.position
                switch ending {
                case .endOfText:
                    if open.count > 1 {
                        throw lexer.error(
                            "unexpected end of file, expecting \"}\"",
                            help: "no \"}\" for the \"{\"" + block.start.suffix)
                    }
                    return true
                case .closingBrace:
                    if open.count == 1 {
                        throw lexer.error("unexpected \"}\"", help: "there is one \"}\" more than there are \"{\"")
                    }
                    open.removeLast()
                    nesting -= 1
                case .semicolon:
                    if try !add(words, to: block, lexer: lexer) { return false }
                case .openingBrace:
                    open.append(try begin(words, in: block, lexer: lexer))
                    nesting += 1
                }
            } catch {
                block.items.append(.failure(error))
                return false
            }
        }
        return true
    }

    /// Adds a directive that ended with `;`, or what it includes; false after a failure in there.
    private mutating func add(
        _ words: [Word], to block: BlockNode, lexer: Lexer
    ) throws(ConfigurationError) -> Bool {
        if words[0].text != "include" {
            block.items.append(.directive(DirectiveNode(words: words, position: lexer.position, block: nil)))
            return true
        }
        if words.count != 2 { throw lexer.error("invalid number of arguments in \"include\" directive") }
        return try include(words[1].text, into: block, lexer: lexer)
    }

    /// Adds a directive with a block and returns the block, to be filled.
    private func begin(
        _ words: [Word], in block: BlockNode, lexer: Lexer
    ) throws(ConfigurationError) -> BlockNode {
        if lexer.file == nil { throw lexer.error("block directives are not supported in -g option") }
        if words[0].text == "include" { throw lexer.error("directive \"include\" is not terminated by \";\"") }
        if nesting >= Parser.nestingLimit {
            throw lexer.error("too many nested blocks, at most \(Parser.nestingLimit) are possible")
        }
        let inner = BlockNode(start: lexer.position)
        block.items.append(.directive(DirectiveNode(words: words, position: lexer.position, block: inner)))
        return inner
    }

    private mutating func include(
        _ name: String, into block: BlockNode, lexer: Lexer
    ) throws(ConfigurationError) -> Bool {
        let path = name.hasPrefix("/") ? name : directory + name
        guard name.utf8.contains(where: { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }) else {
            return parse(path: path, into: block, at: lexer.position)
        }
        switch source.glob(path) {
        case .failure(let errno):
            throw lexer.error("glob() \"\(path)\" failed (\(errno.rawValue): \(errno.text))")
        case .success(let paths):
            for path in paths where !parse(path: path, into: block, at: lexer.position) { return false }
            return true
        }
    }
}
