import Bytes

/// Browsers whose connections had better be closed (nginx: keepalive_disable).
package enum UserAgent {
    /// Internet Explorer 4 to 6, as far as it did not come with Windows XP's second service pack; not Opera, which
    /// called itself so too.
    package static func isOldExplorer(_ value: Span<UInt8>) -> Bool {
        guard let start = find("MSIE ", in: value), start + 7 < value.count, value[start + 6] == 0x2e,
            find("Opera", in: value) == nil
        else { return false }
        switch value[start + 5] {
        case 0x34, 0x35: return true
        case 0x36: return find("SV1", in: value.extracting(start + 8..<value.count)) == nil
        default: return false
        }
    }

    /// Safari on a Mac, and nothing that only says so.
    package static func isMacSafari(_ value: Span<UInt8>) -> Bool {
        find("MSIE ", in: value) == nil && find("Opera", in: value) == nil && find("Gecko/", in: value) == nil
            && find("Chrome/", in: value) == nil && find("Safari/", in: value) != nil
            && find("Mac OS X", in: value) != nil
    }

    private static func find(_ word: StaticString, in value: Span<UInt8>) -> Int? {
        var index = 0
        while index + word.utf8CodeUnitCount <= value.count {
            if value.extracting(index..<value.count).starts(with: word) { return index }
            index += 1
        }
        return nil
    }
}
