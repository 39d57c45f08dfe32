import FaultyUpstream
import Glibc
import Platform

/// The program: reads its arguments, serves until SIGTERM or SIGINT.
///
/// Exit codes: 0 after a signal or a print, 1 where it cannot listen, 2 where the arguments or rules are wrong.
@main
enum FaultyUpstreamProgram {
    static func main() {
        // Before any thread is started, so that only the wait below gets the signals.
        TerminationSignals.hold()
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ arguments: [String]) -> Int32 {
        let command: Command
        do throws(TextError) { command = try Command(arguments) } catch {
            print(to: 2, "faulty-upstream: \(error.description)")
            return 2
        }
        switch command {
        case .print(let text): print(to: 1, text, end: "")
        case .serve(var options, let resolver, let isQuiet):
            if !isQuiet { options.report = { line in print(to: 1, line) } }
            do throws(SocketFailure) { try serve(options, resolver) } catch {
                print(to: 2, "faulty-upstream: \(error.description)")
                return 1
            }
        }
        return 0
    }

    private static func serve(_ options: FaultyUpstream.Options, _ resolverAddress: SocketAddress?)
        throws(SocketFailure)
    {
        let upstream = try FaultyUpstream.start(options)
        let resolver: FaultyResolver?
        if let resolverAddress { resolver = try FaultyResolver.start(at: resolverAddress) } else { resolver = nil }
        print(to: 1, Command.announcement(upstream, resolver: resolver))
        TerminationSignals.wait()
        upstream.stop()
        resolver?.stop()
    }

    /// One write per line, so that lines of several threads stay whole and nothing waits in a buffer.
    private static func print(to descriptor: Int32, _ text: String, end: String = "\n") {
        let bytes = Array((text + end).utf8)
        _ = Kernel().write(Descriptor(descriptor), bytes.span)
    }
}
