import TestGateway
import Testing

/// HUP takes a good configuration into use and drops nothing: idle connections stay, and what runs is finished by the
/// configuration it began with.
struct ReloadTests {
    private static func returning(_ word: String) -> GatewaySettings {
        GatewaySettings(
            """
            add_header X-Epoch \(word) always;
            location / { proxy_pass http://%UPSTREAM%; }
            location /w { return 200 \(word); }
            """
        )
    }

    @Test func idleConnectionsStayAndGetTheNewConfiguration() throws {
        try Gateway.run(Self.returning("old")) { gateway in
            var client = try gateway.client()
            client.get("/w")
            #expect(try client.response().body == "old")
            try gateway.reload(Self.returning("new"))
            client.get("/w")
            #expect(try client.response().body == "new")
            #expect(gateway.errors() == [])
        }
    }

    @Test func aRunningExchangeIsFinishedByTheOldOne() throws {
        try Gateway.run(Self.returning("old")) { gateway in
            var client = try gateway.client()
            client.get("/slow?delay=300&size=5")
            try Wait.until("it runs") { gateway.upstream.records.first?.requests.count == 1 }
            try gateway.reload(Self.returning("new"))
            let response = try client.response()
            #expect(response["X-Epoch"] == "old")
            #expect(response.body == ".....")
            client.get("/w")
            #expect(try client.response()["X-Epoch"] == "new")
        }
    }

    /// Clients that ask all the time lose no request over many reloads.
    @Test func nothingIsLostUnderLoad() throws {
        try Gateway.run(Self.returning("old")) { gateway in
            let endpoint = gateway.endpoint
            let stop = Flag()
            let clients = Background {
                while !stop.isSet {
                    var client = try Client(endpoint)
                    for _ in 0..<5 {
                        client.get("/bytes/3")
                        if try client.response().body != "abc" { throw Trouble("another body") }
                    }
                }
            }
            for _ in 0..<5 { try gateway.reload(Self.returning("new")) }
            stop.set()
            try clients.wait()
        }
    }
}
