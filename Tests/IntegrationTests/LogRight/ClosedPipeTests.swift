import TestGateway
import Testing

/// A log that is a pipe: lines arrive while somebody reads; when nobody does any more, that is said and survived.
struct ClosedPipeTests {
    @Test func itIsReportedAndSurvived() throws {
        let folder = try Folder()
        let pipe = try folder.makePipe("pipe")
        var settings = GatewaySettings(names: ["PIPE": folder["pipe"]])
        settings.accessLog = "log_format own '$request'; access_log %PIPE% own;"
        try Gateway.run(settings) { gateway in
            gateway.forbiddenLevels = ["emerg"]
            #expect(try gateway.get("/ok").status == 200)
            var text = ""
            try Wait.until("a line in the pipe") {
                text += pipe.read()
                return text.hasSuffix("\n")
            }
            #expect(text == "GET /ok HTTP/1.1\n")
            pipe.close()
            for _ in 0..<3 { #expect(try gateway.get("/ok").status == 200) }
            try gateway.awaitLine("write() to \"PIPE\" failed (32: Broken pipe)")
        }
    }
}
