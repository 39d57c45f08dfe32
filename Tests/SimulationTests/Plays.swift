import Bytes
import Platform
import SimulatedKernel

// One play for each way through the gateway. The fault sweep fails each of their calls in turn.
extension Play {
    static let all: [Play] = [
        pooled, storedBody, slowDownload, tunnel, otherPeer, staticFile, reload, drain, passedBody, restarts,
        unixSockets, refusedHead, checked, queued, waited, waitedForName,
    ]

    static func get(_ number: Int, _ fields: String = "") -> FarAction {
        .send("GET /r\(number) HTTP/1.1\r\nHost: sim\r\n\(fields)\r\n")
    }

    static func answer(_ body: [UInt8], _ fields: String = "", status: Int = 200) -> [UInt8] {
        Array("HTTP/1.1 \(status) Good\r\nContent-Length: \(body.count)\r\n\(fields)\r\n".utf8) + body
    }

    static func bytes(_ count: Int, of number: Int = 1) -> [UInt8] { Pattern.bytes(of: number, attempt: 0, count) }

    static func serves(_ body: [UInt8], at endpoint: Endpoint = peer) -> Server {
        Server(endpoint: endpoint) { _ in [.send(answer(body))] }
    }

    /// Two requests over one connection on either side.
    static let pooled = Play(
        name: "keep-alive", locations: ["location / { proxy_pass http://app; }"], servers: [serves(bytes(3_000))],
        clients: [
            Client(
                actions: [
                    get(0), .awaitResponse(bodyless: false), .pause(milliseconds: 30), get(1),
                    .awaitResponse(bodyless: false), .close,
                ],
                expected: [
                    Expected(status: 200, body: bytes(3_000), number: 0),
                    Expected(status: 200, body: bytes(3_000), number: 1),
                ])
        ])

    /// A chunked body that neither its buffer nor the worker's budget takes.
    static let storedBody = Play(
        name: "a body in a file",
        locations: ["client_body_buffer_size 1k; location / { proxy_pass http://app; }"],
        servers: [Server(endpoint: peer) { request in [.send(answer(request.body))] }],
        clients: [
            Client(
                actions: [
                    .send("POST /r0 HTTP/1.1\r\nHost: sim\r\nTransfer-Encoding: chunked\r\n\r\n"),
                    .trickle(Pattern.chunked(bytes(9_000), pieceBytes: 2_000), pieceBytes: 3_000, gapMilliseconds: 5),
                    .awaitResponse(bodyless: false), .close,
                ], expected: [Expected(status: 200, body: bytes(9_000), number: 0)])
        ], bodyBudgetBytes: 0)

    /// More than the buffers hold, for a client that takes little at a time.
    static let slowDownload = Play(
        name: "a slow download",
        locations: [
            """
            location / { proxy_pass http://app; proxy_buffer_size 4k; proxy_buffers 4 4k; proxy_busy_buffers_size 8k; }
            """
        ],
        servers: [
            Server(endpoint: peer) { _ in
                let head = Array("HTTP/1.1 200 Good\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
                return [
                    .trickle(
                        head + Pattern.chunked(bytes(60_000), pieceBytes: 7_000), pieceBytes: 20_000, gapMilliseconds: 3
                    )
                ]
            }
        ],
        clients: [
            Client(
                actions: [
                    .readPace(bytes: 9_000, everyMilliseconds: 10), get(0), .awaitResponse(bodyless: false), .close,
                ], expected: [Expected(status: 200, body: bytes(60_000), number: 0)])
        ], adversity: narrow)

    /// Small socket buffers: the gateway has to wait for them.
    static var narrow: Adversity {
        var narrow = Adversity()
        narrow.sendBufferBytes = 4_096...4_096
        narrow.receiveBufferBytes = 8_192...8_192
        return narrow
    }

    /// A WebSocket: three messages, then the client ends it.
    static let tunnel = Play(
        name: "a tunnel",
        locations: [
            """
            location / { proxy_pass http://app; proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection "upgrade"; }
            """
        ],
        servers: [
            Server(endpoint: peer) { _ in
                [
                    .send("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello"),
                    .awaitText("first"), .send("second"), .awaitText("third"), .send(bytes(6_000)), .awaitEnd, .close,
                ]
            }
        ],
        clients: [
            Client(
                actions: [
                    get(0, "Upgrade: x\r\nConnection: upgrade\r\n"), .awaitHead, .awaitText("hello"), .send("first"),
                    .awaitText("second"), .send("third"), .awaitBytes(6_000), .close,
                ], expected: [Expected(status: 101, body: Array("hellosecond".utf8) + bytes(6_000), number: 0)])
        ])

    /// The first peer refuses, the second one answers.
    static let otherPeer = Play(
        name: "the second peer", locations: ["location / { proxy_pass http://app; }"],
        peers: "server 10.0.0.16:8000; server 10.0.0.17:8000;", servers: [serves(bytes(2_000), at: secondPeer)],
        clients: [
            Client(
                actions: [get(0), .awaitResponse(bodyless: false), .close],
                expected: [Expected(status: 200, body: bytes(2_000), number: 0)])
        ])

    static let staticFile = Play(
        name: "a file", locations: ["root /www; location / { }"],
        clients: [
            Client(
                actions: [
                    get(0), .awaitResponse(bodyless: false), get(1), .awaitResponse(bodyless: false), .close,
                ],
                expected: [
                    Expected(status: 200, body: bytes(90_000), number: 0),
                    Expected(status: 200, body: bytes(10), number: 1),
                ])
        ], files: ["/www/r0": bytes(90_000), "/www/r1": bytes(10)], adversity: narrow)

    /// A new configuration, while one request runs and another connection lies idle.
    static let reload = Play(
        name: "a reload",
        locations: [
            "location / { proxy_pass http://app; }", "location / { proxy_pass http://app; proxy_buffering off; }",
        ],
        servers: [
            Server(endpoint: peer) { request in
                request.target == "/r0"
                    ? [.pause(milliseconds: 100), .send(answer(bytes(500)))] : [.send(answer(bytes(50)))]
            }
        ],
        clients: [
            Client(
                actions: [get(0), .awaitResponse(bodyless: false), get(1), .awaitResponse(bodyless: false), .close],
                expected: [
                    Expected(status: 200, body: bytes(500), number: 0),
                    Expected(status: 200, body: bytes(50), number: 1),
                ]),
            Client(
                actions: [
                    get(2), .awaitResponse(bodyless: false), .pause(milliseconds: 150), get(3),
                    .awaitResponse(bodyless: false), .close,
                ],
                expected: [
                    Expected(status: 200, body: bytes(50), number: 2),
                    Expected(status: 200, body: bytes(50), number: 3),
                ]),
        ], interventions: [(milliseconds: 50, what: .reload(1))])

    /// The worker finishes what runs and then ends.
    static let drain = Play(
        name: "a drain", locations: ["location / { proxy_pass http://app; }"],
        servers: [Server(endpoint: peer) { _ in [.pause(milliseconds: 100), .send(answer(bytes(700)))] }],
        clients: [
            Client(
                actions: [get(0), .awaitResponse(bodyless: false), .awaitEnd],
                expected: [Expected(status: 200, body: bytes(700), number: 0)])
        ], interventions: [(milliseconds: 50, what: .drain(timeoutMilliseconds: nil))])

    /// A body that is passed on as it comes, to an upstream that reads slowly.
    static let passedBody = Play(
        name: "a body passed on",
        locations: [
            "client_body_buffer_size 2k; location / { proxy_pass http://app; proxy_request_buffering off; }"
        ],
        servers: [Server(endpoint: peer) { request in [.send(answer(request.body))] }],
        clients: [
            Client(
                actions: [
                    .send("POST /r0 HTTP/1.1\r\nHost: sim\r\nTransfer-Encoding: chunked\r\n\r\n"),
                    .trickle(Pattern.chunked(bytes(20_000), pieceBytes: 3_000), pieceBytes: 9_000, gapMilliseconds: 9),
                    .awaitResponse(bodyless: false), .close,
                ], expected: [Expected(status: 200, body: bytes(20_000), number: 0)])
        ], adversity: narrow)

    /// One request is led to a file by X-Accel-Redirect, another to a named location by error_page.
    static let restarts = Play(
        name: "restarts",
        locations: [
            """
            location / { proxy_pass http://app; proxy_intercept_errors on; error_page 503 = @again; }
            location @again { proxy_pass http://app; proxy_set_header X-Again yes; }
            location /inside/ { internal; root /www; }
            """
        ],
        servers: [
            Server(endpoint: peer) { request in
                if request.headText.contains("X-Again") { return [.send(answer(bytes(900)))] }
                if request.target == "/r0" { return [.send(answer([], "X-Accel-Redirect: /inside/file\r\n"))] }
                return [.send(answer([], status: 503))]
            }
        ],
        clients: [
            Client(
                actions: [get(0), .awaitResponse(bodyless: false), get(1), .awaitResponse(bodyless: false), .close],
                expected: [
                    Expected(status: 200, body: bytes(4_000), number: 0),
                    Expected(status: 200, body: bytes(900), number: 1),
                ])
        ], files: ["/www/inside/file": bytes(4_000)])

    static let unixSockets = Play(
        name: "unix sockets", locations: ["location / { proxy_pass http://app; }"], peers: "server unix:/run/app.sock;",
        servers: [serves(bytes(5_000), at: .unix(path: "/run/app.sock"))],
        clients: [
            Client(
                overUnixSocket: true, actions: [get(0), .awaitResponse(bodyless: false), .close],
                expected: [Expected(status: 200, body: bytes(5_000), number: 0)])
        ])

    /// Health is checked while a client takes its time; no single failure makes the only peer unhealthy.
    static let checked = Play(
        name: "health checks",
        locations: [
            """
            location / {
                proxy_pass http://app;
                health_check interval=100ms fails=2 uri=/check match=good keepalive_time=150ms;
                health_check interval=200ms fails=2 type=tcp;
            }
            """
        ],
        servers: [
            Server(endpoint: peer) { request in
                // The play ends with its client: no connection of an exchange is kept.
                request.target == "/check"
                    ? [.send(answer(Array("good".utf8)))]
                    : [.send(answer(bytes(3_000), "Connection: close\r\n")), .close]
            }
        ],
        clients: [
            Client(
                actions: [
                    get(0), .awaitResponse(bodyless: false), .pause(milliseconds: 400), get(1),
                    .awaitResponse(bodyless: false), .close,
                ],
                expected: [
                    Expected(status: 200, body: bytes(3_000), number: 0),
                    Expected(status: 200, body: bytes(3_000), number: 1),
                ])
        ])

    /// A head that is none, in pieces, and lingering behind its answer.
    static let refusedHead = Play(
        name: "a refused head", locations: ["lingering_close always; location / { return 204; }"],
        clients: [
            Client(
                actions: [
                    .trickle(Array("GET /r0 HTTP/1.1\r\nNo Colon\r\n\r\n".utf8), pieceBytes: 9, gapMilliseconds: 2),
                    .awaitResponse(bodyless: false), .send("more"), .close,
                ], expected: [])
        ])
}
