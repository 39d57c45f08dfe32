import HTTP2Frames
import TestGateway
import Testing

/// Requests reach an upstream that speaks HTTP/2, and its responses the client.
struct HTTP2ForwardTests {
    @Test func aPageArrivesWithItsFields() throws {
        let upstream = try SessionUpstream()
        try upstream.run(upstream.settings("proxy_set_header X-Set yes;")) { gateway in
            let response = try gateway.get("/a/b?c=d", "X-Own: mine\r\nTE: gzip\r\nUpgrade: x\r\n")
            #expect(response.line == "HTTP/1.1 200 OK")
            #expect(response["X-Echo"] == "yes")
            #expect(
                response.body
                    == "GET /a/b?c=d HTTP/2.0\r\nhost: app\r\nx-set: yes\r\nx-own: mine\r\n\r\n")
            #expect(gateway.errors(downTo: "error") == [])
        }
    }

    @Test(arguments: ["on", "off"])
    func bodiesOfAllSizesArriveWhole(_ buffering: String) throws {
        let upstream = try SessionUpstream()
        try upstream.run(upstream.settings("proxy_request_buffering \(buffering);")) { gateway in
            for count in [0, 1, 16_384, 65_535, 65_536, 1_000_000] {
                let body = Letters.text(count)
                var client = try gateway.client()
                client.send("POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: \(count)\r\n\r\n")
                client.send(body)
                let response = try client.response(to: "POST")
                #expect(response.status == 200 && response.end == .whole)
                let expected = "POST / HTTP/2.0\r\nhost: app\r\ncontent-length: \(count)\r\n\r\n" + body
                #expect(response.body == expected, "\(count) bytes")
            }
        }
    }

    /// HTTP/2 has no chunks: a body of unknown length ends with its stream.
    @Test(arguments: ["on", "off"])
    func chunkedBodiesArriveWithoutChunks(_ buffering: String) throws {
        let upstream = try SessionUpstream()
        try upstream.run(upstream.settings("proxy_request_buffering \(buffering);")) { gateway in
            var client = try gateway.client()
            client.send("PUT / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("5\r\nhello\r\n")
            client.send("6\r\n world\r\n0\r\n\r\n")
            let response = try client.response(to: "PUT")
            #expect(response.body.hasSuffix("\r\n\r\nhello world"))
            #expect(!response.body.lowercased().contains("transfer-encoding"))
        }
    }

    @Test func aBodyOfTheConfigurationsOwnTakesTheClients() throws {
        let upstream = try SessionUpstream()
        try upstream.run(upstream.settings("proxy_method POST; proxy_set_body own;")) { gateway in
            let response = try gateway.get("/")
            #expect(response.body == "POST / HTTP/2.0\r\nhost: app\r\ncontent-length: 3\r\n\r\nown")
        }
    }

    /// Chunks can have trailers, a length cannot: an empty one is asked for on purpose (nginx: add_trailer).
    @Test func trailersBehindABodyOfKnownLengthNeedChunks() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            while case let stream = peer.request(), stream > 0 {
                peer.send(
                    Frames.headers(stream, [(":status", "200"), ("content-length", "2")], ends: false)
                        + Frames.data(stream, [65, 66]) + Frames.headers(stream, [("x-sum", "131")]))
            }
        }
        let settings = upstream.settings("proxy_pass_trailers on; add_trailer X \"\";")
        try upstream.run(settings) { gateway in
            let response = try gateway.get("/", "TE: trailers\r\n")
            #expect(response.body == "AB")
            #expect(response["Transfer-Encoding"] == "chunked")
            #expect(response.trailers == [Field("x-sum", "131")])
        }
    }

    @Test func trailersArePassedOnWhereAskedFor() throws {
        for (setting, expected) in [("on", [Field("x-sum", "17")]), ("off", [])] {
            let upstream = try SessionUpstream(trailers: "x-sum: 17\r\n")
            try upstream.run(upstream.settings("proxy_pass_trailers \(setting);")) { gateway in
                let response = try gateway.get("/", "TE: trailers\r\n")
                #expect(response.trailers == expected)
            }
        }
    }
}
