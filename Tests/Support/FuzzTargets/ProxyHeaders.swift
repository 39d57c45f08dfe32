import Bytes
import HTTP

/// What a load balancer sends first.
enum ProxyHeaders {
    static func play(_ input: Span<UInt8>) {
        let whole = read(input, Cuts(none: input))
        let cut = read(input, Cuts(random: input))
        precondition(whole == cut, "a PROXY protocol header that was cut is read differently")
        checkAgain(whole)
        if input.count > 600 { return }
        let single = read(input, Cuts(each: input))
        precondition(whole == single, "a PROXY protocol header that came byte by byte is read differently")
    }

    /// What is quoted of a refused header is as much as had arrived, so that it is not compared.
    private static func read(_ input: Span<UInt8>, _ cuts: consuming Cuts) -> ProxyHeaderProgress {
        var progress = ProxyHeaderProgress.incomplete
        while progress == .incomplete, let end = cuts.next() {
            progress = ProxyHeader.parse(input.extracting(0..<end))
        }
        switch progress {
        case .refused(.broken(let range)):
            precondition(range.end <= input.count, "what is quoted lies outside")
            return .refused(.broken(.empty))
        case .complete(let header, let end):
            precondition(end <= input.count && header.values.end <= end, "a header reaches beyond its end")
            precondition((header.source == nil) == (header.destination == nil), "half of a connection")
            precondition(header.source?.isIPv6 == header.destination?.isIPv6, "two address families")
        case .incomplete:
            precondition(input.count < ProxyHeader.limitBytes, "a header without a bound")
        case .refused: break
        }
        return progress
    }

    /// The addresses, written as a header of version 2, are the same addresses.
    private static func checkAgain(_ progress: ProxyHeaderProgress) {
        guard case .complete(let header, _) = progress, let source = header.source,
            let destination = header.destination
        else { return }
        let count = source.isIPv6 ? 16 : 4
        var bytes = Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [0x21, source.isIPv6 ? 0x21 : 0x11, 0, UInt8(2 * count + 4)]
        for address in [source, destination] {
            if source.isIPv6 { bytes += bigEndian(address.high, 8) }
            bytes += bigEndian(address.low, min(count, 8))
        }
        bytes += bigEndian(UInt64(source.port), 2) + bigEndian(UInt64(destination.port), 2)
        guard case .complete(let again, let end) = ProxyHeader.parse(bytes.span), end == bytes.count else {
            preconditionFailure("a header that was taken is refused as version 2")
        }
        precondition(
            again.source == source && again.destination == destination, "a header says something else as version 2")
    }

    private static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}
