/// Which file a path meant when it was read: a replaced or rewritten file has another one.
package struct TLSFileStamp: Equatable, Sendable {
    package let modifiedNanoseconds: Int64
    package let inode: UInt64

    /// From `stat`.
    package init(modifiedNanoseconds: Int64, inode: UInt64) {
        self.modifiedNanoseconds = modifiedNanoseconds
        self.inode = inode
    }
}

/// Certificates whose names have variables, read while connections come (nginx: ssl_certificate_cache).
///
/// One a worker; at most `limit` pairs, of which the one unused for longest goes first.
package struct TLSIdentityCache {
    private struct Entry {
        let pair: TLSPair
        var identity: TLSIdentity
        var certificate: TLSFileStamp?
        var key: TLSFileStamp?
        var checkedSeconds: Int
        var usedSeconds: Int
    }

    private let limit: Int
    private let validSeconds: Int
    private let inactiveSeconds: Int
    /// The one used last comes last.
    private var entries: [Entry] = []

    /// A cache of nothing.
    ///
    /// - Parameters:
    ///   - limit: pairs, at least 1 (nginx: max=).
    ///   - validSeconds: how long files are not looked at again (nginx: valid=).
    ///   - inactiveSeconds: how long a pair may lie unused (nginx: inactive=).
    package init(limit: Int, validSeconds: Int = 60, inactiveSeconds: Int = 10) {
        precondition(limit > 0, "a cache has room for one pair at least")
        self.limit = limit
        self.validSeconds = validSeconds
        self.inactiveSeconds = inactiveSeconds
    }

    /// Pairs that are kept now.
    package var count: Int { entries.count }

    /// The pair, read from its files where it is not known, or where they have changed since.
    ///
    /// - Parameters:
    ///   - now: seconds of any steady clock.
    ///   - stamp: what a path means now; nil where there is no such file.
    /// - Throws: nginx's words where a file cannot be read; nothing of the pair is kept then.
    package mutating func identity(
        for pair: TLSPair, passwords: [[UInt8]] = [], now: Int, stamp: (String) -> TLSFileStamp?
    ) throws(TLSSetupError) -> TLSIdentity {
        entries.removeAll { now - $0.usedSeconds > inactiveSeconds && $0.pair != pair }
        if let index = entries.firstIndex(where: { $0.pair == pair }) {
            var entry = entries.remove(at: index)
            if now - entry.checkedSeconds > validSeconds {
                let (certificate, key) = Self.stamps(pair, stamp)
                if certificate != entry.certificate || key != entry.key || !entry.identity.matches {
                    entry.identity = try TLSIdentity(pair, passwords: passwords)
                    (entry.certificate, entry.key) = (certificate, key)
                }
                entry.checkedSeconds = now
            }
            entry.usedSeconds = now
            entries.append(entry)
            return entry.identity
        }
        let (certificate, key) = Self.stamps(pair, stamp)
        let identity = try TLSIdentity(pair, passwords: passwords)
        if entries.count == limit { entries.removeFirst() }
        entries.append(
            Entry(
                pair: pair, identity: identity, certificate: certificate, key: key, checkedSeconds: now,
                usedSeconds: now))
        return identity
    }

    private static func stamps(
        _ pair: TLSPair, _ stamp: (String) -> TLSFileStamp?
    ) -> (certificate: TLSFileStamp?, key: TLSFileStamp?) {
        (
            pair.certificate.hasPrefix("data:") ? nil : stamp(pair.certificate),
            pair.key.hasPrefix("data:") ? nil : stamp(pair.key)
        )
    }
}
