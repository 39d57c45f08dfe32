import TestGateway
import Testing

/// Responses to HEAD, and 204 and 304, end with their heads, whatever these say; the connection goes on.
@Suite(.overWires) struct BodilessTests {
    @Test func theConnectionGoesOn() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            client.get("/bytes/26", method: "HEAD")
            let head = try client.response(to: "HEAD")
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "26")
            for status in [204, 304] {
                client.get("/status/\(status)")
                #expect(try client.response().status == status)
            }
            let length = try gateway.expectFault("304-length") {
                client.get("/fault/304-length")
                return try client.response()
            }
            #expect(length.status == 304)
            #expect(length["Content-Length"] == "5")
            client.get("/ok")
            #expect(try client.response().body == "ok\n")
        }
    }
}
