import Bytes

/// The errnos of Linux that the table or its texts know, without asking the C library.
enum SystemError {
    static var notPermitted: Int32 { 1 }
    static var noEntry: Int32 { 2 }
    static var again: Int32 { 11 }
    static var accessDenied: Int32 { 13 }
    static var notDirectory: Int32 { 20 }
    static var systemFiles: Int32 { 23 }
    static var processFiles: Int32 { 24 }
    static var brokenPipe: Int32 { 32 }
    static var nameTooLong: Int32 { 36 }
    static var networkDown: Int32 { 100 }
    static var networkUnreachable: Int32 { 101 }
    static var aborted: Int32 { 103 }
    static var reset: Int32 { 104 }
    static var notConnected: Int32 { 107 }
    static var timedOut: Int32 { 110 }
    static var refused: Int32 { 111 }
    static var hostDown: Int32 { 112 }
    static var hostUnreachable: Int32 { 113 }

    /// Everyday errors of an open connection: one level for them, `alert` for all others (nginx: connection errors).
    static func isConnectionError(_ errno: Int32) -> Bool {
        switch errno {
        case 0, reset, brokenPipe, notConnected, timedOut, refused, networkDown, networkUnreachable, hostDown,
            hostUnreachable:
            true
        default: false
        }
    }

    /// Everyday answers of `connect` itself; all others are `crit`.
    static func isConnectError(_ errno: Int32) -> Bool {
        switch errno {
        case refused, again, reset, networkDown, networkUnreachable, hostDown, hostUnreachable: true
        default: false
        }
    }

    /// Appends ` (111: Connection refused)`; nothing for 0.
    static func append(_ errno: Int32, to out: inout ByteBuffer) {
        if errno == 0 { return }
        out.append(" (")
        out.append(decimal: errno)
        out.append(": ")
        if let text = text(errno) {
            out.append(text)
        } else {
            out.append("Unknown error ")
            out.append(decimal: errno)
        }
        out.append(0x29)
    }
}
