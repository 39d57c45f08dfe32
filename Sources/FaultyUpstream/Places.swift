import Platform
import Synchronization

/// Addresses that fail on connecting, held until they are closed.
package final class Places: Sendable {
    private let found: [Place: Endpoint]
    /// What keeps the places as they are: descriptors, and files to remove.
    private let kept: Mutex<(descriptors: [Descriptor], files: [String])>

    /// Where a place is, if it was asked for.
    package func endpoint(of place: Place) -> Endpoint? { found[place] }

    /// The port of a place; 0 where there is none.
    package func port(of place: Place) -> Int { found[place]?.port ?? 0 }

    /// All places there are.
    package var all: [(place: Place, endpoint: Endpoint)] {
        Place.allCases.compactMap { place in found[place].map { (place, $0) } }
    }

    init(_ options: FaultyUpstream.Options) throws(SocketFailure) {
        var builder = Builder()
        do {
            let base = options.listeners.lazy.map(\.endpoint).first { endpoint in
                if case .ip = endpoint { return true } else { return false }
            }
            let address = base ?? .ip(.loopback(port: 0))
            if let port = options.refusingPort { try builder.keepBound(.refusingPort, at: address.with(port: port)) }
            if let port = options.fullPort { try builder.keepFull(.fullPort, at: address.with(port: port)) }
            if let folder = options.placesFolder { try builder.keepFiles(in: folder) }
        } catch {
            Self.close(builder.descriptors, builder.files)
            throw error
        }
        found = builder.found
        kept = Mutex((builder.descriptors, builder.files))
    }

    /// Gives the ports back and removes the files.
    func close() {
        let (descriptors, files) = kept.withLock { kept in
            defer { kept = ([], []) }
            return kept
        }
        Self.close(descriptors, files)
    }

    deinit { close() }

    private static func close(_ descriptors: [Descriptor], _ files: [String]) {
        let kernel = Kernel()
        for descriptor in descriptors { kernel.close(descriptor) }
        for file in files { _ = kernel.unlink(file) }
    }

    private struct Builder {
        var found: [Place: Endpoint] = [:]
        var descriptors: [Descriptor] = []
        var files: [String] = []

        mutating func keepBound(_ place: Place, at endpoint: Endpoint) throws(SocketFailure) {
            let socket = try BlockingSocket.bound(to: endpoint)
            found[place] = endpoint.with(port: socket.port)
            keep(socket, endpoint)
        }

        /// A queue of length 0 holds one connection; further ones wait outside for ever.
        mutating func keepFull(_ place: Place, at endpoint: Endpoint) throws(SocketFailure) {
            let socket = try BlockingSocket.listening(at: endpoint, backlog: 0)
            let real = endpoint.with(port: socket.port)
            found[place] = real
            keep(socket, real)
            for _ in 0..<3 { descriptors.append(try BlockingSocket.connecting(to: real).release()) }
        }

        mutating func keepFiles(in folder: String) throws(SocketFailure) {
            found[.missingPath] = .unix(path: folder + "/missing.sock")
            try keepBound(.refusingPath, at: .unix(path: folder + "/refused.sock"))
            let forbidden = Endpoint.unix(path: folder + "/forbidden.sock")
            keep(try BlockingSocket.listening(at: forbidden, permissions: 0), forbidden)
            found[.forbiddenPath] = forbidden
            try keepFull(.fullPath, at: .unix(path: folder + "/full.sock"))
        }

        private mutating func keep(_ socket: consuming BlockingSocket, _ endpoint: Endpoint) {
            descriptors.append(socket.release())
            if case .unix(let path) = endpoint { files.append(path) }
        }
    }
}
