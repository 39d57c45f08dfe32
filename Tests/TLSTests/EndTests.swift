import Bytes
import COpenSSL
import Testing

@testable import TLS

@Suite struct EndTests {
    @Test(arguments: [TLSVersions.tls12, .tls13])
    func closeNotifyIsTheEnd(version: TLSVersions) throws {
        var talk = Talk(try Made.server { $0.common.versions = version }, try Made.client())
        let isWritten = talk.server.write(Array("last".utf8).span, output: &talk.toClient)
        #expect(isWritten)
        talk.server.close(output: &talk.toClient)
        #expect(talk.server.isClosed == true)
        let length = talk.toClient.count
        talk.server.close(output: &talk.toClient)
        #expect(talk.toClient.count == length, "close_notify is said twice")
        talk.run()
        #expect(talk.clientSaid.contains(.closed) && talk.client.isClosedByPeer)
        #expect(String(copying: talk.clientPlain.span) == "last")
        #expect(talk.client.endOfInput() == .closed && talk.client.failure == nil)
        // The other direction stays open.
        let isStill = talk.client.write(Array("more".utf8).span, output: &talk.toServer)
        #expect(isStill)
        talk.client.close(output: &talk.toServer)
        talk.run()
        #expect(String(copying: talk.serverPlain.span) == "more")
        #expect(talk.serverSaid.contains(.closed))
        #expect(talk.server.endOfInput() == .closed)
    }

    @Test func endWithoutCloseNotifyIsTruncation() throws {
        var talk = Talk(try Made.server(), try Made.client())
        let isWritten = talk.server.write(Array("half".utf8).span, output: &talk.toClient)
        #expect(isWritten)
        talk.run()
        #expect(talk.client.endOfInput() == .failed)
        #expect(talk.client.failure?.kind == .truncated)
        #expect(talk.client.endOfInput() == .failed)
        let isRefused = talk.client.write(Array("x".utf8).span, output: &talk.toServer)
        #expect(!isRefused)
    }

    @Test func endInsideTheHandshake() throws {
        var client = TLSSession(client: try Made.client(), name: "", sendsName: false)
        #expect(client.endOfInput() == .failed)
        #expect(client.failure == TLSFailure(.closed, .handshake))
        var server = TLSSession(server: try Made.server())
        var plain = ByteBuffer()
        var out = ByteBuffer()
        #expect(server.read([UInt8]([22, 3, 1]).span, into: &plain, limit: 10, output: &out) == [])
        #expect(server.endOfInput() == .failed)
        #expect(server.failure?.kind == .closed && server.failure?.proxyError == .protocolError)
    }

    @Test func closeInsideTheHandshakeSaysNothing() throws {
        var server = TLSSession(server: try Made.server())
        var out = ByteBuffer()
        server.close(output: &out)
        #expect(out.isEmpty && !server.isClosed)
    }

    /// The BIO holds the sink until OpenSSL frees it, so a sink that is gone shows that all of a session is.
    @Test func nothingOutlivesASession() throws {
        weak var serverSink: TLSSink?
        weak var clientSink: TLSSink?
        weak var context: TLSContext?
        weak var resumption: TLSResumption?
        do {
            let serverContext = try Made.server { $0.sessionCache = .entries(10) }
            context = serverContext
            let talk = Talk(serverContext, try Made.client())
            serverSink = talk.server.sink
            clientSink = talk.client.sink
            resumption = talk.client.resumption
            #expect(serverSink != nil && clientSink != nil && context != nil)
        }
        #expect(serverSink == nil && clientSink == nil && context == nil && resumption == nil)
        do {
            var failed = TLSSession(server: try Made.server())
            var plain = ByteBuffer()
            var out = ByteBuffer()
            serverSink = failed.sink
            _ = failed.read(Array("GET / HTTP/1.1\r\n\r\n".utf8).span, into: &plain, limit: 10, output: &out)
            #expect(failed.failure != nil)
        }
        #expect(serverSink == nil)
    }

    @Test func errorsStayWithTheirSession() throws {
        var talk = Talk(try Made.server(), try Made.client())
        // What somebody else left in this thread's queue is not this session's failure.
        _ = unsafe BIO_new_file("/nowhere", "r")
        #expect(ERR_peek_error() != 0)
        let isWritten = talk.server.write(Array("fine".utf8).span, output: &talk.toClient)
        #expect(isWritten)
        _ = unsafe BIO_new_file("/nowhere", "r")
        talk.run()
        #expect(talk.client.failure == nil && String(copying: talk.clientPlain.span) == "fine")
        // What a session found is not left behind.
        var broken = TLSSession(server: try Made.server())
        _ = broken.read(
            [UInt8](repeating: 7, count: 100).span, into: &talk.serverPlain, limit: 10, output: &talk.toClient)
        #expect(broken.failure != nil && ERR_peek_error() == 0)
        #expect(throws: TLSSetupError.self) { try Made.server { $0.common.ciphers = "NONE-SUCH" } }
        #expect(ERR_peek_error() == 0)
    }
}
