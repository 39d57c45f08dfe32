/// The words that nginx has for each status, in the status line and on its pages.
package enum StatusPhrase {
    /// What is sent for a status of `$status` and `error_page`: 400 for 494–497, which are nginx's own.
    package static func wire(_ status: UInt16) -> UInt16 { (494...497).contains(status) ? 400 : status }

    /// The phrase of the status line, without the number; nil where nginx has none and sends the number alone.
    package static func text(_ status: UInt16) -> StaticString? {
        switch status {
        case 100..<400: early(status)
        case 400..<500: client(status)
        case 500..<600: server(status)
        default: nil
        }
    }

    /// The phrase on a page that is generated; nil for a status that has no page and so an empty body.
    static func title(_ status: UInt16) -> StaticString? {
        switch status {
        case 302: "Found"
        case 401: "Authorization Required"
        case 494...497: "Bad Request"
        case 301, 303, 307, 308, 400, 402...416, 421, 429, 500...505, 507: text(status)
        default: nil
        }
    }

    /// The line below the heading, and the title of the page, for the kinds of 400 that nginx tells apart.
    static func note(_ status: UInt16) -> StaticString? {
        switch status {
        case 494: "Request Header Or Cookie Too Large"
        case 495: "The SSL certificate error"
        case 496: "No required SSL certificate was sent"
        case 497: "The plain HTTP request was sent to HTTPS port"
        default: nil
        }
    }

    private static func early(_ status: UInt16) -> StaticString? {
        switch status {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 103: "Early Hints"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 203: "Non-Authoritative Information"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 207: "Multi-Status"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 303: "See Other"
        case 304: "Not Modified"
        case 305: "Use Proxy"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        default: nil
        }
    }

    private static func client(_ status: UInt16) -> StaticString? {
        switch status {
        case 400, 494...497: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Time-out"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Large"
        case 415: "Unsupported Media Type"
        case 416: "Requested Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Entity"
        case 423: "Locked"
        case 424: "Failed Dependency"
        case 426: "Upgrade Required"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        default: nil
        }
    }

    private static func server(_ status: UInt16) -> StaticString? {
        switch status {
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Temporarily Unavailable"
        case 504: "Gateway Time-out"
        case 505: "HTTP Version Not Supported"
        case 506: "Variant Also Negotiates"
        case 507: "Insufficient Storage"
        case 510: "Not Extended"
        default: nil
        }
    }
}
