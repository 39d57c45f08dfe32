// What goes to the upstream, and what comes back from it.
extension Routes {
    static let proxies = [
        Route(
            name: "pass-plain", text: "location / { proxy_pass http://%ECHO%; }",
            paths: [
                "/", "/a%20b", "/a//b", "/a/../b", "/%7euser", "/a%2Fb", "/?x=%20",
                "/a?b=c#d",
            ]),
        Route(
            name: "pass-uri",
            text: """
                location /api/ { proxy_pass http://%ECHO%/v1/; }
                location /one { proxy_pass http://%ECHO%/two; }
                location = /only { proxy_pass http://app/exact?fixed=1; }
                location /q { proxy_pass http://app/?q=; }
                """,
            paths: [
                "/api/", "/api/x", "/api/x%20y", "/api//x", "/one", "/onetwo", "/one/x?y", "/only", "/only?z=1", "/q/a",
            ]),
        Route(
            name: "pass-variables",
            text: """
                location /v { set $up app; proxy_pass http://$up; }
                location /u { proxy_pass http://%ECHO%$request_uri; }
                location /w { proxy_pass http://%ECHO%/fixed$is_args$args; }
                location ~ ^/r/(.*)$ { proxy_pass http://app/$1; }
                """, paths: ["/v", "/v/x?y=1", "/u/a%20b?c", "/w", "/w?x=1", "/r/x/y", "/r/", "/r/a%20b"]),
        Route(
            name: "set-header",
            text: """
                proxy_set_header X-Outer outer;
                proxy_set_header Connection "";
                location / { proxy_pass http://%ECHO%; }
                location /own {
                    proxy_set_header Host $host;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Proto $scheme;
                    proxy_set_header Accept-Encoding "";
                    proxy_set_header X-Empty $arg_nothing;
                    proxy_set_header Connection "";
                    proxy_pass http://app;
                }
                """, paths: ["/", "/own", "/own/x"]),
        Route(
            name: "method-body",
            text: """
                location / { proxy_method PUT; proxy_pass http://%ECHO%; }
                location /body { proxy_set_body "uri=$uri"; proxy_pass http://%ECHO%; }
                location /bare { proxy_pass_request_body off; proxy_pass_request_headers off;
                    proxy_set_header Content-Length ""; proxy_set_header Connection ""; proxy_pass http://%ECHO%; }
                """, paths: ["/", "/body/x", "/bare"]),
        Route(
            name: "redirects",
            text: """
                location /a/ { proxy_pass http://%ECHO%/back/; }
                location /b/ { proxy_pass http://%ECHO%; proxy_redirect off; }
                location /c/ { proxy_pass http://app; proxy_redirect http://%ECHO%/ /c/; }
                location /d/ { proxy_pass http://app; proxy_redirect ~^http://[^/]+/(.*)$ https://$host/d/$1; }
                location /e/ { proxy_pass http://app; proxy_redirect / /e/; }
                """, paths: ["/a/", "/b/x", "/c/", "/d/y", "/e/z"]),
        Route(
            name: "cookies",
            text: """
                location /d { proxy_cookie_domain upstream.test gate.test; proxy_pass http://%ECHO%; }
                location /p { proxy_cookie_path /app /; proxy_pass http://%ECHO%; }
                location /f { proxy_cookie_flags a secure samesite=lax; proxy_cookie_flags ~^b httponly;
                    proxy_pass http://%ECHO%; }
                location / { proxy_pass http://%ECHO%; add_header X-Cookie "$upstream_cookie_a|$cookie_z"; }
                """, paths: ["/d", "/p", "/f", "/"]),
        Route(
            name: "hide",
            text: """
                location / { proxy_pass http://%ECHO%; }
                location /hide { proxy_hide_header X-Echo; proxy_hide_header Cache-Control; proxy_pass http://%ECHO%; }
                location /pass { proxy_pass_header Server; proxy_pass_header X-Accel-Expires;
                    proxy_pass http://%ECHO%; }
                """, paths: ["/", "/hide", "/pass/x"]),
        Route(
            name: "accel",
            text: """
                location / { proxy_pass http://%ECHO%; }
                location /off { proxy_ignore_headers X-Accel-Redirect; proxy_pass http://%ECHO%; }
                location /internal { internal; return 200 "$uri $args"; }
                location @fallback { return 200 "named $uri"; }
                """, paths: ["/", "/off", "/x?a=1", "/internal"]),
        Route(
            name: "intercept",
            text: """
                proxy_intercept_errors on;
                error_page 404 /missing;
                error_page 500 502 =503 /broken;
                error_page 403 =200 @denied;
                location /missing { return 200 "missing $uri $request_uri"; }
                location /broken { proxy_pass http://%ECHO%; proxy_intercept_errors off; }
                location @denied { return 200 "denied $uri"; }
                location / { proxy_pass http://%ECHO%; }
                """, paths: ["/", "/x", "/x/y?z", "/missing"]),
        Route(
            name: "upstream-variables",
            text: """
                location / {
                    proxy_pass http://app;
                    add_header X-Status "$upstream_status|$proxy_host|$proxy_port" always;
                    add_header X-Fields "$upstream_http_x_echo|$sent_http_content_type|$upstream_http_nothing" always;
                }
                """, paths: ["/", "/x"]),
    ]

    static let answers = [
        Route(
            name: "return",
            text: """
                location /text { return 200 "a text $uri"; }
                location /no { return 204; }
                location /moved { return 301 /elsewhere; }
                location /see { return 303 http://other.test$request_uri; }
                location /host { return https://$host$request_uri; }
                location /teapot { return 418; }
                location /gone { return 410 "gone"; }
                location /json { default_type application/json; return 200 '{"a":"$arg_a"}'; }
                """,
            paths: ["/text", "/no", "/moved", "/see/x?y", "/host/a%20b", "/teapot", "/gone", "/json?a=1", "/none"]),
        Route(
            name: "redirect-forms",
            text: """
                absolute_redirect off;
                location /abs { absolute_redirect on; return 302 /x; }
                location /rel { return 302 /x; }
                location /name { absolute_redirect on; server_name_in_redirect on; port_in_redirect off;
                    return 301 /y; }
                location /dir/ { proxy_pass http://%ECHO%; }
                """, paths: ["/abs", "/rel", "/name", "/dir", "/dir?a=b"]),
        Route(
            name: "add-header",
            text: """
                add_header X-Server server;
                add_header X-Always yes always;
                location / { return 200 ok; }
                location /own { add_header X-Own $arg_v; return 200 ok; }
                location /err { return 404; }
                location /errown { add_header X-Own always always; return 500; }
                location /proxy { proxy_pass http://%ECHO%; }
                """, paths: ["/", "/own", "/own?v=1", "/err", "/errown", "/proxy"]),
        Route(
            name: "error-pages",
            text: """
                error_page 404 /404;
                error_page 500 =200 /ok;
                error_page 501 = /as-is;
                error_page 410 http://gone.test/;
                error_page 503 @down;
                location = /404 { return 200 "page for $request_uri"; }
                location = /ok { return 201 fine; }
                location = /as-is { return 202 as; }
                location @down { return 200 "down $uri"; }
                location /e404 { return 404; }
                location /e500 { return 500; }
                location /e501 { return 501; }
                location /e410 { return 410; }
                location /e503 { return 503; }
                location /own { error_page 404 =403 /404; return 404; }
                """, paths: ["/e404", "/e500", "/e501", "/e410", "/e503", "/own", "/404"]),
        Route(
            name: "expires",
            text: """
                location /off { expires off; proxy_pass http://%ECHO%; }
                location /epoch { expires epoch; proxy_pass http://%ECHO%; }
                location /max { expires max; proxy_pass http://%ECHO%; }
                location /neg { expires -1; proxy_pass http://%ECHO%; }
                """, paths: ["/off", "/epoch", "/max", "/neg"]),
        Route(
            name: "variables",
            text: """
                location / { return 200 "$request_method|$scheme|$host|$server_name|$server_protocol|$request_uri|$uri|\
                $document_uri|$content_type|$content_length|$http_user_agent|$http_x_list|$remote_addr|\
                $request|$request_length"; }
                """, paths: ["/", "/a%20b?c=d", "//x", "/%41", "/a/../b"]),
    ]

    static let files = [
        Route(
            name: "static", text: "root %FOLDER%/site; location / { }",
            paths: [
                "/", "/index.html", "/a.txt", "/sub", "/sub/", "/empty/", "/missing", "/a.js", "/a.unknown",
                "/sub/../a.txt",
            ]),
        Route(
            name: "alias",
            text: """
                location /files/ { alias %FOLDER%/site/; }
                location ~ ^/re/(.*)$ { alias %FOLDER%/site/$1; }
                location /no-slash { alias %FOLDER%/site/a.txt; }
                location /idx { alias %FOLDER%/site; index a.txt; }
                """,
            paths: [
                "/files/a.txt", "/files/", "/re/a.txt", "/re/none", "/no-slash", "/idx/", "/files/sub/b.html", "/files",
            ]),
        Route(
            name: "try-files",
            text: """
                root %FOLDER%/site;
                location / { try_files $uri $uri/ /index.html; }
                location /app/ { try_files $uri @app; }
                location /code { try_files $uri =410; }
                location /txt { try_files $uri $uri.txt /a.txt?from=$uri; }
                location @app { proxy_pass http://%ECHO%; }
                """, paths: ["/", "/a.txt", "/sub/", "/sub", "/nope", "/app/x?y=1", "/code/x", "/txt/q", "/empty"]),
        Route(
            name: "index",
            text: """
                root %FOLDER%/site;
                index none.html a.txt index.html;
                location / { }
                location /sub/ { index b.html; }
                location /far/ { alias %FOLDER%/site/sub/; index missing /a.txt; }
                location ~ \\.html$ { add_header X-Html yes; }
                """, paths: ["/", "/sub/", "/far/", "/sub/b.html", "/empty/", "/index.html"]),
        Route(
            name: "conditional",
            text: """
                root %FOLDER%/site;
                location / { if_modified_since before; }
                location /sub { etag off; max_ranges 0; }
                """, paths: ["/a.txt", "/index.html", "/sub/b.html"]),
    ]
}
