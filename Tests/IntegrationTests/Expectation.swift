import TestGateway
import Testing

extension Gateway {
    /// Asks for a fault, and expects this status, this error type of RFC 9209 and exactly this error line, to which
    /// `context` is added. Returns the response for whatever else there is to look at.
    @discardableResult
    func expect(
        _ fault: String, _ status: Int, _ type: String, _ line: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Response {
        let response = try strike(fault)
        #expect(response.status == status, "\(fault)", sourceLocation: sourceLocation)
        #expect(response.errorType == type, "\(fault)", sourceLocation: sourceLocation)
        #expect(newErrors() == [line + context("/fault/" + fault)], sourceLocation: sourceLocation)
        return response
    }

    /// Asks for a fault that strikes once the head is on its way: the client sees a part, and exactly this line is
    /// written.
    @discardableResult
    func expectCut(
        _ fault: String, _ line: String, end: Client.End = .fin, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Response {
        let response = try strike(fault)
        #expect(response.status == 200, "\(fault)", sourceLocation: sourceLocation)
        // Over TLS a cut is seen by what is missing before the FIN, over HTTP/2 it is a RST_STREAM.
        let seen: Client.End = wires.clients.isHTTP2 ? .reset : end
        let isSeen = response.end == .cut(seen) || wires.clients == .tls && response.end == .cut(.truncated)
        #expect(isSeen, "\(fault): \(response.end)", sourceLocation: sourceLocation)
        #expect(newErrors() == [line + context("/fault/" + fault)], sourceLocation: sourceLocation)
        return response
    }
}

extension Response {
    /// The error type in Proxy-Status.
    var errorType: String? {
        guard let value = self["Proxy-Status"] ?? trailers.first(where: { $0.name == "Proxy-Status" })?.value else {
            return nil
        }
        return value.split(separator: "; error=", maxSplits: 1).last.map { String($0.prefix { $0 != ";" }) }
    }
}
