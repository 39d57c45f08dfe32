import TestGateway

/// One generated request.
struct Asking: Sendable, CustomStringConvertible {
    let route: String
    let method: String
    let target: String
    /// Whole field lines.
    let fields: String
    let body: String

    var text: String {
        let length = body.isEmpty && method != "POST" ? "" : "Content-Length: \(body.utf8.count)\r\n"
        return
            "\(method) \(target) HTTP/1.1\r\nHost: \(route).test\r\n\(fields)\(length)Connection: close\r\n\r\n\(body)"
    }

    var description: String {
        "\(route): \(method) \(target) " + fields.split(separator: "\r\n").joined(separator: " | ")
    }
}

/// Makes requests for a route, the same ones every time.
struct Generator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list[next(list.count)] }

    /// `count` requests: each of the route's paths first, then changed ones.
    mutating func requests(for route: Routes.Route, count: Int) -> [Asking] {
        (0..<count).map { index in
            let path = index < route.paths.count ? route.paths[index] : changed(pick(route.paths))
            return asking(route.name, path, isPlain: index < route.paths.count && next(3) > 0)
        }
    }

    private mutating func changed(_ path: String) -> String {
        switch next(6) {
        case 0: return path + pick(["/", "x", "/../y", "//z", "%20", "%2F", ".php", ";v=1"])
        case 1:
            return path + (path.contains("?") ? "&" : "?") + pick(["a=1", "a=%20b", "b=x&c=12", "x", "kind=c9", "="])
        case 2: return "http://" + pick(["other.test", "Other.TEST:81"]) + path
        case 3: return "/." + path
        default: return path
        }
    }

    private mutating func asking(_ route: String, _ path: String, isPlain: Bool) -> Asking {
        let method = isPlain ? "GET" : pick(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE"])
        let hasBody = ["POST", "PUT"].contains(method)
        var fields = hasBody ? "Content-Type: text/x-test\r\n" : ""
        if next(2) == 0 { fields += "X-Give: \(pick(EchoUpstream.gifts.keys.sorted()))\r\n" }
        if next(3) == 0 { fields += "X-Answer: \(pick(["200", "201", "302", "403", "404", "500", "502", "503"]))\r\n" }
        let first = next(Self.ownFields.count)
        for step in 0..<next(4) { fields += Self.ownFields[(first + 5 * step) % Self.ownFields.count] }
        return Asking(route: route, method: method, target: path, fields: fields, body: hasBody ? "a=1&b=2" : "")
    }

    private static let ownFields = [
        "X-Mode: debug-on\r\n", "Cookie: z=9; a=8\r\n", "X-Forwarded-For: 192.0.2.1\r\n", "Accept-Encoding: gzip\r\n",
        "X-List: one\r\nX-List: two\r\n", "Referer: http://from.test/\r\n", "User-Agent: differ/1\r\n",
        "Authorization: Basic eDp5\r\n", "If-None-Match: \"e1\"\r\n", "X_Under: dropped\r\n", "Range: bytes=0-3\r\n",
        "If-Modified-Since: Thu, 01 Jan 1970 00:00:01 GMT\r\n", "Accept: text/html, */*;q=0.1\r\n",
    ]
}
