/// What nginx has and Postern does not need: accepted in the places and with the arguments that nginx allows.
extension DirectiveTable {
    static let ignoredRows: [Directive] = ignoredGroups.flatMap { group in
        group.rows.map { Directive($0.name, in: $0.contexts, $0.arguments, .ignored(group.why), "") }
    }

    private typealias Row = (name: String, contexts: Contexts, arguments: Arguments)
    private typealias Group = (why: String, rows: [Row])

    private static let ignoredGroups: [Group] = [
        ("the kernel and the threads of the worker decide", workerRows),
        ("there is nothing of that kind in Postern", buildRows),
        ("files are read and sent in one way only", fileRows),
        ("sockets always have TCP_NODELAY, and what is ready is sent at once", socketRows),
        ("tables are sized by what they hold", hashRows),
        ("responses are passed on as the upstream encoded them", gzipRows),
        ("the Content-Type of the upstream or of the file is passed on", charsetRows),
        ("no browser needs it today", msieRows),
        ("a request body lies in one buffer, and is read when it is needed", bodyRows),
        ("a response is never written to disk", spoolRows),
        ("ranges of an upstream's response are its own to cut out", [("proxy_force_ranges", .levels, .flag)]),
        ("Postern has no cache", cacheRows),
        ("it belongs to a check of access that is not there", authRows),
        ("OpenSSL decides, or nothing is lost without it", tlsExtraRows),
        ("the HTTP/2 library decides", http2Rows),
        ("Postern has no HTTP/3", http3Rows),
    ]

    private static let workerRows: [Row] = [
        ("timer_resolution", .main, .one),
        ("lock_file", .main, .one),
        ("debug_points", .main, .one),
        ("worker_priority", .main, .one),
        ("worker_cpu_affinity", .main, .atLeast(1)),
        ("worker_rlimit_core", .main, .one),
        ("thread_pool", .main, .range(2...3)),
        ("use", .events, .one),
        ("multi_accept", .events, .flag),
        ("accept_mutex", .events, .flag),
        ("accept_mutex_delay", .events, .one),
        ("epoll_events", .events, .one),
        ("worker_aio_requests", .events, .one),
    ]

    private static let buildRows: [Row] = [
        ("pcre_jit", .main, .flag),
        ("ssl_engine", .main, .one),
        ("ssl_object_cache_inheritable", .main, .flag),
        ("quic_bpf", .main, .flag),
        ("debug_connection", .events, .one),
    ]

    private static let fileRows: [Row] = [
        ("sendfile", [.http, .server, .location, .locationIf], .flag),
        ("sendfile_max_chunk", .levels, .one),
        ("aio", .levels, .one),
        ("aio_write", .levels, .flag),
        ("read_ahead", .levels, .one),
        ("directio", .levels, .one),
        ("directio_alignment", .levels, .one),
        ("subrequest_output_buffer_size", .levels, .one),
        ("open_file_cache", .levels, .range(1...2)),
        ("open_file_cache_valid", .levels, .one),
        ("open_file_cache_min_uses", .levels, .one),
        ("open_file_cache_errors", .levels, .flag),
        ("open_file_cache_events", .levels, .flag),
        ("open_log_file_cache", .levels, .range(1...4)),
    ]

    private static let socketRows: [Row] = [
        ("tcp_nopush", .levels, .flag),
        ("tcp_nodelay", .levels, .flag),
        ("send_lowat", .levels, .one),
        ("postpone_output", .levels, .one),
        ("output_buffers", .levels, .two),
    ]

    private static let hashRows: [Row] = [
        ("types_hash_max_size", .levels, .one),
        ("types_hash_bucket_size", .levels, .one),
        ("server_names_hash_max_size", .http, .one),
        ("server_names_hash_bucket_size", .http, .one),
        ("variables_hash_max_size", .http, .one),
        ("variables_hash_bucket_size", .http, .one),
        ("map_hash_max_size", .http, .one),
        ("map_hash_bucket_size", .http, .one),
        ("proxy_headers_hash_max_size", .levels, .one),
        ("proxy_headers_hash_bucket_size", .levels, .one),
        ("request_pool_size", [.http, .server], .one),
    ]

    private static let gzipRows: [Row] = [
        ("gzip", [.http, .server, .location, .locationIf], .flag),
        ("gzip_buffers", .levels, .two),
        ("gzip_types", .levels, .atLeast(1)),
        ("gzip_comp_level", .levels, .one),
        ("gzip_window", .levels, .one),
        ("gzip_hash", .levels, .one),
        ("postpone_gzipping", .levels, .one),
        ("gzip_no_buffer", .levels, .flag),
        ("gzip_min_length", .levels, .one),
        ("gzip_vary", .levels, .flag),
        ("gzip_http_version", .levels, .one),
        ("gzip_proxied", .levels, .atLeast(1)),
        ("gzip_disable", .levels, .atLeast(1)),
        ("gzip_static", .levels, .one),
        ("gunzip", .levels, .flag),
        ("gunzip_buffers", .levels, .two),
    ]

    private static let charsetRows: [Row] = [
        ("charset", [.http, .server, .location, .locationIf], .one),
        ("source_charset", [.http, .server, .location, .locationIf], .one),
        ("override_charset", [.http, .server, .location, .locationIf], .flag),
        ("charset_types", .levels, .atLeast(1)),
        ("charset_map", .http, .block(2...2)),
    ]

    private static let msieRows: [Row] = [
        ("msie_padding", .levels, .flag),
        ("msie_refresh", .levels, .flag),
    ]

    private static let bodyRows: [Row] = [
        ("client_body_in_single_buffer", .levels, .flag),
        ("client_body_early_read", [.http, .server], .atLeast(1)),
    ]

    private static let spoolRows: [Row] = [
        ("proxy_temp_path", .levels, .range(1...4)),
        ("fastcgi_temp_path", .levels, .range(1...4)),
        ("uwsgi_temp_path", .levels, .range(1...4)),
        ("scgi_temp_path", .levels, .range(1...4)),
        ("proxy_max_temp_file_size", .levels, .one),
        ("proxy_temp_file_write_size", .levels, .one),
        ("proxy_store_access", .levels, .range(1...3)),
        ("proxy_send_lowat", .levels, .one),
    ]

    private static let cacheRows: [Row] = [
        ("proxy_cache_bypass", .levels, .atLeast(1)),
        ("proxy_no_cache", .levels, .atLeast(1)),
    ]

    private static let authRows: [Row] = [
        ("auth_basic_user_file", [.http, .server, .location, .limitExcept], .one),
        ("auth_delay", .levels, .one),
        ("mirror_request_body", .levels, .flag),
    ]

    private static let tlsExtraRows: [Row] = [
        ("ssl_certificate_cache", [.http, .server], .range(1...3)),
        ("ssl_certificate_compression", [.http, .server], .flag),
        ("ssl_buffer_size", [.http, .server], .one),
        ("ssl_stapling", [.http, .server], .flag),
        ("ssl_stapling_file", [.http, .server], .one),
        ("ssl_stapling_responder", [.http, .server], .one),
        ("ssl_stapling_verify", [.http, .server], .flag),
        ("ssl_early_data", [.http, .server], .flag),
        ("proxy_ssl_certificate_cache", .levels, .range(1...3)),
        ("grpc_ssl_certificate_cache", .levels, .range(1...3)),
    ]

    private static let http2Rows: [Row] = [
        ("http2_recv_buffer_size", .http, .one),
        ("http2_pool_size", [.http, .server], .one),
        ("http2_max_concurrent_pushes", [.http, .server], .one),
        ("http2_max_requests", [.http, .server], .one),
        ("http2_max_field_size", [.http, .server], .one),
        ("http2_max_header_size", [.http, .server], .one),
        ("http2_streams_index_size", [.http, .server], .one),
        ("http2_recv_timeout", [.http, .server], .one),
        ("http2_idle_timeout", [.http, .server], .one),
        ("http2_chunk_size", .levels, .one),
        ("http2_push_preload", .levels, .flag),
        ("http2_push", .levels, .one),
    ]

    private static let http3Rows: [Row] = [
        ("http3", [.http, .server], .flag),
        ("http3_hq", [.http, .server], .flag),
        ("http3_max_concurrent_streams", [.http, .server], .one),
        ("http3_stream_buffer_size", [.http, .server], .one),
        ("quic_retry", [.http, .server], .flag),
        ("quic_gso", [.http, .server], .flag),
        ("quic_host_key", [.http, .server], .one),
        ("quic_active_connection_id_limit", [.http, .server], .one),
    ]
}
