import HTTP
import Testing

/// The statuses and words of refusals, as nginx 1.31.5 has them.
@Suite struct RefusalTests {
    @Test func requests() {
        let statuses = Dictionary(grouping: RequestRefusal.allCases, by: \.status).mapValues(\.count)
        #expect(statuses == [400: 13, 405: 2, 414: 1, 494: 3, 501: 1, 505: 1])
        for refusal in RequestRefusal.allCases { #expect("\(refusal.text)".hasPrefix("client sent ")) }
        let quoting = RequestRefusal.allCases.filter { "\($0.text)".hasSuffix(": ") }
        #expect(
            quoting == [
                .tooLongFieldLine, .invalidFieldLine, .duplicateHost, .duplicateField, .unknownTransferEncoding,
            ])
    }

    @Test func responses() {
        for refusal in ResponseRefusal.allCases { #expect("\(refusal.text)".hasPrefix("upstream sent ")) }
        let quoting = ResponseRefusal.allCases.filter { "\($0.text)".hasSuffix(": ") }
        #expect(quoting == [.invalidFieldLine, .duplicateField, .invalidContentLength, .unknownTransferEncoding])
    }

    @Test func chunks() {
        for refusal in ChunkRefusal.allCases { #expect("\(refusal.responseText)".hasPrefix("upstream sent ")) }
        #expect("\(ChunkRefusal.invalidChunk.requestText)" == "client sent invalid chunked body")
    }

    @Test func trailersThatMayTrail() {
        #expect(Trailers.mayTrail(.none) && Trailers.mayTrail(.etag) && Trailers.mayTrail(.proxyStatus))
        #expect(!Trailers.mayTrail(.contentLength) && !Trailers.mayTrail(.host) && !Trailers.mayTrail(.trailer))
    }
}
