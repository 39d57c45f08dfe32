import Bytes
import HTTP

/// Where a request stands in the configuration, and what its URI has become.
package struct Route: Sendable {
    /// Index in `servers`.
    package var server = 0
    /// Index in `locations`: the scope whose settings hold now.
    package var location = 0
    /// GET after an error_page, else what the client sent.
    package var method = Method.other
    package var methodName = Piece.absent
    /// Normalised, without arguments.
    package var uri = Piece.absent
    package var arguments = Piece.absent
    /// Where `proxy_pass` goes, once the content phase has said so.
    package var proxy = ProxyRoute()
    /// The groups of the last regular expression that matched, the whole match first.
    package var captures = Captures()

    /// How many more times the URI may change, and one (nginx: ten).
    package internal(set) var changesLeft = 11
    /// Whether this is an internal redirect, which `internal` lets pass.
    package internal(set) var isInternal = false
    /// Whether `uri` still is the client's: then the upstream gets the target as it was sent.
    package internal(set) var isUnchanged = true
    /// Whether `proxy_pass` may replace the location's name in the URI; not after a rewrite with `break`.
    package internal(set) var keepsLocation = true
    /// Whether an error page is on its way, so that another error does not lead to one.
    package internal(set) var isErrorPage = false
    /// The status that `error_page` lays down for the response; 0 where the response's own stands.
    package var errorStatus = 0
    /// Whether the upstream is told that its connection ends with the response.
    var closesConnection = false
    /// Bytes a second that `set $limit_rate` or X-Accel-Limit-Rate asks for; 0 for no limit.
    package var limitRate: Int?

    /// Where the walk through the phases stands.
    var stage = Stage.serverSteps
    /// The next step; −1 at the start of a scope's steps.
    var counter: Int32 = -1
    /// The next candidate of `try_files`.
    var candidate: Int32 = 0
    /// The URI that a candidate stands for, once it is found.
    var candidateURI = Piece.absent
    /// What the caller said of the last file it was asked about.
    var fileIsThere: Bool?
    /// Whether an `if` that held has `proxy_pass`: then an upstream is to answer, also where a later one does not say
    /// which (nginx: likewise).
    var isProxied = false
    /// Whether a step changed the URI, so that a location must be found again.
    var uriChanged = false
    /// Whether `$1` … of the next value are escaped if the client's path was: in `set` and `if` up to the first rewrite
    /// that matches, and in redirects and arguments (nginx's rule).
    var quotes = false
    /// The same, once it is known that the client's path had escapes.
    var escapesCaptures = false
    /// Whether the effective client was found: the server's settings come first, then the location's.
    var hasEffectiveClient = false
    /// With `alias` in a pattern's location: whether the URI goes behind it, because `try_files` found it there.
    var addsURIToAlias = false
    /// Where the arena holds the table of `set`, `map` and named groups; −1 before the first.
    var slotsStart: Int32 = -1

    enum Stage: UInt8, Sendable {
        case serverSteps, find, steps, access, tryFiles, content
    }

    package init() {}
}

/// The groups of a match, as parts of a subject that stays.
package struct Captures: Sendable {
    var subject = Piece.absent
    /// Groups that may be set, the whole match counted.
    var count = 0
    var ranges = InlineArray<10, ByteRange>(repeating: .empty)
    var isSet: UInt16 = 0

    package init() {}

    /// The group's piece; absent where it took no part or there was no match.
    package subscript(group: Int) -> Piece {
        guard group >= 0, group < count, group < 10, isSet >> UInt16(group) & 1 == 1 else { return .absent }
        return subject.part(ranges[group])
    }
}
