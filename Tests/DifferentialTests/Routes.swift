/// The routing configurations that both programs are given: one server block each, chosen by its name.
///
/// What stands in angle brackets stays: `%ECHO%` is the upstream, `%FOLDER%` a folder with files, `%GATEWAY%` where the
/// program listens. All that any of them needs outside of its server stands in `http`.
enum Routes {
    struct Route: Sendable {
        let name: String
        let text: String
        /// Paths that lead somewhere in it; the generator takes and changes them.
        let paths: [String]
    }

    /// Groups, maps and what the programs' defaults differ in (nginx 1.22 speaks HTTP/1.0 and closes).
    static let http = """
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        types { text/html html; text/plain txt; application/javascript js; }
        default_type application/octet-stream;
        upstream app { server %ECHO%; }
        map $http_upgrade $connection_upgrade { default upgrade; '' close; }
        map $uri $target { default /plain; ~^/old/(?<rest>.*)$ /new/$rest; /exact /mapped; }
        map $http_host $tenant { hostnames; default none; *.tenant.test left; tenant.* right; .both.test both; }
        map $arg_kind $kind { volatile; default other; "" empty; a 1; b $arg_value; ~*^c(.) pattern$1; }
        """

    static let all: [Route] = prefixes + rewrites + proxies + answers + files

    static let prefixes = [
        Route(
            name: "prefix",
            text: """
                location / { return 200 root; }
                location /a { return 200 a; }
                location /a/ { return 200 a-slash; }
                location /a/b { return 200 ab; }
                location = /a/b { return 200 exact; }
                location /A { return 200 big; }
                """,
            paths: [
                "/", "/a", "/a/", "/a/b", "/a/bc", "/a/b/c", "/A", "/ab", "//a//b",
                "/a/../a/b", "/%61/b",
            ]),
        Route(
            name: "regex",
            text: """
                location / { return 200 root; }
                location ~ \\.php$ { return 200 php; }
                location ~* \\.(gif|jpg)$ { return 200 "image $1"; }
                location ^~ /static/ { return 200 static; }
                location ~ ^/user/(\\d+)/(?<what>[a-z]+) { return 200 "$1 $what"; }
                location = /x.php { return 200 exact; }
                """,
            paths: [
                "/x.php", "/y.php", "/a.GIF", "/a.jpg", "/static/a.php", "/user/12/posts", "/user/x/posts", "/u%2ephp",
            ]),
        Route(
            name: "nested",
            text: """
                location /a/ {
                    add_header X-At outer;
                    location /a/b/ { location ~ \\.txt$ { return 200 deep; } return 200 inner; }
                    location = /a/exact { add_header X-At exact; return 200 exact; }
                    return 200 outer;
                }
                """, paths: ["/a/", "/a/b/", "/a/b/c.txt", "/a/c.txt", "/a/exact", "/a"]),
        Route(
            name: "slash",
            text: """
                location /app/ { proxy_pass http://%ECHO%/; }
                location /app2/ { proxy_pass http://app/base/; }
                location = /app2 { return 200 own; }
                """, paths: ["/app", "/app/", "/app/x", "/app2", "/app2/y", "/app?x=1"]),
        Route(
            name: "internal",
            text: """
                location /in { internal; return 200 inside; }
                location /go { rewrite ^ /in/rewritten; }
                location /err { error_page 404 /in/page; return 404; }
                location / { return 200 out; }
                """, paths: ["/in", "/go", "/err", "/in/x", "/"]),
        Route(
            name: "limit-except",
            text: """
                location / { limit_except GET POST { deny all; } return 200 ok; }
                location /proxy { limit_except GET { deny all; } proxy_pass http://%ECHO%; }
                """, paths: ["/", "/proxy", "/x"]),
        Route(
            name: "access",
            text: """
                location / { allow 127.0.0.0/8; deny all; return 200 in; }
                location /no { deny 127.0.0.1; allow all; proxy_pass http://%ECHO%; }
                location /any { satisfy any; deny all; proxy_pass http://%ECHO%; }
                location /page { error_page 403 = /shown; deny all; proxy_pass http://%ECHO%; }
                location /shown { allow all; return 200 shown; }
                """, paths: ["/", "/no", "/no/x", "/any", "/page", "/shown"]),
        Route(
            name: "merge-off",
            text: """
                merge_slashes off;
                location //a { return 200 double; }
                location /a { return 200 "single $uri"; }
                location / { return 200 "$uri $request_uri"; }
                """, paths: ["//a", "/a", "/a//b", "///", "/a/./b", "/a/../b"]),
    ]

    static let rewrites = [
        Route(
            name: "rewrite-last",
            text: """
                location /a { rewrite ^/a/(.*)$ /b/$1?from=a last; return 404; }
                location /b { rewrite ^/b/x /c? last; return 200 "b $uri $args"; }
                location /c { return 200 "c $uri $args"; }
                """, paths: ["/a/1", "/a/x", "/a", "/b/1", "/b/x", "/a/%20y", "/a/1?q=2"]),
        Route(
            name: "rewrite-break",
            text: """
                location /a { rewrite ^/a/(.*)$ /b/$1 break; proxy_pass http://%ECHO%; }
                location /b { rewrite ^/b/(.*)$ /n/$1?x=$1 break; proxy_pass http://%ECHO%/ignored; }
                location /c/ { rewrite /c/(.*) /$1 break; proxy_pass http://app; }
                """, paths: ["/a/1", "/a/x%2fy", "/a/x%20y", "/b/1?q=1", "/b/ä", "/c/d/e", "/a"]),
        Route(
            name: "rewrite-redirect",
            text: """
                rewrite ^/gone/(.*)$ /here/$1 permanent;
                rewrite ^/tmp/(.*)$ http://other.test/$1 redirect;
                rewrite ^/bare/(.*)$ /plain/$1? redirect;
                location / { return 200 "$uri"; }
                """, paths: ["/gone/x", "/gone/x?a=b", "/tmp/y?z=1", "/bare/x?drop=1", "/", "/gone/a%20b"]),
        Route(
            name: "server-rewrite",
            text: """
                if ($request_method = POST) { rewrite ^ /posted last; }
                rewrite ^/(v\\d)/(.*) /api/$2?version=$1;
                location /api { return 200 "$uri $args"; }
                location /posted { return 200 "posted $args"; }
                location / { return 200 rest; }
                """, paths: ["/v1/users", "/v2/x?y=1", "/other", "/v/x"]),
        Route(
            name: "conditions",
            text: """
                set $hit 0;
                if ($arg_a) { set $hit 1; }
                if ($arg_b = x) { set $hit "${hit}2"; }
                if ($http_x_mode ~* ^debug(.*)$) { set $hit "$hit:$1"; }
                if ($arg_c !~ ^\\d+$) { set $hit "$hit-n"; }
                location / { if ($hit = "0-n") { return 204; } return 200 $hit; }
                """, paths: ["/", "/?a=1", "/?a=0", "/?b=x", "/?c=12", "/?a=1&b=x&c=1", "/?A=1"]),
        Route(
            name: "if-proxy",
            text: """
                location / {
                    if ($arg_to = b) { proxy_pass http://app; }
                    if ($http_x_mode = debug) { add_header X-Mode debug; }
                    proxy_pass http://%ECHO%;
                }
                """, paths: ["/", "/?to=b", "/x/y?to=b", "/x"]),
        Route(
            name: "maps",
            text: """
                location / { return 200 "$target|$tenant|$kind|$connection_upgrade"; }
                location /old/ { return 302 $target; }
                location /m { proxy_pass http://%ECHO%$target; }
                """,
            paths: ["/", "/old/x/y", "/exact", "/?kind=a", "/?kind=b&value=%20z", "/?kind=Cx", "/m", "/?kind="]),
        Route(
            name: "cycle",
            text: """
                location /a { rewrite ^ /b; }
                location /b { rewrite ^ /a; }
                location /once { rewrite ^/once(.*) /twice$1; }
                location /twice { rewrite ^/twice(.*) /done$1; }
                location /done { return 200 "$uri"; }
                """, paths: ["/a", "/b", "/once/x", "/twice"]),
        Route(
            name: "captures",
            text: """
                location ~ ^/(?<first>[^/]+)/(?<second>[^/]*) {
                    rewrite ^/x/(.+) /y/$1/$first break;
                    proxy_set_header X-Parts "$first|$second|$1";
                    proxy_set_header Connection "";
                    proxy_pass http://%ECHO%;
                }
                """, paths: ["/x/1", "/q/w", "/x/a%20b", "/x/%3f", "/q/"]),
        Route(
            name: "args",
            text: """
                location /set { set $args "a=1&$args"; proxy_pass http://%ECHO%; }
                location /none { set $args ""; proxy_pass http://app; }
                location / { return 200 "$args|$arg_x|$arg_X|$is_args|$query_string"; }
                """, paths: ["/set?b=2", "/set", "/none?x=1", "/?x=1", "/?X=%2f&x=3", "/?xx=1&x=", "/?"]),
    ]
}
