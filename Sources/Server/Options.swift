import Configuration

/// What the command line says, in nginx's letters.
package struct Options: Sendable {
    package enum Action: Equatable, Sendable {
        case run, test, dump, version, versionAndBuild, help
        /// `-s`: the word.
        case signal(String)
    }

    package var action = Action.run
    /// `-p`, with its final slash.
    package var prefix = "/usr/local/postern/"
    /// `-c`; relative to the prefix.
    package var configurationPath = "conf/postern.conf"
    /// `-g`: directives that come first.
    package var globals = ""
    /// `-e`: where errors go before the configuration says so; nil is standard error.
    package var errorLog: String?
    /// `-q`: only errors are told while testing.
    package var isQuiet = false

    package init() {}

    /// Reads the arguments after the program's name. The message is nginx's.
    package init(arguments: [String]) throws(OptionsError) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            guard argument.first == "-", argument.count > 1 else {
                throw OptionsError("invalid option: \"\(argument)\"")
            }
            var letters = argument.dropFirst()
            while let letter = letters.first {
                letters = letters.dropFirst()
                if "pcges".contains(letter) {
                    var value = String(letters)
                    letters = ""
                    if value.isEmpty {
                        index += 1
                        guard index < arguments.count else { throw OptionsError(Self.missing(letter)) }
                        value = arguments[index]
                    }
                    try set(letter, value)
                } else {
                    try set(letter)
                }
            }
            index += 1
        }
    }

    private mutating func set(_ letter: Character) throws(OptionsError) {
        switch letter {
        case "?", "h": action = .help
        case "v": action = .version
        case "V": action = .versionAndBuild
        case "t": if action != .dump { action = .test }
        case "T": action = .dump
        case "q": isQuiet = true
        default: throw OptionsError("invalid option: \"\(letter)\"")
        }
    }

    private mutating func set(_ letter: Character, _ value: String) throws(OptionsError) {
        switch letter {
        case "p": prefix = value.hasSuffix("/") ? value : value + "/"
        case "c": configurationPath = value
        case "g": globals = value
        case "e": errorLog = value == "stderr" ? nil : value
        case "s":
            guard ["stop", "quit", "reopen", "reload"].contains(value) else {
                throw OptionsError("invalid option: \"-s \(value)\"")
            }
            action = .signal(value)
        default: throw OptionsError("invalid option: \"\(letter)\"")
        }
    }

    private static func missing(_ letter: Character) -> String {
        switch letter {
        case "p": "option \"-p\" requires directory name"
        case "c": "option \"-c\" requires file name"
        case "g": "option \"-g\" requires parameter"
        case "e": "option \"-e\" requires file name"
        default: "option \"-s\" requires parameter"
        }
    }

    /// Reads and checks the configuration.
    package func load() throws(ConfigurationError) -> ConfigurationModel {
        try ConfigurationLoader.load(prefix: prefix, confPath: configurationPath, globals: globals)
    }

    /// The configuration file's full path.
    package var fullPath: String { configurationPath.hasPrefix("/") ? configurationPath : prefix + configurationPath }
}

/// A command line that cannot be understood.
package struct OptionsError: Error, Sendable {
    package let message: String
    init(_ message: String) { self.message = message }
}
