/// A response head: the line, the fields as they stand, a blank line. Latin-1, nothing checked.
func head(_ fields: String..., line: String = "HTTP/1.1 200 OK") -> Payload { head(fields, line: line) }

func head(_ fields: [String], line: String = "HTTP/1.1 200 OK") -> Payload {
    Payload(([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n")
}

/// A whole response: after `fields` its Content-Length, then the body.
func answer(_ body: String = "ok\n", _ fields: String..., line: String = "HTTP/1.1 200 OK") -> Payload {
    answer(body, fields: fields, line: line)
}

func answer(_ body: String, fields: [String], line: String) -> Payload {
    head(fields + ["Content-Length: \(body.unicodeScalars.count)"], line: line) + Payload(body)
}

/// The steps that most faults consist of: read the request, send these bytes, end so.
func reply(_ bytes: Payload, _ end: Step = .finish) -> [Step] { [.readAll, .send(bytes), end] }

/// The same with a pause before the end, so that the gateway has looked at the bytes when the end comes.
func replyThenPause(_ bytes: Payload, _ end: Step) -> [Step] { [.readAll, .send(bytes), pause, end] }

let pause = Step.sleep(milliseconds: 100)
let chunkedHead = head("Transfer-Encoding: chunked")
/// `ok` and a line feed in one chunk, and the last chunk.
let chunkedOK: Payload = "3\r\nok\n\r\n0\r\n\r\n"

extension Expected {
    static let protocolError = Expected.fails(502, .protocolError)
    static let terminated = Expected.fails(502, .connectionTerminated)
    static let incomplete = Expected.fails(502, .responseIncomplete)
    static let badCoding = Expected.fails(502, .transferCoding)
    static let late = Expected.fails(504, .responseTimeout)
    static let good = Expected.passes(200)
    static let cutShort = Expected.cuts(200, .responseIncomplete)
    static let cutByTimeout = Expected.cuts(200, .connectionReadTimeout)
}

extension Step {
    /// Hold the connection open until the peer closes.
    static let held = Step.hold(milliseconds: nil)
}
