import Bytes

/// Comparing entity tags (RFC 9110 §8.8.3).
package enum EntityTag {
    /// Whether the value of If-Match or If-None-Match names the tag, which is empty where there is none: `*`, or a
    /// list.
    ///
    /// - Parameters:
    ///   - weakly: whether `W/` before a tag does not count
    package static func matches(_ list: Span<UInt8>, _ tag: Span<UInt8>, weakly: Bool) -> Bool {
        if list.equals("*") { return true }
        let tag = weakly ? withoutMark(tag) : tag
        if tag.isEmpty { return false }
        var index = 0
        while index < list.count {
            while index < list.count && (list[index] == ASCII.space || list[index] == 0x2c) { index += 1 }
            let end = endOfTag(list, from: index)
            let listed = list.extracting(index..<end)
            if (weakly ? withoutMark(listed) : listed).equals(tag) { return true }
            index = end + 1
        }
        return false
    }

    /// The tag without the `W/` that makes it a weak one.
    @_lifetime(copy tag)
    private static func withoutMark(_ tag: Span<UInt8>) -> Span<UInt8> {
        tag.starts(with: "W/") ? tag.extracting(2..<tag.count) : tag
    }

    /// Where the member of a list that begins at `start` ends. A comma within quotes belongs to the tag.
    private static func endOfTag(_ list: Span<UInt8>, from start: Int) -> Int {
        var index = start
        var isQuoted = false
        while index < list.count {
            if list[index] == 0x22 { isQuoted.toggle() }
            if !isQuoted && (list[index] == 0x2c || list[index] == ASCII.space) { break }
            index += 1
        }
        return index
    }
}
