/// A scope with settings of its own: the http context, a server's own scope, a location, an `if` or a `limit_except`.
///
/// All settings are resolved: what the scope did not set is inherited.
package struct LocationSettings: Sendable {
    /// Index of its server in `servers`; -1 for the http context.
    package internal(set) var server = -1
    /// Index of the enclosing scope; -1 for the http context.
    package internal(set) var parent = -1
    /// How it is chosen.
    package internal(set) var match = LocationMatch.http
    /// The locations directly inside.
    package internal(set) var children = LocationTable()
    /// Steps of the rewrite phase; not inherited.
    package internal(set) var steps: [RewriteStep] = []
    /// What makes the response where no step did; not inherited but by `if` and `limit_except`.
    package internal(set) var content = ContentHandler.files
    /// nginx: limit_except.
    package internal(set) var limitExcept: LimitExcept?
    /// nginx: internal.
    package internal(set) var isInternal = false
    /// nginx: try_files; not inherited.
    package internal(set) var tryFiles: TryFiles?

    /// Of the request's body.
    package internal(set) var body = RequestBodySettings()
    /// Of the response.
    package internal(set) var response = ResponseSettings()
    /// Of the client's connection.
    package internal(set) var keepAlive = KeepAliveSettings()
    /// Of static files.
    package internal(set) var files = FileSettings()
    /// Who may come.
    package internal(set) var access = AccessSettings()
    /// Whose word about the client is taken.
    package internal(set) var realIP = RealIPSettings()
    /// What is logged.
    package internal(set) var logs = LogSettings()
    /// Name servers.
    package internal(set) var resolver = ResolverSettings()
    /// How the server refers to itself.
    package internal(set) var redirect = RedirectSettings()
    /// Of proxying.
    package internal(set) var proxy = ProxySettings()
    /// Where the block begins.
    package internal(set) var position: SourcePosition
}

/// How a location is chosen.
package enum LocationMatch: Equatable, Sendable {
    case http
    /// The scope of the server itself.
    case server
    /// `= /uri`.
    case exact([UInt8])
    /// `/uri`, or `^~ /uri` where regular expressions are not tried after it.
    case prefix([UInt8], skipsPatterns: Bool)
    /// `~` or `~*`: an index in `patterns`.
    case pattern(Int)
    /// `@name`, with the `@`.
    case named([UInt8])
    case ifBlock
    case limitExcept

    /// The location's name as far as it is one: what `proxy_pass` with a URI and `alias` replace.
    package var name: [UInt8] {
        switch self {
        case .exact(let name), .prefix(let name, _), .named(let name): return name
        case .http, .server, .pattern, .ifBlock, .limitExcept: return []
        }
    }
}

/// The locations inside a scope, as indices in `locations`.
package struct LocationTable: Equatable, Sendable {
    /// `=` and prefix locations in the order of the file; the longest prefix wins, an exact one before it.
    package internal(set) var prefixes: [Int] = []
    /// In the order of the file; the first that matches wins.
    package internal(set) var patterns: [Int] = []
    /// `@name` locations; only a server's own scope has them.
    package internal(set) var named: [Int] = []
}

/// What makes a response.
package enum ContentHandler: Equatable, Sendable {
    case files
    case proxy(ProxyTarget)
    case stubStatus
    /// What the process knows of itself.
    case report(ReportKind)
}

/// Who a report is for.
package enum ReportKind: UInt8, Equatable, Sendable {
    /// Postern: upstream_status; people and their scripts, in JSON.
    case upstreams
    /// Postern: metrics; Prometheus, in its text format.
    case metrics
}

/// nginx: limit_except.
package struct LimitExcept: Equatable, Sendable {
    /// Methods that are let through; HEAD where GET is.
    package let methods: [[UInt8]]
    /// The scope whose settings apply to all others.
    package let location: Int
}

/// Of the request body.
package struct RequestBodySettings: Sendable {
    /// nginx: client_max_body_size; 0 for no limit.
    package internal(set) var limitBytes = 1_048_576
    /// nginx: client_body_buffer_size.
    package internal(set) var bufferBytes = 8192
    /// nginx: client_body_timeout; between two reads.
    package internal(set) var timeout = 60_000
    /// nginx: client_body_in_file_only.
    package internal(set) var fileUse = BodyFileUse.whereNeeded
    /// Full path of the directory for bodies that do not fit.
    package internal(set) var temporaryPath = ""
}

/// nginx: client_body_in_file_only: which request bodies are written to a file.
package enum BodyFileUse: Equatable, Sendable {
    /// `off`: those that do not fit.
    case whereNeeded
    /// `clean`: all; the file goes with the request.
    case whileAsked
    /// `on`: all; the file stays.
    case always
}

/// Of the response to the client.
package struct ResponseSettings: Sendable {
    /// nginx: add_header, in the order of the file.
    package internal(set) var addedFields: [AddedField] = []
    /// nginx: add_trailer, in the order of the file.
    package internal(set) var addedTrailers: [AddedField] = []
    /// nginx: expires.
    package internal(set) var expires = ExpiresSetting.off
    /// nginx: etag.
    package internal(set) var etag = true
    /// nginx: if_modified_since.
    package internal(set) var ifModifiedSince = IfModifiedSince.exact
    /// nginx: server_tokens.
    package internal(set) var serverTokens = ServerTokens.on
    /// nginx: chunked_transfer_encoding.
    package internal(set) var chunkedTransferEncoding = true
    /// nginx: send_timeout; between two writes.
    package internal(set) var sendTimeout = 60_000
    /// Bytes a second; 0 or empty for no limit.
    package internal(set) var limitRate: ComplexValue?
    /// nginx: limit_rate_after.
    package internal(set) var limitRateAfter: ComplexValue?
    /// nginx: max_ranges; 0 answers with the whole file.
    package internal(set) var maxRanges = Int(Int32.max)
    /// nginx: error_page; the first entry for a status holds.
    package internal(set) var errorPages: [ErrorPage] = []
    /// nginx: recursive_error_pages.
    package internal(set) var recursiveErrorPages = false
    /// nginx: early_hints; 103 responses are passed on where one of the values is neither empty nor `0`.
    package internal(set) var earlyHints: [ComplexValue] = []
    /// Postern's own: who sees why a request failed.
    package internal(set) var errorDetail = ErrorDetail.local
}

/// nginx: add_header, add_trailer.
package struct AddedField: Equatable, Sendable {
    /// In the case written.
    package let name: [UInt8]
    /// Nothing is added where it evaluates to the empty text.
    package let value: ComplexValue
    /// Also on statuses other than 200, 201, 204, 206, 301, 302, 303, 304, 307 and 308.
    package let always: Bool
}

/// nginx: expires. Seconds.
package enum ExpiresSetting: Equatable, Sendable {
    case off
    case epoch
    case maximum
    /// From the time of the response.
    case access(Int)
    /// `modified`: from the file's modification time.
    case modified(Int)
    /// `@15h30m`: the next time it is so late in the day.
    case daily(Int)
    /// Evaluates to one of the words above, or a time.
    case variable(ComplexValue, modified: Bool)
}

/// nginx: if_modified_since.
package enum IfModifiedSince: Equatable, Sendable { case off, exact, before }

/// nginx: server_tokens.
package enum ServerTokens: Equatable, Sendable { case off, on, build }

/// Postern: error_detail.
package enum ErrorDetail: Equatable, Sendable { case off, local, on }

/// Of the client's connection between and after requests.
package struct KeepAliveSettings: Sendable {
    /// nginx: keepalive_timeout; 0 closes after each response.
    package internal(set) var timeout = 75_000
    /// Its second argument, in seconds, for the `Keep-Alive` field; 0 for none.
    package internal(set) var headerSeconds = 0
    /// nginx: keepalive_min_timeout.
    package internal(set) var minimumTimeout = 0
    /// nginx: keepalive_requests.
    package internal(set) var requestLimit = 1000
    /// nginx: keepalive_time.
    package internal(set) var lifetime = 3_600_000
    /// nginx: keepalive_disable msie6.
    package internal(set) var disabledForMSIE6 = true
    /// nginx: keepalive_disable safari.
    package internal(set) var disabledForSafari = false
    /// nginx: lingering_close.
    package internal(set) var lingeringClose = LingeringClose.on
    /// nginx: lingering_time.
    package internal(set) var lingeringTime = 30_000
    /// nginx: lingering_timeout.
    package internal(set) var lingeringTimeout = 5_000
    /// nginx: reset_timedout_connection.
    package internal(set) var resetTimedOut = false
}

/// nginx: lingering_close.
package enum LingeringClose: Equatable, Sendable { case off, on, always }

/// Of static files.
package struct FileSettings: Sendable {
    /// `root` or `alias` as a full path; relative ones with variables lie under the prefix.
    package internal(set) var root = ComplexValue(parts: [])
    /// With `alias`: how many bytes of the URI it replaces; nil for `root`. In a regex location it replaces all.
    package internal(set) var aliasedBytes: Int?
    /// nginx: index, in order.
    package internal(set) var index: [ComplexValue] = []
    /// Index in `mediaTypes`.
    package internal(set) var types = 0
    /// nginx: default_type.
    package internal(set) var defaultType: [UInt8] = Array("text/plain".utf8)
}

/// Extensions in lower case, without the dot, and their media types, in the order of the file.
package struct MediaTypeTable: Equatable, Sendable {
    /// Each extension once.
    package let entries: [Entry]

    /// One extension.
    package struct Entry: Equatable, Sendable {
        /// In lower case, without the dot.
        package let suffix: [UInt8]
        /// As written.
        package let type: [UInt8]
    }
}

/// nginx: allow, deny, satisfy.
package struct AccessSettings: Sendable {
    /// The first rule that matches decides; none allows.
    package internal(set) var rules: [AccessRule] = []
    /// nginx: satisfy any.
    package internal(set) var satisfiesAny = false
}

/// One `allow` or `deny`.
package struct AccessRule: Equatable, Sendable {
    /// Whether it is a `deny`.
    package let denies: Bool
    /// Whom it is about.
    package let range: AddressRange
}

/// nginx: ngx_http_realip_module.
package struct RealIPSettings: Sendable {
    /// nginx: set_real_ip_from; none trusts nobody.
    package internal(set) var trusted: [AddressRange] = []
    /// nginx: real_ip_header.
    package internal(set) var header = RealIPHeader.field(Array("x-real-ip".utf8))
    /// nginx: real_ip_recursive.
    package internal(set) var isRecursive = false
}

/// nginx: real_ip_header.
package enum RealIPHeader: Equatable, Sendable {
    /// A field of the request, its name in lower case.
    case field([UInt8])
    case proxyProtocol
}

/// What is logged, and where.
package struct LogSettings: Sendable {
    /// nginx: error_log; never empty.
    package internal(set) var errorLogs: [ErrorLogSettings] = []
    /// Empty after `access_log off`.
    package internal(set) var accessLogs: [AccessLogSettings] = []
    /// nginx: log_subrequest.
    package internal(set) var logSubrequest = false
    /// nginx: log_not_found.
    package internal(set) var logNotFound = true
    /// nginx: rewrite_log.
    package internal(set) var rewriteLog = false
    /// nginx: uninitialized_variable_warn.
    package internal(set) var warnUninitialized = true
}

/// nginx: resolver.
package struct ResolverSettings: Equatable, Sendable {
    /// Empty where none is configured.
    package internal(set) var servers: [PeerAddress] = []
    /// `valid=`; nil takes the answer's.
    package internal(set) var validTime: Int?
    /// `ipv4=off` asks for no A records.
    package internal(set) var usesIPv4 = true
    /// `ipv6=off` asks for no AAAA records.
    package internal(set) var usesIPv6 = true
    /// nginx: resolver_timeout.
    package internal(set) var timeout = 30_000

    /// No `resolver`: the system's own configuration, hosts file included.
    package static let system = ResolverSettings()
}

/// How the server writes redirects to itself.
package struct RedirectSettings: Sendable {
    /// nginx: absolute_redirect.
    package internal(set) var absolute = true
    /// nginx: server_name_in_redirect.
    package internal(set) var usesServerName = false
    /// nginx: port_in_redirect.
    package internal(set) var showsPort = true
}
