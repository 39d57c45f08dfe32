import Bytes
import Foundation
import Testing

@testable import TLS

@Suite struct VariableTests {
    /// A session with a client that shows a certificate.
    static func talk(_ certificate: MadeCertificate?, version: TLSVersions = .tls13) throws -> Talk {
        let server = try Made.server {
            $0.common.versions = version
            $0.verifiesClient = .optional
            $0.clientAuthorities = "data:" + Made.authority.certificatePEM
        }
        return Talk(
            server,
            try Made.client {
                $0.pair = certificate?.pair()
                $0.common.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"
                $0.common.commands = [TLSCommand(name: "Groups", value: "X25519:P-256")]
            })
    }

    @Test func session() throws {
        let talk = try Self.talk(nil, version: .tls12)
        #expect(talk.said(.version) == "TLSv1.2")
        #expect(talk.said(.cipher) == "ECDHE-ECDSA-AES128-GCM-SHA256")
        #expect(
            talk.said(.ciphers)
                == "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
                + "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
                || talk.said(.ciphers).hasSuffix(":ECDHE-ECDSA-AES128-GCM-SHA256:0x00ff"))
        #expect(talk.said(.curve) == "X25519")
        #expect(talk.said(.curves) == "X25519:prime256v1")
        #expect(talk.said(.signature) == "ecdsa_secp256r1_sha256")
        #expect(talk.said(.signatures).hasPrefix("0x0403:0x"))
        #expect(talk.said(.serverName) == "a.example")
        #expect(talk.said(.sessionReused) == ".")
        #expect(talk.said(.protocolName) == "")
        #expect(talk.said(.earlyData) == "")
        #expect(talk.said(.clientVerify) == "NONE")
        for variable in TLSVariable.allCases where "\(variable)".hasPrefix("client") && variable != .clientVerify {
            #expect(talk.said(variable) == "", "\(variable)")
        }
        let rsa = Talk(try Made.server([Made.rsa.pair()]), try Made.client())
        #expect(rsa.said(.signature) == "rsa_pss_rsae_sha256")
    }

    @Test func certificate() throws {
        let talk = try Self.talk(Made.good)
        #expect(talk.said(.clientVerify) == "SUCCESS")
        #expect(talk.said(.clientSignature) == "ecdsa_secp256r1_sha256")
        #expect(talk.said(.clientSubject) == "CN=a.example,O=Postern\\, Ltd.")
        #expect(talk.said(.clientIssuer) == "CN=Test Authority,O=Postern\\, Ltd.")
        #expect(talk.said(.clientSubjectLegacy) == "/O=Postern, Ltd./CN=a.example")
        #expect(talk.said(.clientIssuerLegacy) == "/O=Postern, Ltd./CN=Test Authority")
        #expect(talk.said(.clientSerial) == "1234")
        #expect(talk.said(.clientRawCertificate) == Made.good.certificatePEM)
        let tabbed = Made.good.certificatePEM.dropLast().replacingOccurrences(of: "\n", with: "\n\t")
        #expect(talk.said(.clientCertificate) == tabbed)
        let escaped = talk.said(.clientEscapedCertificate)
        #expect(escaped.hasPrefix("-----BEGIN%20CERTIFICATE-----%0A"))
        #expect(escaped.removingPercentEncoding == Made.good.certificatePEM)
        #expect(!escaped.contains("+") && !escaped.contains("/") && !escaped.contains("="))
    }

    /// The openssl program reads the same certificate.
    @Test func sameAsTheProgramSays() throws {
        let talk = try Self.talk(Made.good)
        let said = try Self.openssl(
            ["x509", "-noout", "-fingerprint", "-sha1", "-dates"], input: Made.good.certificatePEM)
        let fields = said.split(separator: "\n").reduce(into: [String: String]()) { fields, line in
            let parts = line.split(separator: "=", maxSplits: 1)
            fields[String(parts[0]).lowercased()] = String(parts[1])
        }
        let print = try #require(fields["sha1 fingerprint"])
        #expect(talk.said(.clientFingerprint) == print.replacingOccurrences(of: ":", with: "").lowercased())
        #expect(talk.said(.clientStart) == fields["notbefore"])
        #expect(talk.said(.clientEnd) == fields["notafter"])
    }

    @Test func remainingDays() throws {
        let talk = try Self.talk(MadeCertificate(.init(endsInDays: 20), issuer: Made.authority))
        let now = Int(Date().timeIntervalSince1970)
        #expect(talk.said(.clientRemaining, now: now - 3_600) == "20")
        #expect(talk.said(.clientRemaining, now: now + 19 * 86_400 + 3_600) == "0")
        #expect(talk.said(.clientRemaining, now: now + 50 * 86_400) == "0")
    }

    static func openssl(_ arguments: [String], input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        let (to, from) = (Pipe(), Pipe())
        process.standardInput = to
        process.standardOutput = from
        try process.run()
        try to.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try to.fileHandleForWriting.close()
        let output = try from.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
