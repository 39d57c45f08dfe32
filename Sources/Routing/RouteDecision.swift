import Bytes
import Configuration
import HTTP
import Platform

/// What is to be done with a request, once its place in the configuration is found.
package enum RouteDecision: Equatable, Sendable {
    /// Ask an upstream: `record.route.proxy` says which one and for what.
    case proxy
    /// Postern answers itself.
    case answer(OwnAnswer)
    /// `return 444`: the connection is closed without a word.
    case closeWithoutAnswer
    case stubStatus
    /// What the process knows of itself: `upstream_status` or `metrics`.
    case report(ReportKind)
    /// A static file under the location's root.
    case files
    /// Look whether the file is there, then call `continueRoute` with the answer (nginx: `if (-f …)`, try_files).
    case testFile(FileTest, Piece)
}

/// A response that Postern makes. Its `Location`, where it has one, is `record.answer.location`.
package struct OwnAnswer: Equatable, Sendable {
    package var status: Int
    package var body = Body.page
    /// What went wrong, for the error log; nil where nothing did.
    package var trouble: RouteTrouble?
    /// What the log line quotes.
    package var evidence = Piece.absent

    package enum Body: Equatable, Sendable {
        /// The page of its status; `error_page` may lead elsewhere first.
        case page
        /// The text of `return`, whose media type is the location's `default_type`; no `error_page`.
        case text(Piece)
    }

    package init(status: Int, body: Body = .page, trouble: RouteTrouble? = nil, evidence: Piece = .absent) {
        self.status = status
        self.body = body
        self.trouble = trouble
        self.evidence = evidence
    }
}

/// What can go wrong on the way to a decision; each has its line in the error log.
package enum RouteTrouble: Equatable, Sendable {
    /// `rewrite or internal redirection cycle while processing "URI"`
    case rewriteCycle
    /// `rewrite or internal redirection cycle while internally redirecting to "URI"`
    case redirectCycle
    /// `rewrite or internal redirection cycle while redirect to named location "@name"`
    case namedLocationCycle
    /// `could not find named location "@name"`
    case namedLocationMissing
    /// `the rewritten URI has a zero length`
    case emptyRewrite
    /// `access forbidden by rule`
    case accessForbidden
    /// `invalid URL prefix in "URL"`
    case invalidURLPrefix
    /// `no host in upstream "URL"`
    case noHost
    /// `invalid port in upstream "URL"`
    case invalidPort
    /// `zero length URI to proxy`
    case emptyURI
    /// `no upstream configuration`: an `if` with `proxy_pass` held, and then one without.
    case noUpstream
    /// `pcre2_match() failed`; the number is PCRE2's.
    case patternFailed(Int32)
}

/// Where `proxy_pass` leads for one request.
package struct ProxyRoute: Sendable {
    package var destination = Destination.group(-1)
    package var isTLS = false
    /// `$proxy_host` and `$proxy_port` of a target with variables; absent for a literal one, whose are the table's.
    package var host = Piece.absent
    package var port = Piece.absent
    /// The URI of a target with variables, or of a health check: what the upstream is asked for. Absent where there is
    /// none.
    package var uri = Piece.absent
    /// The URI as the upstream gets it, for log lines; set by `appendUpstreamHead`.
    package internal(set) var sentURI = Piece.absent

    package enum Destination: Equatable, Sendable {
        /// Index in `groups`.
        case group(Int)
        /// A numeric address.
        case address(SocketAddress)
        /// A unix socket's path.
        case unix(Piece)
        /// A name that the resolver must find.
        case name(Piece, port: UInt16)
    }

    package init() {}
}

/// What `error_page` does with a status.
package enum ErrorPageDecision: Equatable, Sendable {
    /// There is none for it: the status' own page is sent.
    case none
    /// The record stands at another URI or named location now: route again (`continueRoute`).
    case restart
    /// Postern answers, with another status or a redirect.
    case answer(OwnAnswer)
}
