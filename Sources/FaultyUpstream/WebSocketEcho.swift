/// A WebSocket (RFC 6455) that sends every message back. Test equipment: no extensions, no subprotocols.
enum WebSocketEcho {
    /// Most bytes of one frame's payload.
    static let frameLimitBytes = 1 << 20

    /// The 101 for a request, with the key's answer where the request has a key (RFC 6455 §4.2.2).
    static func handshake(for request: Request?) -> Payload {
        var fields = ["Upgrade: " + (request?.field("upgrade") ?? "websocket"), "Connection: Upgrade"]
        if let key = request?.field("sec-websocket-key") { fields.append("Sec-WebSocket-Accept: " + accept(key)) }
        return head(fields, line: "HTTP/1.1 101 Switching Protocols")
    }

    /// RFC 6455 §1.3.
    static func accept(_ key: String) -> String {
        Base64.encoded(SHA1.hash(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// A frame to a client, which is never masked.
    static func frame(first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [first]
        if payload.count < 126 {
            bytes.append(UInt8(payload.count))
        } else if payload.count < 65_536 {
            bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        } else {
            bytes.append(127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 255)) }
        }
        return bytes + payload
    }
}

extension Player {
    /// Upgrades and echoes until either side closes.
    mutating func webSocket(_ request: Request) throws(ConnectionEnd) {
        guard request.lists("websocket", in: "upgrade"), request.field("sec-websocket-key") != nil else {
            let page = answer(
                "a WebSocket handshake expected\n", "Upgrade: websocket", "Connection: close",
                line: "HTTP/1.1 426 Upgrade Required")
            try wire.send(page)
            try wire.finish()
        }
        try wire.send(WebSocketEcho.handshake(for: request))
        while true {
            let start = try wire.take(2)
            let (opcode, isMasked) = (start[0] & 0x0f, start[1] & 0x80 != 0)
            var count = Int(start[1] & 0x7f)
            if count == 126 { count = try wire.take(2).reduce(0) { $0 << 8 | Int($1) } }
            if count == 127 { count = try wire.take(8).reduce(0) { $0 << 8 & Int.max | Int($1) } }
            if !isMasked { try closeWebSocket(1002) }
            if count > WebSocketEcho.frameLimitBytes { try closeWebSocket(1009) }
            let mask = try wire.take(4)
            var payload = try wire.take(count)
            for index in payload.indices { payload[index] ^= mask[index & 3] }
            switch opcode {
            case 0, 1, 2: try wire.send(WebSocketEcho.frame(first: start[0] & 0x8f, payload))
            case 8:
                try wire.send(WebSocketEcho.frame(first: 0x88, payload))
                try wire.finish()
            case 9: try wire.send(WebSocketEcho.frame(first: 0x8a, payload))
            default: break
            }
        }
    }

    private mutating func closeWebSocket(_ code: UInt16) throws(ConnectionEnd) -> Never {
        try wire.send(WebSocketEcho.frame(first: 0x88, [UInt8(code >> 8), UInt8(code & 255)]))
        try wire.finish()
    }
}
