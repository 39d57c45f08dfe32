import Bytes
import HTTP2Ends
import Platform

/// An upstream that answers each request with the bytes it got, so that two gateways can be compared.
///
/// The request may say what else the response is like: `X-Answer` is its status, `X-Give` names a row of `gifts`.
package final class EchoUpstream: Sendable {
    private let acceptor: Acceptor

    /// Field lines that a response can have, by the word of `X-Give`; `%SELF%` is the upstream's own address.
    package static let gifts: [String: String] = [
        "location": "Location: http://%SELF%/back/there?x=1\r\n",
        "path": "Location: /plain/path\r\n",
        "elsewhere": "Location: https://elsewhere.test/\r\n",
        "refresh": "Refresh: 5; url=http://%SELF%/later\r\n",
        "cookie": "Set-Cookie: a=1; Path=/app; Domain=upstream.test; HttpOnly\r\nSet-Cookie: b=2; path=/\r\n",
        "cache": "Cache-Control: no-cache\r\nExpires: Thu, 01 Jan 1970 00:00:01 GMT\r\nETag: \"e1\"\r\n",
        "powered": "X-Powered-By: Echo\r\nServer: echo/1\r\nX-Accel-Expires: 5\r\nX-Pad: 1\r\n",
        "accel": "X-Accel-Redirect: /internal/file?y=2\r\nContent-Type: text/x-accel\r\nX-Not-Kept: 1\r\n"
            + "Set-Cookie: s=1; Path=/app\r\nContent-Disposition: attachment\r\nCache-Control: private\r\n",
        "named": "X-Accel-Redirect: @fallback\r\n",
        "type": "Content-Type: application/json\r\nContent-Language: de\r\n",
    ]

    /// Listens on a free port of 127.0.0.1.
    package init() throws {
        acceptor = try Acceptor { socket, _, stop in Self.serve(socket, stop) }
    }

    package var port: Int { acceptor.port }
    /// The address, as it stands in `proxy_pass`.
    package var address: String { acceptor.address }

    // MARK: one connection

    private static func serve(_ socket: consuming BlockingSocket, _ stop: StopSignal) {
        let port = socket.port
        var buffer = ByteBuffer()
        while let request = next(socket, &buffer, stop) {
            let answer = Client.bytes(response(to: request, port))
            if socket.send(answer.span, milliseconds: Wait.patience, stop: stop) != .bytes(answer.count) { return }
        }
    }

    /// The next request with its body; nil at the end.
    private static func next(_ socket: borrowing BlockingSocket, _ buffer: inout ByteBuffer, _ stop: StopSignal)
        -> String?
    {
        while true {
            let text = Client.text(buffer.span.array)
            if let end = text.headEnd {
                let head = String(text.unicodeScalars.prefix(end))
                let body = Int(field("content-length", of: head) ?? "0") ?? 0
                if buffer.count >= end + body {
                    let whole = String(text.unicodeScalars.prefix(end + body))
                    buffer.removeFirst(end + body)
                    return whole
                }
            }
            guard
                case .bytes = socket.receive(into: &buffer, limit: 65_536, milliseconds: Wait.patience * 3, stop: stop)
            else { return nil }
        }
    }

    private static func response(to request: String, _ port: Int) -> String {
        let status = field("x-answer", of: request) ?? "200"
        let gift = field("x-give", of: request).flatMap { gifts[$0] } ?? ""
        let fields = gift.replacing("%SELF%", with: "127.0.0.1:\(port)")
        let hasBody = status != "204" && status != "304"
        let length = hasBody ? "Content-Length: \(Client.bytes(request).count)\r\n" : ""
        let isHead = request.hasPrefix("HEAD ")
        return "HTTP/1.1 \(status) Answered\r\n\(length)\(fields)X-Echo: yes\r\n\r\n"
            + (hasBody && !isHead ? request : "")
    }

    private static func field(_ name: String, of head: String) -> String? {
        for line in head.split(separator: "\r\n", omittingEmptySubsequences: false) {
            if line.isEmpty { return nil }
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name {
                return String(parts[1].drop { $0 == " " })
            }
        }
        return nil
    }
}
