import Bytes
import Testing

@testable import TLS

@Suite struct ResumptionTests {
    /// What a first connection left.
    static func first(_ server: TLSContext, _ client: TLSContext) -> TLSResumption? {
        var talk = Talk(server, client)
        #expect(!talk.client.isResumed && talk.said(.sessionReused) == ".")
        // Tickets of TLS 1.3 come with what the server sends first.
        _ = talk.server.write(Array("hello".utf8).span, output: &talk.toClient)
        talk.run()
        return talk.client.resumption
    }

    @Test(arguments: [TLSVersions.tls12, .tls13], [true, false])
    func sessionIsResumed(version: TLSVersions, usesTickets: Bool) throws {
        let server = try Made.server {
            $0.common.versions = version
            $0.usesTickets = usesTickets
            $0.sessionCache = .entries(100)
        }
        let client = try Made.verifyingClient()
        let left = try #require(Self.first(server, client))
        let talk = Talk(server, client, resuming: left)
        #expect(talk.client.isResumed && talk.server.isResumed && talk.said(.sessionReused) == "r")
        #expect(talk.client.failure == nil, "a resumed session is verified as well")
        #expect(talk.said(.sessionID).count == (usesTickets && version == .tls13 ? 64 : 64))
    }

    @Test func withoutCacheAndTicketsNothingIsResumed() throws {
        let server = try Made.server {
            $0.common.versions = .tls12
            $0.usesTickets = false
        }
        let client = try Made.client()
        let left = Self.first(server, client)
        let talk = Talk(server, client, resuming: left)
        #expect(!talk.server.isResumed && talk.server.isOpen)
    }

    @Test func cacheIsBounded() throws {
        let server = try Made.server {
            $0.common.versions = .tls12
            $0.usesTickets = false
            $0.sessionCache = .entries(5)
        }
        for _ in 0..<12 { _ = Talk(server, try Made.client()) }
        #expect((1...5).contains(server.cachedSessionCount))
    }

    @Test(arguments: [TLSVersions.tls12, .tls13], [48, 80])
    func ticketKeysOutliveAContext(version: TLSVersions, count: Int) throws {
        let old = try #require(TLSTicketKey((0..<count).map { UInt8($0) }))
        let new = TLSTicketKey.random()
        func server(_ keys: [TLSTicketKey]) throws -> TLSContext {
            try Made.server {
                $0.common.versions = version
                $0.ticketKeys = keys
            }
        }
        let client = try Made.client()
        let left = try #require(Self.first(try server([old]), client))
        let again = Talk(try server([new, old]), client, resuming: left)
        #expect(again.server.isResumed == true)
        let never = Talk(try server([new]), client, resuming: left)
        #expect(!never.server.isResumed && never.server.isOpen)
        #expect(TLSTicketKey([1, 2, 3]) == nil)
    }

    @Test func otherCertificatesAndDomainsDoNotResume() throws {
        let key = TLSTicketKey.random()
        func server(_ certificate: MadeCertificate, _ domain: String) throws -> TLSContext {
            try Made.server([certificate.pair()]) {
                $0.ticketKeys = [key]
                $0.sessionDomain = domain
            }
        }
        let client = try Made.client()
        let left = try #require(Self.first(try server(Made.good, "HTTP"), client))
        #expect(Talk(try server(Made.good, "HTTP"), client, resuming: left).server.isResumed)
        #expect(!Talk(try server(Made.good, "other"), client, resuming: left).server.isResumed)
        #expect(!Talk(try server(Made.rsa, "HTTP"), client, resuming: left).server.isResumed)
    }

    @Test func abruptEndLeavesTheSessionResumable() throws {
        let server = try Made.server {
            $0.common.versions = .tls12
            $0.usesTickets = false
            $0.sessionCache = .entries(100)
        }
        let client = try Made.client()
        // `first` drops both ends without close_notify.
        let left = try #require(Self.first(server, client))
        #expect(server.cachedSessionCount == 1)
        let talk = Talk(server, client, resuming: left)
        #expect(talk.server.isResumed == true)
        talk.server.forget()
        #expect(server.cachedSessionCount == 0)
    }

    @Test(arguments: [TLSVersions.tls12, .tls13])
    func chosenContextsResumeWithTheirClientCertificate(version: TLSVersions) throws {
        let first = try Made.server([Made.other.pair()])
        let second = try Made.server {
            $0.common.versions = version
            $0.verifiesClient = .on
            $0.clientAuthorities = "data:" + Made.authority.certificatePEM
        }
        let client = try Made.client { $0.pair = Made.good.pair() }
        var talk = Talk(first, client, choice: second)
        _ = talk.server.write(Array("hello".utf8).span, output: &talk.toClient)
        talk.run()
        let left = talk.client.resumption
        #expect(left != nil)
        let again = Talk(first, client, resuming: left, choice: second)
        #expect(again.server.isResumed == true)
        #expect(again.server.clientFailure == nil && again.said(.clientVerify) == "SUCCESS")
        #expect(again.said(.clientSerial) == "1234")
        // By another name the session is not taken up.
        let elsewhere = Talk(first, client, resuming: left)
        #expect(!elsewhere.server.isResumed && elsewhere.server.isOpen)
    }

    /// Each resumption of TLS 1.3 makes a new session; it ends when the first one would have.
    @Test func resumedSessionsGrowOld() throws {
        let server = try Made.server {
            $0.common.versions = .tls13
            $0.usesTickets = false
            $0.sessionCache = .entries(100)
            $0.sessionTimeoutSeconds = 100
        }
        let client = try Made.client()
        var talk = Talk(server, client)
        _ = talk.server.write(Array("hello".utf8).span, output: &talk.toClient)
        talk.run()
        #expect(talk.server.lifetimeSeconds == 100)
        talk.server.age(bySeconds: 60)
        let left = talk.client.resumption
        #expect(left != nil)
        let again = Talk(server, client, resuming: left)
        #expect(again.server.isResumed == true)
        #expect((1...40).contains(again.server.lifetimeSeconds))
    }
}
