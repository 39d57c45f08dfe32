import Bytes
import Configuration
import Failures
import Platform
import Routing
import TLS

// Certificates whose names have variables: read while connections come, and kept by path, time and inode.
extension Worker {
    /// Shows a client the certificates that the server's names mean for it. One that cannot be read is said in the log,
    /// and the handshake goes on without it.
    mutating func showCertificates(_ id: SlotID, _ server: Int, _ names: [NamedCertificate]) {
        let epoch = epochs[Int(downstreams[id].epoch)]
        let place = downstreams[id].secure
        var facts = ConnectionFacts(
            serial: downstreams[id].serial, peer: downstreams[id].peer, local: localAddress(id),
            listener: epoch.listenerIndex(Int(downstreams[id].listener)), openedAt: downstreams[id].accepted)
        facts.isTLS = true
        var record = ExchangeRecord(connection: facts, startedAt: loop.now, wall: loop.wallTime)
        record.openArena(&pool)
        epoch.routing.enterServer(server, &record)
        tellSecure(id, &record)
        moment.update(now: loop.now, wall: loop.wallTime)
        for name in names {
            let pair = evaluate(name, epoch, &record)
            if pair.certificate.isEmpty { continue }
            do throws(TLSSetupError) {
                let identity = try identity(pair, name.passwords)
                try secured[place].session.show(identity)
            } catch {
                evidence.set(Array(error.message.utf8).span)
                logClient(id, .local(.certificateFailed))
            }
        }
        record.release(to: &pool)
    }

    /// Shows a peer the certificate that `proxy_ssl_certificate` with variables means for this request. False where it
    /// cannot be read: then the attempt has failed.
    mutating func showsNamedCertificate(_ id: SlotID, _ place: SlotID, _ target: SecureTarget) -> Bool {
        guard let pair = target.shown else { return true }
        do throws(TLSSetupError) {
            let identity = try identity(pair, target.passwords)
            try secured[place].session.show(identity)
            return true
        } catch {
            evidence.set(Array(error.message.utf8).span)
            failAttempt(id, .local(.certificateFailed), phase: .handshakingUpstream)
            return false
        }
    }

    /// Paths, or `data:` with PEM text, of a certificate and its key.
    func evaluate(_ name: NamedCertificate, _ epoch: Epoch, _ record: inout ExchangeRecord) -> TLSPair {
        var value = ByteBuffer()
        epoch.routing.append(name.certificate.value, &record, moment, to: &value)
        let certificate = epoch.besideMain(value.span.text)
        value.clear()
        epoch.routing.append(name.key.value, &record, moment, to: &value)
        return TLSPair(certificate: certificate, key: epoch.besideMain(value.span.text))
    }

    private mutating func identity(_ pair: TLSPair, _ passwords: [[UInt8]]) throws(TLSSetupError) -> TLSIdentity {
        let kernel = kernel
        return try identities.identity(for: pair, passwords: passwords, now: Int(loop.now.milliseconds / 1000)) {
            path in
            var facts = FileFacts()
            var name = ByteBuffer()
            name.append(text: path)
            if kernel.inspect(name.span, &facts).failed { return nil }
            return TLSFileStamp(modifiedNanoseconds: facts.modifiedNanoseconds, inode: facts.inode)
        }
    }
}
