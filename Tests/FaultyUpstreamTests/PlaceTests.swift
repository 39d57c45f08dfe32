import Bytes
import Foundation
import Platform
import Testing

@testable import FaultyUpstream

/// Places that cannot be connected to, ports of one fault, unix sockets, names that do not resolve.
struct PlaceTests {
    func failure(_ endpoint: Endpoint?, milliseconds: Int = 5000) throws -> Errno? {
        let endpoint = try #require(endpoint)
        do throws(SocketFailure) {
            _ = try BlockingSocket.connected(to: endpoint, milliseconds: milliseconds)
            return nil
        } catch { return error.errno }
    }

    @Test func onePortRefusesAndOneDoesNotAnswer() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        #expect(upstream.refusingPort != 0)
        #expect(try failure(upstream.places.endpoint(of: .refusingPort)) == .connectionRefused)
        #expect(try failure(upstream.places.endpoint(of: .fullPort), milliseconds: 300) == .timedOut)
    }

    @Test func unixPlacesFailEachInItsWay() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = FaultyUpstream.Options()
        options.placesFolder = folder
        let upstream = try FaultyUpstream.start(options)
        #expect(try failure(upstream.places.endpoint(of: .missingPath)) == .notFound)
        #expect(try failure(upstream.places.endpoint(of: .refusingPath)) == .connectionRefused)
        #expect(try failure(upstream.places.endpoint(of: .fullPath)) == .again)
        let isRoot = getuid() == 0
        #expect(try failure(upstream.places.endpoint(of: .forbiddenPath)) == (isRoot ? nil : .accessDenied))
        upstream.stop()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }

    @Test func aUnixSocketServesAndIsReplacedWhenAbandoned() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let endpoint = Endpoint.unix(path: folder + "/up.sock")
        // A socket file that somebody left behind.
        _ = try BlockingSocket.bound(to: endpoint)
        let upstream = try FaultyUpstream.start(script: [[.readAll, .send("hello"), .finish]], at: endpoint)
        let client = try RawClient(upstream)
        client.get("/")
        #expect(client.rest().text == "hello")
        #expect(throws: SocketFailure.self) { try FaultyUpstream.start(script: [], at: endpoint) }
        upstream.stop()
        #expect(try failure(endpoint) == .notFound)
    }

    @Test func aPortOfOneFaultPlaysItFromTheFirstMoment() throws {
        let reset = try FaultyUpstream.start(fault: try #require(FaultTable.named("reset-at-accept")))
        do { #expect(try RawClient(reset).rest().end == .reset) } catch let failure as SocketFailure {
            // It came before the client could look at its new connection.
            #expect(failure.errno == .connectionReset)
        }
        let banner = try FaultyUpstream.start(fault: try #require(FaultTable.named("ssh-banner")))
        #expect(try RawClient(banner).read(8) == "SSH-2.0-")
    }

    @Test func aPortOfOneFaultPlaysItForEachRequest() throws {
        let upstream = try FaultyUpstream.start(fault: try #require(FaultTable.named("304-length")), [.first: 2])
        let client = try RawClient(upstream)
        var seen: [String] = []
        for _ in 0..<3 {
            client.get("/any")
            seen.append(client.read(12))
            _ =
                seen.count < 3
                ? client.read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".utf8.count - 12) : ""
        }
        #expect(seen == ["HTTP/1.1 304", "HTTP/1.1 304", "HTTP/1.1 200"])
        #expect(upstream.count(of: "304-length") == 2)
    }

    @Test func namesResolveOrNotAsTheyAreCalled() throws {
        let resolver = try FaultyResolver.start()
        #expect(try ask(resolver, "any.test").suffix(4) == [127, 0, 0, 1])
        #expect(try ask(resolver, "ip-192-0-2-7.test").suffix(4) == [192, 0, 2, 7])
        for (name, code) in [("formerr", 1), ("servfail", 2), ("nxdomain", 3), ("refused", 5)] {
            let answer = try ask(resolver, name + ".test")
            #expect(answer[3] & 15 == UInt8(code))
            #expect(answer[7] == 0)
        }
        #expect(try ask(resolver, "empty.test")[7] == 0)
        #expect(try ask(resolver, "wrong-id.test")[0] != 0x12)
        #expect(try ask(resolver, "any.test", type: 28)[7] == 0)
        #expect(try ask(resolver, "silent.test", milliseconds: 50) == [])
        #expect(resolver.names.last == "silent.test")
    }

    private func temporaryFolder() throws -> String {
        let path = NSTemporaryDirectory() + "faulty-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func ask(_ resolver: FaultyResolver, _ name: String, type: UInt8 = 1, milliseconds: Int = 5000) throws
        -> [UInt8]
    {
        let socket = try BlockingSocket.datagrams(at: .loopback(port: 0))
        _ = Kernel().connect(socket.descriptor, to: .ip(resolver.address))
        var query: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { query += [UInt8(label.utf8.count)] + Array(label.utf8) }
        query += [0, 0, type, 0, 1]
        _ = Kernel().send(socket.descriptor, query.span)
        var answer = ByteBuffer()
        _ = socket.receive(into: &answer, limit: 512, milliseconds: milliseconds, stop: nil)
        return answer.span.array
    }
}
