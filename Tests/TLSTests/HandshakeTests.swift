import Bytes
import Testing

@testable import TLS

@Suite struct HandshakeTests {
    static let cuts: [Cut] = [.whole, .single, .random(1), .random(2), .random(3)]

    @Test(arguments: [TLSVersions.tls12, .tls13], 0..<cuts.count)
    func handshakeAndDataInEveryCut(version: TLSVersions, cut: Int) throws {
        let server = try Made.server { $0.common.versions = version }
        let client = try Made.verifyingClient()
        var talk = Talk(server, client, cut: Self.cuts[cut])
        #expect(talk.serverSaid == [.serverName, .handshakeDone])
        #expect(talk.clientSaid == .handshakeDone)
        #expect(talk.server.serverName == Array("a.example".utf8))
        #expect(talk.said(.version) == (version == .tls12 ? "TLSv1.2" : "TLSv1.3"))
        let isAsked = talk.client.write(Array("GET / ".utf8).span, Array("HTTP/1.1".utf8).span, output: &talk.toServer)
        #expect(isAsked)
        talk.run()
        #expect(String(copying: talk.serverPlain.span) == "GET / HTTP/1.1")
        let isAnswered = talk.server.write(Array("200".utf8).span, output: &talk.toClient)
        #expect(isAnswered)
        talk.run()
        #expect(String(copying: talk.clientPlain.span) == "200")
        #expect(talk.server.failure == nil && talk.client.failure == nil)
    }

    @Test func firstRequestComesWithTheEndOfTheHandshake() throws {
        var server = TLSSession(server: try Made.server())
        var client = TLSSession(client: try Made.client(), name: "a.example", sendsName: false)
        var plain = ByteBuffer()
        var toServer = ByteBuffer()
        var toClient = ByteBuffer()
        _ = client.read([UInt8]().span, into: &plain, limit: 100, output: &toServer)
        #expect(server.read(toServer.span, into: &plain, limit: 100, output: &toClient) == .serverName)
        #expect(server.read([UInt8]().span, into: &plain, limit: 100, output: &toClient) == [])
        #expect(server.serverName.isEmpty == true)
        toServer.clear()
        #expect(client.read(toClient.span, into: &plain, limit: 100, output: &toServer) == .handshakeDone)
        let isWritten = client.write(Array("GET".utf8).span, output: &toServer)
        #expect(isWritten)
        toClient.clear()
        #expect(server.read(toServer.span, into: &plain, limit: 100, output: &toClient) == .handshakeDone)
        #expect(String(copying: plain.span) == "GET")
    }

    @Test func contextIsChosenByName() throws {
        let first = try Made.server()
        let second = try Made.server([Made.other.pair()]) {
            $0.common.protocols = ["h2"]
            $0.common.versions = .tls12
        }
        let client = try Made.verifyingClient { $0.common.protocols = ["http/1.1", "h2"] }
        let talk = Talk(first, client, name: "b.example", choice: second)
        #expect(talk.clientSaid == .handshakeDone)
        #expect(talk.said(.version) == "TLSv1.2")
        #expect(talk.server.isHTTP2 && talk.client.isHTTP2)
        #expect(talk.said(.protocolName) == "h2")
        #expect(talk.said(.serverName) == "b.example")
    }

    @Test func addressIsNeverSentAsName() throws {
        for name in ["127.0.0.1", "::1", "[::1]"] {
            let talk = Talk(try Made.server(), try Made.client(), name: name)
            #expect(talk.server.serverName.isEmpty && talk.server.isOpen)
        }
    }

    @Test func serversOrderOfProtocolsCounts() throws {
        let server = try Made.server { $0.common.protocols = ["h2", "http/1.1"] }
        for (offered, chosen) in [(["http/1.1", "h2"], "h2"), (["spdy", "http/1.1"], "http/1.1"), ([], "")] {
            let talk = Talk(server, try Made.client { $0.common.protocols = offered })
            #expect(talk.said(.protocolName) == chosen)
        }
    }

    @Test func noCommonProtocolFails() throws {
        let server = try Made.server { $0.common.protocols = ["h2"] }
        let talk = Talk(server, try Made.client { $0.common.protocols = ["spdy", "h", "h22"] })
        #expect(talk.server.failure?.kind == .protocolMismatch)
        #expect(talk.client.failure?.number == 120)
    }

    @Test func rejectedHandshakes() throws {
        let rejecting = try Made.server([]) { $0.rejectsHandshake = true }
        let talk = Talk(rejecting, try Made.client())
        #expect(talk.server.failure?.kind == .rejected)
        #expect(talk.server.failure?.text.isEmpty == true)
        #expect(talk.client.failure?.number == 112)
        // A name that is known is served all the same, and one that is to be rejected is not.
        let known = Talk(rejecting, try Made.client(), choice: try Made.server())
        #expect(known.server.isOpen && known.client.isOpen)
        let unknown = Talk(try Made.server(), try Made.client(), choice: rejecting)
        #expect(unknown.server.failure?.kind == .rejected)
    }

    @Test func certificateIsChosenWhileConnecting() throws {
        let server = try Made.server([])
        let identity = try TLSIdentity(Made.other.pair())
        var session = TLSSession(server: server)
        var client = TLSSession(client: try Made.verifyingClient(), name: "b.example", sendsName: true)
        var plain = ByteBuffer()
        var toServer = ByteBuffer()
        var toClient = ByteBuffer()
        _ = client.read([UInt8]().span, into: &plain, limit: 100, output: &toServer)
        #expect(session.read(toServer.span, into: &plain, limit: 100, output: &toClient) == .serverName)
        try session.show(identity)
        _ = session.read([UInt8]().span, into: &plain, limit: 100, output: &toClient)
        toServer.clear()
        #expect(client.read(toClient.span, into: &plain, limit: 100, output: &toServer) == .handshakeDone)
    }

    @Test func certificatesOfSeveralTypesAndAChain() throws {
        let between = MadeCertificate(.init(name: "Between", isAuthority: true, serial: 5), issuer: Made.authority)
        let leaf = MadeCertificate(.init(serial: 6), issuer: between)
        let server = try Made.server([leaf.pair(chain: [between]), Made.rsa.pair()])
        for (ciphers, cipher) in [("ECDHE-RSA-AES128-GCM-SHA256", "RSA"), ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA")] {
            let client = try Made.verifyingClient {
                $0.common.versions = .tls12
                $0.common.ciphers = ciphers
                $0.common.verifyDepth = 2
            }
            let talk = Talk(server, client)
            #expect(talk.client.failure == nil && talk.client.isOpen)
            #expect(talk.said(.cipher).contains(cipher))
        }
    }

    @Test func renegotiationIsRefused() throws {
        let server = try Made.server { $0.common.versions = .tls12 }
        var talk = Talk(server, try Made.client())
        talk.client.startRenegotiation(output: &talk.toServer)
        #expect(talk.toServer.isEmpty == false)
        talk.run()
        // OpenSSL's client takes the server's warning for the end, and says so by an alert.
        #expect(FailureTests.text(talk.client.failure).hasSuffix("no renegotiation"))
        #expect(talk.server.failure?.kind == .alert && talk.server.failure?.number == 40)
        // And an upstream that asks for it: ours says no and goes on.
        var other = Talk(server, try Made.client())
        other.server.startRenegotiation(output: &other.toClient)
        #expect(other.toClient.isEmpty == false)
        other.feedClient([UInt8](copying: other.toClient.span))
        #expect(other.client.failure == nil && DataTests.records(other.toServer.span).count == 1)
        #expect(other.toServer[0] == 21, "an alert, and no hello")
    }
}
