import Bytes
import Testing

@testable import TLS

/// Each way to fail is told apart, in nginx's words.
@Suite struct FailureTests {
    static func text(_ failure: TLSFailure?) -> String { String(decoding: failure?.text ?? [], as: UTF8.self) }

    /// How a client that verifies finds a certificate.
    static func judged(
        _ certificate: MadeCertificate, name: String = "a.example",
        _ change: (inout TLSClientSettings) -> Void = { _ in }
    ) throws
        -> TLSFailure?
    {
        var talk = Talk(try Made.server([certificate.pair()]), try Made.verifyingClient(change), name: name)
        if talk.client.failure != nil {
            #expect(talk.clientSaid == [.handshakeDone, .failed])
            // The upstream hears close_notify, as from nginx.
            talk.client.close(output: &talk.toServer)
            talk.run()
            #expect(talk.serverSaid.contains(.closed))
        }
        return talk.client.failure
    }

    @Test func goodCertificate() throws {
        #expect(try Self.judged(Made.good) == nil)
    }

    @Test func certificates() throws {
        let expired = try Self.judged(MadeCertificate(.init(endsInDays: -1), issuer: Made.authority))
        #expect(expired?.kind == .certificateExpired && expired?.number == 10)
        #expect(Self.text(expired) == "certificate has expired")
        #expect(expired?.proxyError == .certificateError)
        let early = try Self.judged(MadeCertificate(.init(startsInDays: 2), issuer: Made.authority))
        #expect(early?.kind == .certificateNotYetValid && early?.number == 9)
        #expect(Self.text(early) == "certificate is not yet valid")
        let own = try Self.judged(MadeCertificate())
        #expect(own?.kind == .certificateSelfSigned && own?.number == 18)
        #expect(Self.text(own) == "self-signed certificate")
        let unknown = try Self.judged(MadeCertificate(issuer: .authority("Somebody")))
        #expect(unknown?.kind == .certificateUnknownIssuer && unknown?.number == 21)
        #expect(Self.text(unknown) == "unable to verify the first certificate")
    }

    @Test func names() throws {
        let wrong = try Self.judged(Made.other)
        #expect(wrong?.kind == .certificateWrongName && Self.text(wrong) == "a.example")
        #expect(try Self.judged(Made.other, name: "B.EXAMPLE") == nil)
        #expect(try Self.judged(Made.other, name: "127.0.0.1") == nil)
        #expect(try Self.judged(Made.other, name: "127.0.0.2")?.kind == .certificateWrongName)
        #expect(try Self.judged(Made.other, name: "")?.kind == .certificateWrongName)
        let wild = MadeCertificate(.init(name: "x", names: "DNS:*.example.org"), issuer: Made.authority)
        #expect(try Self.judged(wild, name: "a.example.org") == nil)
        #expect(try Self.judged(wild, name: "a.b.example.org")?.kind == .certificateWrongName)
    }

    @Test func depthAndRevocation() throws {
        let between = MadeCertificate(.init(name: "Between", isAuthority: true, serial: 5), issuer: Made.authority)
        let leaf = MadeCertificate(.init(serial: 6), issuer: between)
        let server = try Made.server([leaf.pair(chain: [between])])
        let short = Talk(server, try Made.verifyingClient { $0.common.verifyDepth = 0 })
        // OpenSSL goes on after an error, and the last one counts: the issuer beyond the depth is not looked for.
        #expect(short.client.failure?.kind == .certificateUnknownIssuer && short.client.failure?.number == 20)
        #expect(Talk(server, try Made.verifyingClient { $0.common.verifyDepth = 1 }).client.failure == nil)
        let revoked = try Self.judged(Made.good) { $0.common.revoked = Made.authority.revoking([4_660]) }
        #expect(revoked?.kind == .certificateRevoked && revoked?.number == 23)
        #expect(try Self.judged(Made.good) { $0.common.revoked = Made.authority.revoking([99]) } == nil)
        let stale = try Self.judged(Made.good) { $0.common.revoked = Made.authority.revoking([], endsInDays: -1) }
        #expect(stale?.kind == .revocationUnknown)
        let foreign = try Self.judged(Made.good) { $0.common.revoked = MadeCertificate.authority("X").revoking([]) }
        #expect(foreign?.kind == .revocationUnknown && foreign?.number == 3)
    }

    @Test func clientCertificates() throws {
        func talk(_ mode: TLSClientVerification, _ own: MadeCertificate?) throws -> Talk {
            let server = try Made.server {
                $0.verifiesClient = mode
                $0.clientAuthorities = "data:" + Made.authority.certificatePEM
            }
            return Talk(server, try Made.client { $0.pair = own?.pair() })
        }
        let stranger = MadeCertificate(issuer: .authority("Somebody"))
        #expect(try talk(.off, nil).server.clientFailure == nil)
        #expect(try talk(.on, Made.good).server.clientFailure == nil)
        #expect(try talk(.on, nil).server.clientFailure?.kind == .certificateMissing)
        #expect(try talk(.optional, nil).server.clientFailure == nil)
        #expect(try talk(.on, nil).client.authorityCount == 1)
        #expect(try talk(.off, nil).client.authorityCount < 1)
        let bad = try talk(.optional, stranger)
        #expect(bad.server.clientFailure?.kind == .certificateUnknownIssuer && bad.server.isOpen)
        #expect(bad.said(.clientVerify) == "FAILED:unable to verify the first certificate")
        #expect(try talk(.optionalWithoutIssuer, stranger).server.clientFailure == nil)
        let expired = MadeCertificate(.init(endsInDays: -1), issuer: Made.authority)
        #expect(try talk(.optionalWithoutIssuer, expired).server.clientFailure?.kind == .certificateExpired)
    }

    @Test func versions() throws {
        let client = try Made.client {
            $0.common.versions = .tls10
            $0.common.ciphers = "ALL:@SECLEVEL=0"
        }
        let talk = Talk(try Made.server(), client)
        #expect(talk.server.failure?.kind == .versionMismatch && talk.server.failure?.isExpected == true)
        #expect(Self.text(talk.server.failure) == "error:0A000102:SSL routines::unsupported protocol")
        #expect(talk.server.failure?.proxyError == .protocolError)
        let alert = talk.client.failure
        #expect(alert?.kind == .alert && alert?.number == 70 && alert?.proxyError == .alertReceived)
        #expect(Self.text(alert) == "error:0A00042E:SSL routines::tlsv1 alert protocol version:SSL alert number 70")
        let old = try Made.server {
            $0.common.versions = [.tls10, .tls11]
            $0.common.ciphers = "ALL:@SECLEVEL=0"
        }
        let other = Talk(old, client)
        #expect(other.said(.version) == "TLSv1")
    }

    @Test func ciphers() throws {
        let server = try Made.server {
            $0.common.versions = .tls12
            $0.common.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"
        }
        let client = try Made.client { $0.common.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }
        let talk = Talk(server, client)
        #expect(talk.server.failure?.kind == .cipherMismatch)
        #expect(Self.text(talk.server.failure) == "error:0A0000C1:SSL routines::no shared cipher")
        #expect(
            Self.text(talk.client.failure)
                == "error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40")
        let groups = Talk(
            try Made.server { $0.curves = "P-521" },
            try Made.client { $0.common.commands = [TLSCommand(name: "Groups", value: "P-256")] })
        #expect(groups.server.failure?.kind == .cipherMismatch)
    }

    @Test func plainHTTPAndGarbage() throws {
        func server(_ text: String) throws -> TLSFailure? {
            var session = TLSSession(server: try Made.server())
            var plain = ByteBuffer()
            var out = ByteBuffer()
            _ = session.read(Array(text.utf8).span, into: &plain, limit: 10, output: &out)
            return session.failure
        }
        func client(_ text: String) throws -> TLSFailure? {
            var session = TLSSession(client: try Made.client(), name: "a", sendsName: true)
            var plain = ByteBuffer()
            var out = ByteBuffer()
            _ = session.read([UInt8]().span, into: &plain, limit: 10, output: &out)
            _ = session.read(Array(text.utf8).span, into: &plain, limit: 10, output: &out)
            return session.failure
        }
        let asked = try server("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(asked?.kind == .plainHTTP && Self.text(asked) == "error:0A00009C:SSL routines::http request")
        #expect(try server("CONNECT a:443 HTTP/1.1\r\n\r\n")?.kind == .plainHTTP)
        #expect(try server("SSH-2.0-OpenSSH_9.2\r\n")?.kind == .notTLS)
        let answered = try client("HTTP/1.1 400 Bad Request\r\n\r\n")
        #expect(answered?.kind == .plainHTTP)
        #expect(Self.text(answered) == "error:0A00010B:SSL routines::wrong version number")
        #expect(answered?.isExpected == true && answered?.operation == .handshake)
        #expect(try client("220 mail.example ESMTP\r\n")?.kind == .notTLS)
        #expect(TLSSession.begins(with: 0x16) && !TLSSession.begins(with: 0x47))
    }

    @Test func changedRecord() throws {
        var talk = Talk(try Made.server(), try Made.client())
        let isWritten = talk.server.write(Array("hello".utf8).span, output: &talk.toClient)
        #expect(isWritten)
        talk.toClient[talk.toClient.count - 1] ^= 1
        talk.run()
        #expect(talk.client.failure?.kind == .brokenRecord && talk.client.failure?.operation == .read)
        #expect(
            Self.text(talk.client.failure)
                == "error:0A000119:SSL routines::decryption failed or bad record mac")
        #expect(talk.server.failure?.number == 20)
        #expect(talk.clientPlain.isEmpty == true)
    }

    @Test func serverWithoutCertificateIsItsOwnFault() throws {
        let talk = Talk(try Made.server([]), try Made.client { $0.common.versions = .tls12 })
        #expect(talk.server.failure != nil)
        #expect(talk.client.failure?.kind == .alert)
    }
}
