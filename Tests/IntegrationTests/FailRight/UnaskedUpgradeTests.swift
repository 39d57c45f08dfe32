import TestGateway
import Testing

/// A 101 that nobody asked for opens no tunnel.
@Suite(.overWires, .about(.upgrade)) struct UnaskedUpgradeTests {
    @Test func itIsA502() throws {
        try Gateway.run { gateway in
            let response = try gateway.expect(
                "switch-unasked", 502, "http_upgrade_failed",
                """
                [error] upstream sent 101 response without being asked to upgrade \
                while reading response header from upstream
                """)
            #expect(!response.body.contains("TUNNEL"))
        }
    }
}
