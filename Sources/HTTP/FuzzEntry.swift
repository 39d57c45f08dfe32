import Bytes

/// What a fuzzer calls: each function runs one parser over any bytes and checks what must hold for all of them.
///
/// A message must mean the same however it was cut on its way, so each parser reads the bytes whole, cut at places
/// that the bytes themselves choose, and (short ones) one by one. A difference traps.
public enum FuzzEntry {
    /// A client's head.
    public static func requestHead(_ input: Span<UInt8>) {
        var table = FieldTable(limit: 100)
        let limits = RequestLimits(
            requestLineLimitBytes: 512, fieldLineLimitBytes: 512, headLimitBytes: 2048, fieldLimit: 64,
            ignoresInvalidNames: input.count & 1 == 0, allowsUnderscores: input.count & 2 == 0)
        let whole = requestOutcome(input, Cuts(none: input), &table, limits)
        let cut = requestOutcome(input, Cuts(random: input), &table, limits)
        precondition(whole.span.equals(cut.span), "a request head that was cut is read differently")
        if input.count > 600 { return }
        let single = requestOutcome(input, Cuts(each: input), &table, limits)
        precondition(whole.span.equals(single.span), "a request head that came byte by byte is read differently")
    }

    /// An upstream's head.
    public static func responseHead(_ input: Span<UInt8>) {
        var table = FieldTable(limit: 100)
        let limits = ResponseLimits(headLimitBytes: 2048)
        let whole = responseOutcome(input, Cuts(none: input), &table, limits)
        let cut = responseOutcome(input, Cuts(random: input), &table, limits)
        precondition(whole.span.equals(cut.span), "a response head that was cut is read differently")
        if input.count > 600 { return }
        let single = responseOutcome(input, Cuts(each: input), &table, limits)
        precondition(whole.span.equals(single.span), "a response head that came byte by byte is read differently")
    }

    /// A chunked body with its trailers.
    public static func chunked(_ input: Span<UInt8>) {
        let whole = chunkedOutcome(input, Cuts(none: input))
        let cut = chunkedOutcome(input, Cuts(random: input))
        precondition(whole.span.equals(cut.span), "a chunked body that was cut is read differently")
        let single = chunkedOutcome(input, Cuts(each: input))
        precondition(whole.span.equals(single.span), "a chunked body that came byte by byte is read differently")
    }

    /// A path: what is normal stays as it is, and what was escaped again means the same.
    public static func target(_ input: Span<UInt8>) {
        var normal = ByteBuffer()
        let isValid = TargetNormalizer.append(input, mergesSlashes: true, to: &normal)
        if TargetNormalizer.isNormal(input) {
            precondition(isValid && normal.span.equals(input), "a normal path is changed")
        }
        if !isValid { return }
        var escaped = ByteBuffer()
        escaped.append(normal.span, escapedAs: .path)
        var again = ByteBuffer()
        let isValidAgain = TargetNormalizer.append(escaped.span, mergesSlashes: true, to: &again)
        precondition(isValidAgain && again.span.equals(normal.span), "an escaped path has another normal form")
    }

    // MARK: one reading

    private static func requestOutcome(
        _ input: Span<UInt8>, _ cuts: consuming Cuts, _ table: inout FieldTable, _ limits: RequestLimits
    ) -> ByteBuffer {
        var parser = RequestHeadParser()
        var progress = RequestHeadProgress.incomplete
        while progress == .incomplete, let end = cuts.next() {
            progress = parser.parse(input.extracting(0..<end), fields: &table, limits: limits)
        }
        var outcome = ByteBuffer()
        outcome.append(text: "\(progress)")
        guard case .complete = progress else { return outcome }
        outcome.append(
            text: "\(parser.method)\(parser.version)\(parser.path)\(parser.arguments)\(parser.requestURI)"
                + "\(parser.isPathNormal)\(parser.framing)\(String(describing: parser.host))\(parser.connection)")
        if parser.targetForm == .origin {
            let target = OriginTarget(input, parser.target)
            precondition(
                target?.path == parser.path && target?.arguments == parser.arguments
                    && target?.isPathNormal == parser.isPathNormal, "two opinions on a target")
        }
        append(table, to: &outcome)
        return outcome
    }

    private static func responseOutcome(
        _ input: Span<UInt8>, _ cuts: consuming Cuts, _ table: inout FieldTable, _ limits: ResponseLimits
    ) -> ByteBuffer {
        var parser = ResponseHeadParser()
        var progress = ResponseHeadProgress.incomplete
        while progress == .incomplete, let end = cuts.next() {
            progress = parser.parse(input.extracting(0..<end), fields: &table, limits: limits)
        }
        var outcome = ByteBuffer()
        outcome.append(text: "\(progress)")
        guard case .complete = progress else { return outcome }
        outcome.append(
            text: "\(parser.version)\(parser.status)\(parser.statusText)\(parser.framing(for: .get))"
                + "\(parser.connection)\(parser.duplicateCount)")
        append(table, to: &outcome)
        return outcome
    }

    private static func append(_ table: borrowing FieldTable, to outcome: inout ByteBuffer) {
        for index in 0..<table.count {
            let entry = table[index]
            outcome.append(text: " \(entry.name)\(entry.value)\(entry.known) \(entry.marks)")
        }
    }

    private static func chunkedOutcome(_ input: Span<UInt8>, _ cuts: consuming Cuts) -> ByteBuffer {
        var decoder = ChunkedDecoder(trailerLimitBytes: 256)
        var trailer = ByteBuffer()
        var outcome = ByteBuffer()
        var offset = 0
        while let end = cuts.next() {
            steps: while true {
                switch decoder.step(input.extracting(0..<end), from: offset, trailer: &trailer) {
                case .data(let range):
                    precondition(range.start >= offset && !range.isEmpty, "body bytes out of their order")
                    outcome.append(input.part(range))
                    offset = range.end
                case .needMore:
                    offset = end
                    break steps
                case .end(let next):
                    outcome.append(text: " end at \(next)")
                    outcome.append(trailer.span)
                    return outcome
                case .refused(let refusal):
                    outcome.append(text: " refused \(refusal)")
                    outcome.append(trailer.span)
                    return outcome
                }
            }
        }
        return outcome
    }
}

/// The ends of the pieces in which bytes arrive; the last is the end of all.
struct Cuts: ~Copyable {
    private let count: Int
    private var last = -1
    private var seed: UInt64
    private let isEach: Bool

    /// All at once.
    init(none input: Span<UInt8>) { self.init(input, seed: 0, isEach: false) }

    /// At places that the bytes choose.
    init(random input: Span<UInt8>) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in input.indices { hash = (hash ^ UInt64(input[index])) &* 0x100_0000_01b3 }
        self.init(input, seed: hash | 1, isEach: false)
    }

    /// Byte by byte.
    init(each input: Span<UInt8>) { self.init(input, seed: 0, isEach: true) }

    private init(_ input: Span<UInt8>, seed: UInt64, isEach: Bool) {
        count = input.count
        self.seed = seed
        self.isEach = isEach
    }

    /// How many bytes have arrived at the next reading; nil after the last.
    mutating func next() -> Int? {
        if last == count { return nil }
        if isEach {
            last += 1
        } else if seed == 0 {
            last = count
        } else {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            last = min(count, max(last, 0) + 1 + Int(seed % 64))
        }
        return last
    }
}
