import TestGateway
import Testing

/// A client that leaves ends its exchange, unless `proxy_ignore_client_abort` lets the upstream finish.
@Suite(.overWires) struct ClientAbortTests {
    @Test func theUpstreamIsLetGoToo() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            client.get("/fault/never-answers")
            try Wait.until("the request is there") { gateway.upstream.count(of: "never-answers") == 1 }
            client.finish()
            #expect(gateway.upstream.ended(0)?.end == .peerFinished)
            #expect(try gateway.access(1)[0].contains("\" 499 0 "))
            #expect(
                gateway.errors(downTo: "info") == [
                    """
                    [info] epoll_wait() reported that client prematurely closed connection, so upstream connection \
                    is closed too while reading response header from upstream
                    """ + gateway.context("/fault/never-answers")
                ])
        }
    }

    @Test func orTheUpstreamIsHeardOut() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; proxy_ignore_client_abort on; }") { gateway in
            do {
                let client = try gateway.client()
                client.get("/slow?delay=200&size=3")
                try Wait.until("the request is there") { gateway.upstream.records.first?.requests.count == 1 }
            }
            #expect(try gateway.access(1)[0].contains("\" 200 "))
        }
    }
}
