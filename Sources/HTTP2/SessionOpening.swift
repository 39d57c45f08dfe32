import Bytes

/// How a client begins: with its preface, and a SETTINGS frame behind it (RFC 9113 §3.4).
extension HTTP2Session {
    /// A frame's header, and an empty SETTINGS frame.
    private static var frameHeaderBytes: Int { 9 }

    /// Takes the first bytes of a client until it is known what its first frame is.
    ///
    /// Some clients leave SETTINGS out, or acknowledge ours first, and mean the initial values; nginx serves them, and
    /// so does this. The library would end the connection, so it is given the empty SETTINGS that was meant, and what
    /// it says to that is kept from the client.
    ///
    /// - Returns: how many bytes were taken, or the library's error
    mutating func open(_ bytes: Span<UInt8>) -> Int {
        var preface = ByteBuffer()
        preface.append(Preface.text)
        let wanted = preface.count + Self.frameHeaderBytes
        let count = min(bytes.count, wanted - opening.count)
        opening.append(bytes.extracting(0..<count))
        let common = min(opening.count, preface.count)
        let isPreface = opening.span.extracting(0..<common).equals(preface.span.extracting(0..<common))
        if isPreface && opening.count < wanted { return count }
        hasOpened = true
        var begun = ByteBuffer()
        swap(&begun, &opening)
        if !isPreface { return min(0, library.receive(begun.span, cell)) }
        let first = begun.span.extracting(droppingFirst: preface.count)
        let hasSettings = first[3] == FrameType.settings && first[4] & FrameType.endOrAck == 0
        if !hasSettings {
            preface.append([0, 0, 0, FrameType.settings, 0, 0, 0, 0, 0].span)
            let taken = library.receive(preface.span, cell)
            if taken < 0 { return taken }
            pump()
            sink.output.truncate(to: sink.output.count - Self.frameHeaderBytes)
            let rest = library.receive(first, cell)
            return rest < 0 ? rest : count
        }
        let taken = library.receive(begun.span, cell)
        return taken < 0 ? taken : count
    }
}
