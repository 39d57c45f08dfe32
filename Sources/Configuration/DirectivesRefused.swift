/// What nginx has and Postern has not: refused, with what to do instead.
extension DirectiveTable {
    static let refusedRows: [Directive] =
        offOnlyRows
        + refusedGroups.flatMap { group in
            group.names.split(whereSeparator: \.isWhitespace).map {
                Directive(String($0), in: [], .atLeast(0), .refused(group.advice), "")
            }
        }

    /// Accepted as `off`, refused as anything else.
    private static let offOnlyRows: [Directive] = [
        offOnly("proxy_cache", in: .levels, "Postern has no cache; take the directive out"),
        offOnly("proxy_store", in: .levels, "responses are never written to disk"),
        offOnly("auth_basic", in: [.http, .server, .location, .limitExcept], "let the upstream check passwords"),
        offOnly("auth_request", in: .levels, "subrequests are not made yet; let the upstream check access"),
        offOnly("ssl_ocsp", in: [.http, .server], "revocation is checked by ssl_crl"),
        offOnly("mirror", in: .levels, "requests are not copied"),
        offOnly("autoindex", in: .levels, "directories are not listed; name an index"),
        offOnly("ssi", in: [.http, .server, .location, .locationIf], "bodies are passed on as they are"),
        offOnly("disable_symlinks", in: .levels, "symbolic links are always followed"),
    ]

    private static func offOnly(_ name: String, in contexts: Contexts, _ advice: String) -> Directive {
        let action = Action.run("off") { (_, node) throws(ConfigurationError) in
            if node.words.count == 2 && node.words[1].equalsIgnoringCase("off") { return }
            throw node.error("Postern has no \"\(name)\" directive, but for \"off\"", help: advice)
        }
        return Directive(name, in: contexts, .range(1...2), inherits: .value, default: "off", action, "Only `off`.")
    }

    private typealias Refusal = (advice: String, names: String)

    private static let refusedGroups: [Refusal] = [
        (
            "FastCGI is not spoken; let the application serve HTTP, or put a server that speaks FastCGI behind Postern",
            """
            fastcgi_pass fastcgi_index fastcgi_split_path_info fastcgi_store fastcgi_store_access
            fastcgi_buffering fastcgi_request_buffering fastcgi_ignore_client_abort fastcgi_bind
            fastcgi_socket_keepalive fastcgi_socket_rcvbuf fastcgi_socket_sndbuf fastcgi_connect_timeout
            fastcgi_send_timeout fastcgi_send_lowat fastcgi_buffer_size fastcgi_pass_request_headers
            fastcgi_pass_request_body fastcgi_intercept_errors fastcgi_read_timeout fastcgi_buffers
            fastcgi_busy_buffers_size fastcgi_force_ranges fastcgi_limit_rate fastcgi_cache fastcgi_cache_key
            fastcgi_cache_path fastcgi_cache_bypass fastcgi_no_cache fastcgi_cache_valid fastcgi_cache_min_uses
            fastcgi_cache_max_range_offset fastcgi_cache_use_stale fastcgi_cache_methods fastcgi_cache_lock
            fastcgi_cache_lock_timeout fastcgi_cache_lock_age fastcgi_cache_revalidate
            fastcgi_cache_background_update fastcgi_max_temp_file_size
            fastcgi_temp_file_write_size fastcgi_next_upstream fastcgi_next_upstream_tries
            fastcgi_next_upstream_timeout fastcgi_param fastcgi_pass_header fastcgi_hide_header
            fastcgi_ignore_headers fastcgi_catch_stderr fastcgi_keep_conn
            """
        ),
        (
            "the uwsgi protocol is not spoken; let uWSGI serve HTTP (--http-socket) and use proxy_pass",
            """
            uwsgi_pass uwsgi_modifier1 uwsgi_modifier2 uwsgi_store uwsgi_store_access uwsgi_buffering
            uwsgi_request_buffering uwsgi_ignore_client_abort uwsgi_bind uwsgi_socket_keepalive
            uwsgi_socket_rcvbuf uwsgi_socket_sndbuf uwsgi_connect_timeout uwsgi_send_timeout uwsgi_buffer_size
            uwsgi_pass_request_headers uwsgi_pass_request_body uwsgi_intercept_errors uwsgi_read_timeout
            uwsgi_buffers uwsgi_busy_buffers_size uwsgi_force_ranges uwsgi_limit_rate uwsgi_cache
            uwsgi_cache_key uwsgi_cache_path uwsgi_cache_bypass uwsgi_no_cache uwsgi_cache_valid
            uwsgi_cache_min_uses uwsgi_cache_max_range_offset uwsgi_cache_use_stale uwsgi_cache_methods
            uwsgi_cache_lock uwsgi_cache_lock_timeout uwsgi_cache_lock_age uwsgi_cache_revalidate
            uwsgi_cache_background_update uwsgi_max_temp_file_size uwsgi_temp_file_write_size
            uwsgi_next_upstream uwsgi_next_upstream_tries uwsgi_next_upstream_timeout uwsgi_param uwsgi_string
            uwsgi_pass_header uwsgi_hide_header uwsgi_ignore_headers uwsgi_ssl_session_reuse uwsgi_ssl_protocols
            uwsgi_ssl_ciphers uwsgi_ssl_name uwsgi_ssl_server_name uwsgi_ssl_verify uwsgi_ssl_verify_depth
            uwsgi_ssl_trusted_certificate uwsgi_ssl_crl uwsgi_ssl_certificate uwsgi_ssl_certificate_key
            uwsgi_ssl_certificate_cache uwsgi_ssl_password_file uwsgi_ssl_conf_command
            """
        ),
        (
            "SCGI is not spoken; let the application serve HTTP and use proxy_pass",
            """
            scgi_pass scgi_store scgi_store_access scgi_buffering scgi_request_buffering
            scgi_ignore_client_abort scgi_bind scgi_socket_keepalive scgi_socket_rcvbuf scgi_socket_sndbuf
            scgi_connect_timeout scgi_send_timeout scgi_buffer_size scgi_pass_request_headers
            scgi_pass_request_body scgi_intercept_errors scgi_read_timeout scgi_buffers scgi_busy_buffers_size
            scgi_force_ranges scgi_limit_rate scgi_cache scgi_cache_key scgi_cache_path scgi_cache_bypass
            scgi_no_cache scgi_cache_valid scgi_cache_min_uses scgi_cache_max_range_offset scgi_cache_use_stale
            scgi_cache_methods scgi_cache_lock scgi_cache_lock_timeout scgi_cache_lock_age scgi_cache_revalidate
            scgi_cache_background_update scgi_max_temp_file_size scgi_temp_file_write_size
            scgi_next_upstream scgi_next_upstream_tries scgi_next_upstream_timeout scgi_param scgi_pass_header
            scgi_hide_header scgi_ignore_headers
            """
        ),
        (
            "memcached is not spoken; put a server that reads it behind Postern",
            """
            memcached_pass memcached_bind memcached_socket_keepalive memcached_connect_timeout
            memcached_send_timeout memcached_buffer_size memcached_read_timeout memcached_next_upstream
            memcached_next_upstream_tries memcached_next_upstream_timeout memcached_gzip_flag
            """
        ),
        (
            "Postern is no forward proxy",
            """
            tunnel_pass tunnel_bind tunnel_socket_keepalive tunnel_socket_rcvbuf tunnel_socket_sndbuf
            tunnel_connect_timeout tunnel_send_timeout tunnel_send_lowat tunnel_buffer_size tunnel_read_timeout
            tunnel_next_upstream tunnel_next_upstream_tries tunnel_next_upstream_timeout
            """
        ),
        (
            "Postern has no cache; take the directive out",
            """
            proxy_cache_key proxy_cache_path proxy_cache_valid proxy_cache_min_uses proxy_cache_max_range_offset
            proxy_cache_use_stale proxy_cache_methods proxy_cache_lock proxy_cache_lock_timeout
            proxy_cache_lock_age proxy_cache_revalidate proxy_cache_convert_head proxy_cache_background_update
            """
        ),
        (
            "requests and connections are not limited by rate; a limit for each peer is max_conns in upstream",
            """
            limit_req_zone limit_req limit_req_log_level limit_req_status limit_req_dry_run limit_conn_zone
            limit_conn limit_conn_log_level limit_conn_status limit_conn_dry_run
            """
        ),
        (
            "bodies are passed on as they are; change them in the upstream",
            """
            sub_filter sub_filter_types sub_filter_once sub_filter_last_modified add_before_body add_after_body
            addition_types image_filter image_filter_jpeg_quality image_filter_webp_quality image_filter_sharpen
            image_filter_transparency image_filter_interlace image_filter_buffer xml_entities
            xml_external_entities xslt_stylesheet xslt_param xslt_string_param xslt_types xslt_last_modified
            ssi_silent_errors ssi_ignore_recycled_buffers ssi_min_file_chunk ssi_value_length ssi_types
            ssi_last_modified slice
            """
        ),
        (
            "serve it from the upstream",
            """
            dav_methods create_full_put_path min_delete_depth dav_access mp4 mp4_buffer_size mp4_max_buffer_size
            mp4_start_key_frame flv empty_gif random_index autoindex_format autoindex_localtime
            autoindex_exact_size
            """
        ),
        (
            "use map",
            """
            geo split_clients geoip_country geoip_org geoip_city geoip_proxy geoip_proxy_recursive
            modern_browser ancient_browser modern_browser_value ancient_browser_value
            """
        ),
        (
            "let the upstream check it, or use allow and deny",
            """
            auth_request_set secure_link secure_link_md5 secure_link_secret valid_referers referer_hash_max_size
            referer_hash_bucket_size
            """
        ),
        (
            "let the upstream set its cookies",
            """
            userid userid_service userid_name userid_domain userid_path userid_expires userid_flags userid_p3p
            userid_mark
            """
        ),
        (
            "Postern has no modules; what it can do is built in",
            """
            load_module perl_modules perl_require perl perl_set google_perftools_profiles degradation degrade
            """
        ),
        (
            "Postern proxies HTTP only",
            """
            mail stream
            """
        ),
        (
            "use least_conn, hash or random",
            """
            least_time sticky
            """
        ),
        (
            "take it out",
            """
            ssl_ocsp_responder ssl_ocsp_cache ssl_ech_file post_action
            """
        ),
        (
            "it belongs to nginx's commercial edition; take it out",
            """
            status_zone api state ntlm keyval keyval_zone zone_sync zone_sync_server
            sticky_cookie_insert auth_jwt auth_jwt_key_file session_log session_log_zone hls
            """
        ),
    ]
}
