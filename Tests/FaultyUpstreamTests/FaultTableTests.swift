import Testing

@testable import FaultyUpstream

/// The table as a whole.
struct FaultTableTests {
    @Test func namesAreUniqueAndFitForPaths() {
        let names = FaultTable.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.utf8.allSatisfy { $0 < 0x7f && (ASCIIByte.isLetterOrDigit($0) || $0 == 0x2d || $0 == 0x2e) })
            #expect(name == name.lowercased())
        }
    }

    @Test func noFaultHidesAGoodAnswer() {
        for path in [
            "ok", "echo", "upload", "counts", "bytes", "status", "slow", "chunked", "trailers", "sse", "ws",
            "early-hints",
        ] {
            #expect(FaultTable.named(path) == nil)
        }
    }

    @Test func everyGroupHasFaults() {
        for group in FaultGroup.allCases where group != .own { #expect(!FaultTable.of(group).isEmpty, "\(group)") }
    }

    @Test func everyFaultCanBePlayedAtTheBoundsOfItsParameters() {
        for fault in FaultTable.all where fault.place == nil {
            let least = Dictionary(uniqueKeysWithValues: fault.defaults.keys.map { ($0, $0.least) })
            let most = Dictionary(uniqueKeysWithValues: fault.defaults.keys.map { ($0, $0.limit) })
            #expect(!fault.steps(least).isEmpty)
            #expect(!fault.steps(most).isEmpty)
        }
    }

    @Test func aDelayComesBeforeTheFirstThingDone() {
        let fault = FaultTable.named("fin-in-status-line")
        #expect(
            fault?.steps([.delay: 300]) == [.readAll, .sleep(milliseconds: 300), .send("HTTP/1.1 20"), .finish])
        #expect(FaultTable.named("reset-at-accept")?.steps([.delay: 5]) == [.sleep(milliseconds: 5), .reset])
    }

    @Test func aSettingReplacesADefault() {
        let steps = FaultTable.named("length-cut-reset")?.steps([.bytes: 7])
        #expect(steps?.contains(.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + .repeated("x", 7))) == true)
    }

    @Test func aSlipOfTheKeysIsRecognised() {
        #expect(FaultTable.nearest(to: "reset-after-requets") == "reset-after-request")
        #expect(FaultTable.nearest(to: "zzzzzzzzzzzzzzzz") == nil)
    }

    @Test func expectationsReadAsText() {
        #expect(Expected.cuts(200, .responseIncomplete).text == "200, then cut: http_response_incomplete")
        #expect(Expected.either(.good, .protocolError).text == "200 or 502 http_protocol_error")
    }
}
