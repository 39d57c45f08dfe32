/// The metrics of Postern: one row each, of which the answer of `metrics` and the table in `docs/status.md` are made.
///
/// Names and units are as Prometheus would have them: base units, `_total` for counters.
enum Metric: Int, CaseIterable {
    case buildInfo, startTime, workers, workerStarts, reloads, lastReloadSuccessful, lastReloadTime
    case accepted, connections, requests, responses, requestDuration, failures, turnDuration
    case connectDuration, headerDuration, responseDuration, groupFailures
    case available, peerRequests, peerResponses, peerFailures, peerConnections, staleConnections
    case activeRequests, idleConnections, receivedBytes

    /// What Prometheus calls a type.
    enum Kind: String { case counter, gauge, histogram }

    /// Of what there is one each.
    enum Scope { case process, group, peer }

    /// A row of the table.
    struct Row {
        let name: StaticString
        let kind: Kind
        let scope: Scope
        /// Labels besides those of the scope.
        let labels: [String]
        let help: StaticString

        init(_ name: StaticString, _ kind: Kind, _ scope: Scope, _ help: StaticString) {
            self.init(name, kind, scope, [], help)
        }

        init(_ name: StaticString, _ kind: Kind, _ scope: Scope, _ labels: [String], _ help: StaticString) {
            self.name = name
            self.kind = kind
            self.scope = scope
            self.labels = labels
            self.help = help
        }
    }

    /// All that is known of it.
    var row: Row {
        switch self {
        case .buildInfo, .startTime, .workers, .workerStarts, .reloads, .lastReloadSuccessful, .lastReloadTime:
            processRow
        case .accepted, .connections, .requests, .responses, .requestDuration, .failures, .turnDuration: clientRow
        case .connectDuration, .headerDuration, .responseDuration, .groupFailures: groupRow
        case .available, .peerRequests, .peerResponses, .peerFailures, .peerConnections, .staleConnections,
            .activeRequests, .idleConnections, .receivedBytes:
            peerRow
        }
    }

    private var processRow: Row {
        switch self {
        case .startTime:
            Row("postern_start_time_seconds", .gauge, .process, "When the process started, in seconds since 1970.")
        case .workers: Row("postern_workers", .gauge, .process, "Workers that accept connections.")
        case .workerStarts:
            Row(
                "postern_worker_starts_total", .counter, .process,
                "Workers that were started, those that a reload started included.")
        case .reloads:
            Row(
                "postern_config_reloads_total", .counter, .process, ["result"],
                "Reloads by their result: taken, or refused for a configuration that cannot be used.")
        case .lastReloadSuccessful:
            Row(
                "postern_config_last_reload_successful", .gauge, .process,
                "Whether the last reload was taken; 1 before the first.")
        case .lastReloadTime:
            Row(
                "postern_config_last_reload_success_timestamp_seconds", .gauge, .process,
                "When the present configuration was taken, in seconds since 1970.")
        default: Row("postern_build_info", .gauge, .process, ["version"], "Always 1; the label is the version.")
        }
    }

    private var clientRow: Row {
        switch self {
        case .connections:
            Row(
                "postern_connections", .gauge, .process, ["state"],
                "Open connections of clients: reading a head, writing (from its end to the answer's), or idle.")
        case .requests: Row("postern_requests_total", .counter, .process, "Requests that clients began.")
        case .responses:
            Row(
                "postern_responses_total", .counter, .process, ["class"],
                "Requests that are over, by the class of their status; none where nothing was answered.")
        case .requestDuration:
            Row(
                "postern_request_duration_seconds", .histogram, .process,
                "From a request's head to the end of its answer, in whole milliseconds.")
        case .failures:
            Row(
                "postern_failures_total", .counter, .process, ["kind"],
                "Failures of any side by the kind that docs/failures.md names; kinds that never came are left out.")
        case .turnDuration:
            Row(
                "postern_event_loop_turn_duration_seconds", .histogram, .process,
                "From a wake of a worker's loop to the end of its turn: the lag for whoever came meanwhile.")
        default:
            Row("postern_connections_accepted_total", .counter, .process, "Connections of clients that were accepted.")
        }
    }

    private var groupRow: Row {
        switch self {
        case .headerDuration:
            Row(
                "postern_upstream_header_duration_seconds", .histogram, .group,
                "From an attempt's beginning to the response's head.")
        case .responseDuration:
            Row(
                "postern_upstream_response_duration_seconds", .histogram, .group,
                "From an attempt's beginning to the end of a response that came whole.")
        case .groupFailures:
            Row(
                "postern_upstream_choice_failures_total", .counter, .group, ["cause"],
                "Attempts that failed before there was a peer, by cause; causes that never came are left out.")
        default:
            Row(
                "postern_upstream_connect_duration_seconds", .histogram, .group,
                "From an attempt's beginning to its new connection, TLS handshake included.")
        }
    }

    private var peerRow: Row {
        switch self {
        case .peerRequests: Row("postern_upstream_requests_total", .counter, .peer, "Attempts on a peer.")
        case .peerResponses:
            Row(
                "postern_upstream_responses_total", .counter, .peer, ["class"],
                "Heads of responses that a peer sent, by the class of their status; counted as the attempt ends.")
        case .peerFailures:
            Row(
                "postern_upstream_failures_total", .counter, .peer, ["cause"],
                "Attempts that failed at a peer, by cause; causes that never came are left out.")
        case .peerConnections:
            Row("postern_upstream_connections_opened_total", .counter, .peer, "Connections that were made to a peer.")
        case .staleConnections:
            Row(
                "postern_upstream_stale_connections_total", .counter, .peer,
                "Attempts on an idle connection that turned out to be closed; failures too, but none of the peer's.")
        case .activeRequests: Row("postern_upstream_active_requests", .gauge, .peer, "Exchanges now on a peer.")
        case .idleConnections:
            Row("postern_upstream_idle_connections", .gauge, .peer, "Connections to a peer that lie idle in the pool.")
        case .receivedBytes:
            Row("postern_upstream_received_bytes_total", .counter, .peer, "Bytes that a peer's responses had.")
        default:
            Row(
                "postern_upstream_available", .gauge, .peer,
                "Whether a peer is up: not down, drained, disabled or unhealthy.")
        }
    }
}
