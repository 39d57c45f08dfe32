/// One directive as it was written, with its block where it has one.
final class DirectiveNode {
    /// The name and the arguments.
    let words: [Word]
    /// The line on which the words ended.
    let position: SourcePosition
    /// What stands between the braces; nil where the directive ended with `;`.
    let block: BlockNode?

    init(words: [Word], position: SourcePosition, block: BlockNode?) {
        self.words = words
        self.position = position
        self.block = block
    }

    var name: String { words[0].text }
    var arguments: ArraySlice<Word> { words[1...] }

    /// An error in nginx's form, at this directive.
    func error(_ message: String, help: String? = nil) -> ConfigurationError {
        ConfigurationError(message: message + position.suffix, position: position, help: help)
    }

    /// `"NAME" directive WHAT`.
    func refused(_ what: String, help: String? = nil) -> ConfigurationError {
        error("\"\(name)\" directive \(what)", help: help)
    }
}

/// What stands between braces, or a whole file. Included files' directives stand in the place of their `include`.
final class BlockNode {
    var items: [Item] = []
    /// The line of the opening brace, or of the beginning of the text.
    let start: SourcePosition
    /// The line of the closing brace, or of the end of the text.
    var end: SourcePosition

    /// Reading stops at the first failure, which is met in its place when the tree is walked: so of several errors the
    /// first in the order of reading is reported, as nginx does.
    enum Item {
        case directive(DirectiveNode)
        case failure(ConfigurationError)
    }

    init(start: SourcePosition) { (self.start, end) = (start, start) }

    /// The failure at which reading stopped, if it stopped in here: it is the last item of the last block.
    var failure: ConfigurationError? {
        switch items.last {
        case .failure(let error)?: return error
        case .directive(let node)?: return node.block?.failure
        case nil: return nil
        }
    }
}
