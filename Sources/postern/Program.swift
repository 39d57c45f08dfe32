import Bytes
import Configuration
import Platform
import ProxyCore
import Server

/// The program: arguments, then one of a few actions. Exit codes as nginx: 0, or 1 for whatever is wrong.
@main
enum Program {
    static func main() {
        let options: Options
        do throws(OptionsError) {
            options = try Options(arguments: Array(CommandLine.arguments.dropFirst()))
        } catch {
            fail(error.message, level: nil)
        }
        switch options.action {
        case .help: say(help)
        case .version: say("postern version: postern/\(Product.versionText)")
        case .versionAndBuild: say("postern version: postern/\(Product.versionText)\nbuilt with Swift, PCRE2")
        case .signal(let word): signal(word, load(options))
        case .test: test(options, dump: false)
        case .dump: test(options, dump: true)
        case .run: run(options)
        }
    }

    private static func run(_ options: Options) -> Never {
        let model = load(options)
        warn(model)
        var process = ServerProcess(options: options, model: model)
        ProcessControl.exit(process.run())
    }

    private static func test(_ options: Options, dump: Bool) {
        do throws(ConfigurationError) {
            let model = try options.load()
            warn(model)
            try TLSContexts.check(model)
            if !options.isQuiet {
                say("postern: the configuration file \(options.fullPath) syntax is ok")
                say("postern: configuration file \(options.fullPath) test is successful")
            }
            if dump { for file in model.files { print(file) } }
        } catch {
            complain(error)
            say("postern: configuration file \(options.fullPath) test failed")
            ProcessControl.exit(1)
        }
    }

    private static func load(_ options: Options) -> ConfigurationModel {
        do throws(ConfigurationError) { return try options.load() } catch {
            complain(error)
            ProcessControl.exit(1)
        }
    }

    private static func signal(_ word: String, _ model: ConfigurationModel) {
        guard let path = model.main.pidPath else { fail("there is no pid file: \"pid off\" is set", level: "error") }
        guard case .success(let bytes) = Files.read(path, limitBytes: 64) else {
            fail("open() \"\(path)\" failed: is Postern running?", level: "error")
        }
        let digits = Array(bytes.prefix { ASCII.isDigit($0) })
        let number = digits.span.decimal
        guard let process = number, process > 1, process < Int64(Int32.max) else {
            fail("invalid PID number in \"\(path)\"", level: "error")
        }
        let numbers: [String: Int32] = ["stop": 15, "quit": 3, "reopen": 10, "reload": 1]
        if let errno = ProcessControl.signal(numbers[word] ?? 15, to: Int32(process)) {
            fail("kill(\(process), \(numbers[word] ?? 15)) failed (\(errno.rawValue): \(errno.text))", level: "alert")
        }
    }

    // MARK: what is said

    private static func warn(_ model: ConfigurationModel) {
        for warning in model.warnings {
            say("postern: [warn] \(warning.message)")
            if let help = warning.help { say("  help: \(help)") }
        }
    }

    private static func complain(_ error: ConfigurationError) {
        say("postern: [emerg] \(error.message)")
        if let help = error.help { say("  help: \(help)") }
    }

    private static func fail(_ message: String, level: String?) -> Never {
        say("postern: " + (level.map { "[\($0)] " } ?? "") + message)
        ProcessControl.exit(1)
    }

    /// To standard error, as nginx does.
    private static func say(_ text: String) {
        _ = Kernel().write(Descriptor(2), Array((text + "\n").utf8).span)
    }

    private static func print(_ file: SourceFile) {
        let kernel = Kernel()
        _ = kernel.write(Descriptor(1), Array("# configuration file \(file.path):\n".utf8).span)
        _ = kernel.write(Descriptor(1), file.bytes.span)
        _ = kernel.write(Descriptor(1), Array("\n".utf8).span)
    }

    private static let help = """
        postern version: postern/\(Product.versionText)
        Usage: postern [-?hvVtTq] [-s signal] [-p prefix] [-e filename] [-c filename] [-g directives]

        Options:
          -?,-h         : this help
          -v            : show version and exit
          -V            : show version and build options, then exit
          -t            : test configuration and exit
          -T            : test configuration, dump it and exit
          -q            : suppress non-error messages during configuration testing
          -s signal     : send signal to a running process: stop, quit, reopen, reload
          -p prefix     : set prefix path (default: /usr/local/postern/)
          -e filename   : set error log file (default: logs/error.log)
          -c filename   : set configuration file (default: conf/postern.conf)
          -g directives : set global directives out of configuration file
        """
}
