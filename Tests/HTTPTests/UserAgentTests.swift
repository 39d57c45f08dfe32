import HTTP
import Testing

/// Which browsers `keepalive_disable` means.
@Suite struct UserAgentTests {
    @Test(arguments: [
        ("MSIE 5.0", true), ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0)", true), ("MSIE 4.01", true),
        ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", false), ("MSIE 7.0", false), ("MSIE 5", false),
        ("MSIE 5.0 Opera 8", false), ("MSIE 10.0", false), ("", false), ("curl/8.0", false),
    ])
    func oldExplorer(_ value: String, _ answer: Bool) {
        #expect(UserAgent.isOldExplorer(Array(value.utf8).span) == answer)
    }

    @Test(arguments: [
        ("Mac OS X Safari/7534.48.3", true), ("Mac OS X Chrome/1 Safari/7534.48.3", false), ("Safari/1", false),
        ("Mac OS X", false), ("Gecko/1 Mac OS X Safari/1", false), ("", false),
    ])
    func macSafari(_ value: String, _ answer: Bool) {
        #expect(UserAgent.isMacSafari(Array(value.utf8).span) == answer)
    }
}
