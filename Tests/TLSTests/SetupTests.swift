import Foundation
import Testing

@testable import TLS

/// What is said of settings that cannot be used: nginx's words.
@Suite struct SetupTests {
    static func message(_ change: (inout TLSServerSettings) -> Void) -> String {
        do {
            _ = try Made.server([Made.good.pair()], change)
            return ""
        } catch {
            return (error as? TLSSetupError)?.message ?? "\(error)"
        }
    }

    @Test func files() {
        let absent = Self.message { $0.pairs = [TLSPair(certificate: "/nowhere/a.crt", key: "/nowhere/a.key")] }
        #expect(
            absent == "cannot load certificate \"/nowhere/a.crt\": BIO_new_file() failed (SSL: error:80000002:system "
                + "library::No such file or directory:calling fopen(/nowhere/a.crt, r) "
                + "error:10000080:BIO routines::no such file)")
        let noKey = Self.message {
            $0.pairs = [TLSPair(certificate: "data:" + Made.good.certificatePEM, key: "/nowhere/a.key")]
        }
        #expect(
            noKey.hasPrefix(
                "cannot load certificate key \"/nowhere/a.key\": BIO_new_file() failed (SSL: error:80000002"))
        let noPEM = Self.message { $0.pairs = [TLSPair(certificate: "data:x", key: "data:x")] }
        #expect(
            noPEM == "cannot load certificate \"data:x\": PEM_read_bio_X509_AUX() failed "
                + "(SSL: error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE)")
        let engine = Self.message {
            $0.pairs = [TLSPair(certificate: "data:" + Made.good.certificatePEM, key: "engine:a:b")]
        }
        #expect(
            engine
                == "cannot load certificate key \"engine:a:b\": "
                + "loading \"engine:...\" certificate keys is not supported"
        )
        #expect(
            Self.message { $0.common.revoked = "data:" }.hasPrefix(
                "cannot load CRL \"data:\": PEM_read_bio_X509_CRL() failed (SSL: "))
        #expect(
            Self.message { $0.common.trusted = "/nowhere" }
                .hasPrefix("cannot load certificate \"/nowhere\": BIO_new_file() failed (SSL: "))
        #expect(Self.message { $0.dhParameters = "/nowhere" }.hasPrefix("BIO_new_file(\"/nowhere\") failed (SSL: "))
    }

    @Test func keysThatDoNotFit() {
        let key = "data:" + Made.other.keyPEM
        let message = Self.message {
            $0.pairs = [TLSPair(certificate: "data:" + Made.good.certificatePEM, key: key)]
        }
        #expect(
            message == "SSL_CTX_use_PrivateKey(\"\(key)\") failed "
                + "(SSL: error:05800074:x509 certificate routines::key values mismatch)")
    }

    @Test func words() {
        #expect(
            Self.message { $0.common.ciphers = "NONE-SUCH" }
                == "SSL_CTX_set_cipher_list(\"NONE-SUCH\") failed (SSL: error:0A0000B9:SSL routines::no cipher match)")
        #expect(Self.message { $0.curves = "none" }.hasPrefix("SSL_CTX_set1_curves_list(\"none\") failed"))
        #expect(
            Self.message { $0.common.commands = [TLSCommand(name: "Nothing", value: "1")] }
                .hasPrefix(
                    "SSL_CONF_cmd(\"Nothing\", \"1\") failed (SSL: error:0A000182:SSL routines::unknown cmd name"))
        #expect(Self.message { $0.curves = "P-256:X25519" } == "")
        #expect(Self.message { $0.common.commands = [TLSCommand(name: "Options", value: "PrioritizeChaCha")] } == "")
    }

    @Test func passwords() {
        let pair = TLSPair(
            certificate: "data:" + Made.good.certificatePEM,
            key: "data:" + Made.good.encryptedKeyPEM(password: "secret"))
        func message(_ passwords: [String]) -> String {
            Self.message {
                $0.pairs = [pair]
                $0.common.passwords = passwords.map { Array($0.utf8) }
            }
        }
        #expect(message(["secret"]) == "")
        #expect(message(["wrong", "", "secret"]) == "")
        #expect(message(["wrong"]).contains("PEM_read_bio_PrivateKey() failed (SSL: "))
        #expect(message([]).contains("PEM_read_bio_PrivateKey() failed (SSL: "))
    }

    @Test func changedFilesAreReadAgain() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postern-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pair = TLSPair(certificate: folder.path() + "/a.crt", key: folder.path() + "/a.key")
        func write(_ made: MadeCertificate) throws {
            try made.certificatePEM.write(toFile: pair.certificate, atomically: true, encoding: .utf8)
            try made.keyPEM.write(toFile: pair.key, atomically: true, encoding: .utf8)
        }
        try write(Made.good)
        var version: Int64 = 1
        var asked = 0
        var cache = TLSIdentityCache(limit: 2, validSeconds: 60, inactiveSeconds: 100)
        func fetch(_ pair: TLSPair, _ now: Int) throws -> TLSIdentity {
            try cache.identity(for: pair, now: now) { _ in
                asked += 1
                return TLSFileStamp(modifiedNanoseconds: version, inode: 5)
            }
        }
        let first = try fetch(pair, 0)
        #expect(try fetch(pair, 60) === first && asked == 2, "looked at again within its time")
        #expect(try fetch(pair, 61) === first && asked == 4)
        try write(Made.other)
        version = 2
        #expect(try fetch(pair, 100) === first)
        let second = try fetch(pair, 122)
        #expect(second !== first && second.digest != first.digest)
        // A file that is broken while it is replaced is an error once, and read when it is whole.
        try "no".write(toFile: pair.key, atomically: true, encoding: .utf8)
        version = 3
        #expect(throws: TLSSetupError.self) { try fetch(pair, 200) }
        #expect(cache.count == 0)
        try write(Made.good)
        #expect(try fetch(pair, 201).digest == first.digest)
        // Bounded in number and in age.
        _ = try fetch(Made.good.pair(), 202)
        _ = try fetch(Made.other.pair(), 203)
        #expect(cache.count == 2)
        _ = try fetch(Made.other.pair(), 304)
        #expect(cache.count == 1)
    }
}
