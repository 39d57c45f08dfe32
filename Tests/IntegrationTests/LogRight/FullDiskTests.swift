import TestGateway
import Testing

/// A full disk under the access log is said in the error log, and costs no request.
struct FullDiskTests {
    @Test func itIsReportedAndSurvived() throws {
        var settings = GatewaySettings()
        settings.accessLog = "access_log /dev/full;"
        try Gateway.run(settings) { gateway in
            gateway.forbiddenLevels = ["emerg"]
            for _ in 0..<3 { #expect(try gateway.get("/ok").status == 200) }
            try gateway.awaitLine("write() to \"/dev/full\" failed (28: No space left on device)")
        }
    }

    @Test func underTheErrorLogItIsSurvived() throws {
        var settings = GatewaySettings("location / { error_log /dev/full; proxy_pass http://%REFUSING%; }")
        settings.accessLog = "access_log access.log;"
        try Gateway.run(settings) { gateway in
            for _ in 0..<3 { #expect(try gateway.get("/").status == 502) }
            let lines = try gateway.access(3)
            #expect(lines.count == 3)
        }
    }
}
