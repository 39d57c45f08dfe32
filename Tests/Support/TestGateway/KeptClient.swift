/// A client among many: it can be kept in an array.
package final class KeptClient {
    private var client: Client

    package init(_ client: consuming Client) { self.client = client }

    /// Sends a request for `target`.
    package func send(_ target: String) { client.get(target) }

    /// Sends a request for `target` and reads its response.
    package func ask(_ target: String) throws -> Response {
        client.get(target)
        return try client.response()
    }

    /// The next response.
    package func response() throws -> Response { try client.response() }

    /// The head of the next response, and whatever else came with it.
    package func begin() throws -> String { try client.read(through: "\r\n\r\n") }

    /// Whether anything comes within `milliseconds`.
    package func hears(within milliseconds: Int) -> Bool { client.hears(within: milliseconds) }
}
