import Bytes
import Configuration

/// What routing itself needs of one location: runs in the table's arrays, and values.
struct ScopeEntry: Sendable {
    // Finding the location, and the phases
    var prefixes = Run()
    var patterns = Run()
    var hasRedirects = false
    /// In `namedLocations`; only a server's own scope has them.
    var named = Run()
    var name = ByteRange.empty
    var skipsPatterns = false
    var isInternal = false
    /// Where its rewrite steps begin; −1 for none.
    var program: Int32 = -1
    /// Methods that `limit_except` lets through.
    var limitedMethods = Run()
    /// The scope for all other methods; −1 for none.
    var limitScope: Int32 = -1
    var accessRules = Run()
    var trusted = Run()
    /// Of `real_ip_header`, in lower case; empty for the PROXY protocol.
    var realIPHeader = ByteRange.empty
    var realIPIsRecursive = false
    var candidates = Run()
    var fallback = FileFallback.status(404)
    var errorPages = Run()
    var recursesErrorPages = false

    // Proxying
    var content = Content.files
    var group: Int32 = -1
    var isTLS = false
    var proxyHost = ByteRange.empty
    var proxyPort = ByteRange.empty
    /// Of a literal `proxy_pass`.
    var proxyURI = ByteRange.empty
    var hasProxyURI = false
    /// How many bytes of the URI the location's name is, for `proxyURI` to replace.
    var replacedCount = 0
    /// A `proxy_pass` with variables.
    var proxyURL = Value.empty
    var method: Value?
    var body: Value?
    /// `proxy_set_header`, but for Host.
    var setFields = Run()
    var setHost: Value?
    /// Fields of the client that are not passed on because they are set.
    var replacedFields = KnownFieldSet()
    /// The names of those that are no known field.
    var replacedNames = NameTable()
    var passesRequestHeaders = true
    /// Whether `proxy_set_header` passes upgrades on, as far as the client asks for them.
    var passesUpgrade = false
    var version = ProxyVersion.http11

    // The response's head
    var hiddenFields = KnownFieldSet()
    var hiddenNames = NameTable()
    var redirects = Run()
    var cookieDomains = Run()
    var cookiePaths = Run()
    var cookieFlags = Run()
    /// Whether any rule of cookies is there.
    var editsCookies: Bool { !cookieDomains.isEmpty || !cookiePaths.isEmpty || !cookieFlags.isEmpty }
    var passesTrailers = false
    var addedFields = Run()
    var addedTrailers = Run()
    /// Whether an added field is set in place of the response's own.
    var replacesLastModified = false
    var replacesETag = false
    var expires = ExpiresEntry.off
    var serverTokens = ServerTokens.on
    var makesAbsolute = true
    var usesServerName = false
    var showsPort = true
    var keepAliveHeaderSeconds = 0
    var earlyHints = Run()
    var limitRate: Value?
    var limitRateAfter: Value?
    var proxyLimitRate: Value?

    // Files and logs
    var types = NameTable()
    var defaultType = ByteRange.empty
    var root = Value.empty
    /// With `alias`: bytes of the URI that it replaces; −1 for `root`, −2 where it replaces all.
    var aliasedBytes: Int32 = -1
    var files = FileRules()
    var accessLogs = Run()
    var logsRewriting = false
    var warnsUninitialized = true

    enum Content: UInt8, Sendable { case files, stubStatus, upstreamStatus, metrics, group, url }
}

/// A set of known fields.
struct KnownFieldSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    func contains(_ known: UInt8) -> Bool {
        (known < 64 ? low &>> UInt64(known) : high &>> UInt64(known & 63)) & 1 == 1
    }

    mutating func insert(_ known: UInt8) {
        precondition(known < 128, "there are fewer than 128 known fields")
        if known < 64 { low |= 1 << UInt64(known) } else { high |= 1 << UInt64(known - 64) }
    }
}

/// A compiled `expires`.
enum ExpiresEntry: Sendable {
    case off
    case epoch
    case maximum
    /// Seconds from the time of the response, or from the resource's last change.
    case after(Int, modified: Bool)
    case daily(Int)
    case variable(Value, modified: Bool)
}

/// One `proxy_set_header`.
struct SetField: Sendable {
    var name: ByteRange
    var value: Value
    var known: UInt8
}

/// One `add_header` or `add_trailer`.
struct AddedFieldEntry: Sendable {
    var name: ByteRange
    var value: Value
    var known: UInt8
    var always: Bool
    /// Whether the value asks for fields of this same head that stand before it.
    var readsSentHead: Bool
}

/// One rule of `proxy_redirect`, `proxy_cookie_domain` or `proxy_cookie_path`.
struct RewriteEntry: Sendable {
    /// −1 where `match` is what is compared.
    var pattern: Int32
    var match: Value
    var replacement: Value
}

/// One `proxy_cookie_flags`.
struct CookieFlagEntry: Sendable {
    var pattern: Int32
    var match: Value
    /// In `cookieFlagValues`.
    var flags: Run
}

/// One `access_log`.
struct AccessLogEntry: Sendable {
    /// In `formats`.
    var format: Int32
    var condition: Value?
    /// The path where it has variables.
    var path: Value?
}

/// One `log_format`.
struct FormatEntry: Sendable {
    var escape: LogEscape
    /// In `operations`.
    var operations: Run
}

/// One compiled `map`.
struct MapTable: Sendable {
    var source: Value
    /// Keys, and the bare names of `.example.com`, to `mapValues`.
    var exact = NameTable()
    var suffixes = NameTable()
    var starts = NameTable()
    /// In `mapPatterns`.
    var patterns = Run()
    /// In `mapValues`.
    var fallback: Int32 = 0
    var hostnames = false
    var isVolatile = false
}
