import FaultyUpstream
import Synchronization
import TestGateway
import Testing

/// The same faults through Postern and through Debian's nginx: the same status, and the same error lines in the same
/// words, but for what is listed in `Difference.all`.
struct FaultDifferentialTests {
    /// Faults of connecting are met at locations that carry their names.
    private static let places: [(Place, address: String)] = [
        (.refusingPort, "%REFUSING%"), (.fullPort, "%FULL%"), (.missingPath, "unix:%FOLDER%/missing.sock"),
        (.refusingPath, "unix:%FOLDER%/refused.sock"), (.fullPath, "unix:%FOLDER%/full.sock"),
    ]

    private static let faults = FaultTable.all.filter { fault in
        // A second request on the connection is what these are about.
        if fault.group == .reuse || fault.name.hasSuffix("-body-late") { return false }
        // These come to one of two things, as the kernel has it.
        if fault.name == "early-413-reset" { return false }
        // Root may write where nobody else may, so that what happens depends on who runs the test.
        return fault.name != "unix-forbidden"
    }

    private static var settings: GatewaySettings {
        var server = """
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_connect_timeout 1s;
            proxy_read_timeout 1s;
            proxy_next_upstream off;
            location / { proxy_pass http://%UPSTREAM%; }

            """
        for (place, address) in places {
            guard let fault = faults.first(where: { $0.place == place }) else { continue }
            server += "location /fault/\(fault.name) { proxy_pass http://\(address); }\n"
        }
        return GatewaySettings(server)
    }

    private static func observations(of path: String?) throws -> [String: Observation] {
        var settings = settings
        if let path {
            settings.other = (path, "start worker process")
            settings.errorLog = "error_log error.log notice;"
        }
        return try Gateway.run(settings) { try $0.observe(faults) }
    }

    @Test func theSameFaultsComeToTheSame() throws {
        let programs: [String?] = [nil, "/usr/sbin/nginx"]
        let seen = Mutex<[[String: Observation]]>([[:], [:]])
        try Together.run(2) { index in
            let observed = try Self.observations(of: programs[index])
            seen.withLock { $0[index] = observed }
        }
        let (postern, nginx) = seen.withLock { ($0[0], $0[1]) }
        for fault in Self.faults {
            let (ours, theirs) = (try #require(postern[fault.name]), try #require(nginx[fault.name]))
            let difference = Difference.all.first { $0.faults.contains(fault.name) }
            switch difference?.because {
            case nil: #expect(ours == theirs, "\(fault.name)\n    nginx: \(theirs)\n    Postern: \(ours)")
            case .divergence: #expect(ours != theirs, "\(fault.name) is the same in both, but listed as a divergence")
            case .newerNginx: break
            }
        }
        #expect(Self.faults.count > 200)
    }

    /// A divergence that is listed has its row in the document, and each name is a fault's.
    @Test func eachDifferenceHasItsRow() throws {
        let root = String(#filePath.split(separator: "/Tests/")[0])
        let document = Folder.text(of: root + "/docs/divergences.md")
        let rows = document.split(separator: "\n").map { $0.split(separator: "|").map { $0.trimmingPrefix(" ") } }
        for difference in Difference.all {
            if case .divergence(let when) = difference.because {
                #expect(rows.contains { $0.count > 1 && $0[1].hasPrefix(when + " ") }, "no row: \(when)")
            }
            for name in difference.faults { #expect(FaultTable.named(name) != nil, "no such fault: \(name)") }
        }
    }
}
