import Bytes

@testable import TLS

/// How bytes are cut on their way.
enum Cut {
    case whole, single, random(UInt64)

    mutating func next(of count: Int) -> Int {
        switch self {
        case .whole: return count
        case .single: return 1
        case .random(var seed):
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            self = .random(seed)
            return min(count, 1 + Int((seed >> 33) % 400))
        }
    }
}

/// A client and a server whose ciphertext goes from one's hand into the other's.
struct Talk: ~Copyable {
    var server: TLSSession
    var client: TLSSession
    var toServer = ByteBuffer()
    var toClient = ByteBuffer()
    var serverPlain = ByteBuffer()
    var clientPlain = ByteBuffer()
    /// All that was said so far.
    var serverSaid: TLSProgress = []
    var clientSaid: TLSProgress = []
    /// What the server chooses once it knows the name.
    var choice: TLSContext?
    var cut = Cut.whole

    init(
        _ serverContext: TLSContext, _ clientContext: TLSContext, name: String = "a.example", sendsName: Bool = true,
        resuming: TLSResumption? = nil, choice: TLSContext? = nil, cut: Cut = .whole
    ) {
        server = TLSSession(server: serverContext)
        client = TLSSession(client: clientContext, name: name, sendsName: sendsName, resuming: resuming)
        self.choice = choice
        self.cut = cut
        run()
    }

    /// Lets both read until nothing is on its way.
    mutating func run() {
        if !client.isOpen && client.failure == nil { feedClient([]) }
        for _ in 0..<1_000_000 {
            var moved = false
            if !toServer.isEmpty && server.failure == nil {
                feedServer(Self.take(from: &toServer, &cut))
                moved = true
            }
            if !toClient.isEmpty && client.failure == nil {
                feedClient(Self.take(from: &toClient, &cut))
                moved = true
            }
            if !moved { return }
        }
        preconditionFailure("two sessions that never come to rest")
    }

    mutating func feedServer(_ bytes: [UInt8]) {
        var said = server.read(bytes.span, into: &serverPlain, limit: 1 << 30, output: &toClient)
        serverSaid.formUnion(said)
        if said.contains(.serverName) {
            if let choice { server.choose(choice) }
            said = server.read([UInt8]().span, into: &serverPlain, limit: 1 << 30, output: &toClient)
            serverSaid.formUnion(said)
        }
    }

    mutating func feedClient(_ bytes: [UInt8]) {
        clientSaid.formUnion(client.read(bytes.span, into: &clientPlain, limit: 1 << 30, output: &toServer))
    }

    static func take(from buffer: inout ByteBuffer, _ cut: inout Cut) -> [UInt8] {
        let count = cut.next(of: buffer.count)
        let bytes = Array(copying: buffer.span(ByteRange(start: 0, count: count)))
        buffer.removeFirst(count)
        return bytes
    }

    /// What a variable says of the server's side.
    func said(_ variable: TLSVariable, now: Int = 1_800_000_000) -> String {
        var out = ByteBuffer()
        server.append(variable, now: now, to: &out)
        return String(copying: out.span)
    }
}

extension Array where Element == UInt8 {
    init(copying span: Span<UInt8>) {
        self.init()
        reserveCapacity(span.count)
        for index in span.indices { append(span[index]) }
    }
}

extension String {
    init(copying span: Span<UInt8>) { self.init(decoding: [UInt8](copying: span), as: UTF8.self) }
}

/// Contexts that tests have in common; making keys takes time.
enum Made {
    static let authority = MadeCertificate.authority()
    static let good = MadeCertificate(issuer: authority)
    static let other = MadeCertificate(
        .init(name: "b.example", names: "DNS:b.example,IP:127.0.0.1", serial: 77), issuer: authority)
    static let rsa = MadeCertificate(.init(serial: 78, keyKind: .rsa), issuer: authority)

    static func server(
        _ pairs: [TLSPair] = [good.pair()], _ change: (inout TLSServerSettings) -> Void = { _ in }
    ) throws -> TLSContext {
        var settings = TLSServerSettings()
        settings.pairs = pairs
        change(&settings)
        return try TLSContext(server: settings)
    }

    static func client(_ change: (inout TLSClientSettings) -> Void = { _ in }) throws -> TLSContext {
        var settings = TLSClientSettings()
        change(&settings)
        return try TLSContext(client: settings)
    }

    /// A client that trusts the authority.
    static func verifyingClient(_ change: (inout TLSClientSettings) -> Void = { _ in }) throws -> TLSContext {
        try client {
            $0.verifies = true
            $0.common.trusted = "data:" + authority.certificatePEM
            change(&$0)
        }
    }
}
