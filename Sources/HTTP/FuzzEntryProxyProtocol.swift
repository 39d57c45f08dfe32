import Bytes

extension FuzzEntry {
    /// What a load balancer sends first.
    public static func proxyHeader(_ input: Span<UInt8>) {
        let whole = proxyOutcome(input, Cuts(none: input))
        let cut = proxyOutcome(input, Cuts(random: input))
        precondition(whole == cut, "a PROXY protocol header that was cut is read differently")
        if input.count > 600 { return }
        let single = proxyOutcome(input, Cuts(each: input))
        precondition(whole == single, "a PROXY protocol header that came byte by byte is read differently")
    }

    /// What is quoted of a refused header is as much as had arrived, so that it is not compared.
    private static func proxyOutcome(_ input: Span<UInt8>, _ cuts: consuming Cuts) -> ProxyHeaderProgress {
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
        case .incomplete, .refused: break
        }
        return progress
    }
}
