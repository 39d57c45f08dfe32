import Bytes

/// The words of a cause, as the error log has them: nginx's, byte for byte, where nginx has words for it.
package enum CauseText {
    /// Appends the text of `cause`, without the phase.
    package static func append(_ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer) {
        switch cause.kind {
        case .connection(let kind): append(kind, cause, evidence, to: &out)
        case .response(let kind): append(kind, cause, evidence, to: &out)
        case .choice(let kind): append(kind, cause, evidence, to: &out)
        case .client(let kind): append(kind, cause, evidence, to: &out)
        case .request(let kind): append(kind, cause, evidence, to: &out)
        case .stream(let kind): append(kind, cause, evidence, to: &out)
        case .local(let kind): append(kind, cause, evidence, to: &out)
        }
    }

    /// Whether ` while …` and the context follow. nginx writes this one line without.
    static func standsAlone(_ cause: Cause) -> Bool { cause.kind == .client(.closedKeepalive) }

    /// Appends at most `limit` bytes of what came from the network; what would break or recolour a line of a log is
    /// written `\xHH`.
    package static func append(escaping bytes: Span<UInt8>, limit: Int = .max, to out: inout ByteBuffer) {
        var start = 0
        let end = min(bytes.count, limit)
        for index in 0..<end where bytes[index] < 0x20 || bytes[index] == 0x7f {
            out.append(bytes.extracting(start..<index))
            out.append("\\x")
            out.append(hexDigit: bytes[index] >> 4, upper: true)
            out.append(hexDigit: bytes[index] & 15, upper: true)
            start = index + 1
        }
        out.append(bytes.extracting(start..<end))
    }

    // MARK: pieces that several texts share

    /// `WORDS"EVIDENCE"`
    static func quoted(_ words: StaticString, _ piece: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(words)
        out.append(0x22)
        append(escaping: piece, to: &out)
        out.append(0x22)
    }

    /// `WORDS"EVIDENCE\xHH..."`: a line up to the byte that is wrong, which is shown by its number.
    static func broken(_ words: StaticString, _ piece: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(words)
        out.append(0x22)
        if !piece.isEmpty {
            append(escaping: piece.extracting(0..<piece.count - 1), to: &out)
            out.append("\\x")
            out.append(hexDigit: piece[piece.count - 1] >> 4)
            out.append(hexDigit: piece[piece.count - 1] & 15)
        }
        out.append("...\"")
    }

    /// `WORDS"FIRST", previous value: "SECOND"`
    static func twice(_ words: StaticString, _ evidence: borrowing Evidence, to out: inout ByteBuffer) {
        quoted(words, evidence.first, to: &out)
        quoted(", previous value: ", evidence.second, to: &out)
    }

    /// `recv() failed (104: Connection reset by peer)`
    static func call(_ cause: Cause, to out: inout ByteBuffer) {
        out.append(cause.operation.name)
        out.append("() failed")
        SystemError.append(cause.errno, to: &out)
    }

    /// `open() "PATH" failed (2: No such file or directory)`
    static func call(_ cause: Cause, on path: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(cause.operation.name)
        quoted("() ", path, to: &out)
        out.append(" failed")
        SystemError.append(cause.errno, to: &out)
    }

    /// `SSL_read() failed (SSL: error:0A000119:SSL routines::…)`
    static func tls(_ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer) {
        out.append(cause.operation.name)
        out.append("() failed (SSL:")
        if !evidence.isEmpty { out.append(ASCII.space) }
        append(escaping: evidence.first, to: &out)
        out.append(0x29)
    }

    /// `(18:self-signed certificate)`
    static func verify(_ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer) {
        out.append(0x28)
        out.append(decimal: cause.number)
        out.append(ASCII.colon)
        append(escaping: evidence.first, to: &out)
        out.append(0x29)
    }

    /// `WORDS`, then the number.
    static func numbered(_ words: StaticString, _ cause: Cause, to out: inout ByteBuffer) {
        out.append(words)
        out.append(decimal: cause.number)
    }
}
