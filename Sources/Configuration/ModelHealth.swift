/// nginx: health_check, a periodic question to each peer of a group.
package struct HealthCheck: Equatable, Sendable {
    /// The location whose settings make the connection and the request: an index in `locations`.
    package internal(set) var location: Int
    /// The group that the location's `proxy_pass` names: an index in `groups`.
    package internal(set) var group = -1
    /// Which of the group's checks it is; below `limit`.
    package internal(set) var number = 0
    /// What is asked.
    package internal(set) var kind = Kind.http
    /// From the end of one check to the beginning of the next.
    package internal(set) var interval = 5_000
    /// Up to so much longer, by chance.
    package internal(set) var jitter = 0
    /// Failed checks in a row that make a healthy peer unhealthy; at least 1.
    package internal(set) var fails = 1
    /// Passed checks in a row that make an unhealthy peer healthy; at least 1.
    package internal(set) var passes = 1
    /// What is asked for, of `http`.
    package internal(set) var uri: [UInt8] = Array("/".utf8)
    /// Another port than the peer's own.
    package internal(set) var port: UInt16?
    /// Whether a peer gets no requests before its first check is passed.
    package internal(set) var isMandatory = false
    /// Whether a reload leaves a healthy peer healthy, though the check is mandatory.
    package internal(set) var isPersistent = false
    /// How old the connection between checks may grow; 0 makes a new one for each.
    package internal(set) var keepAliveTime = 0
    /// What a response must be, an index in `matches`; nil for a status of 2xx or 3xx.
    package internal(set) var match: Int?
    /// Where the directive stands.
    package internal(set) var position: SourcePosition

    /// How the connection between checks is kept.
    package var keepAlive: UpstreamKeepAlive {
        var keepAlive = UpstreamKeepAlive()
        keepAlive.connections = keepAliveTime > 0 ? 1 : 0
        keepAlive.requestLimit = Int.max
        keepAlive.lifetime = keepAliveTime
        keepAlive.timeout = keepAliveTime
        return keepAlive
    }

    /// What a check asks.
    package enum Kind: Equatable, Sendable {
        /// A response to a request.
        case http
        /// A connection.
        case tcp
    }

    /// The most checks of one group.
    package static let limit = 32
}

/// nginx: match, what a response to a health check must be: all of its tests hold.
package struct ResponseMatch: Equatable, Sendable {
    /// As it is named in `health_check`.
    package internal(set) var name: String
    /// In the order of the file.
    package internal(set) var tests: [ResponseTest] = []
    /// Where the block begins.
    package internal(set) var position: SourcePosition
}

/// A line of `match {}`.
package enum ResponseTest: Equatable, Sendable {
    /// `status 200-399 404`, or with `!` none of them.
    case status([ClosedRange<Int>], isNegated: Bool)
    /// `header NAME …`; the name in lower case.
    case header([UInt8], HeaderTest)
    /// `body ~ PATTERN` or `body !~ PATTERN`: an index in `patterns`.
    case body(pattern: Int, isNegated: Bool)
    /// `require $a $b`: each is neither empty nor `0`.
    case require([ComplexValue])
}

/// What a header field must be.
package enum HeaderTest: Equatable, Sendable {
    /// There is such a field; with `!` none.
    case isThere(Bool)
    /// `= value`; with `!=` there is one, and none has that value.
    case equals([UInt8], isNegated: Bool)
    /// `~ pattern`, an index in `patterns`; with `!~` there is one, and none matches.
    case matches(pattern: Int, isNegated: Bool)
}
