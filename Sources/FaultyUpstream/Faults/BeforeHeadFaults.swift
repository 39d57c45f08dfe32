/// Ends before the response head is complete.
let beforeHeadFaults: [Fault] = [
    Fault("reset-at-accept", .beforeHead, "reset at once, the request unread", .terminated, [.reset]),
    Fault("fin-at-accept", .beforeHead, "FIN at once, the request unread until then", .terminated, [.finish]),
    Fault(
        "close-unread", .beforeHead, "close() with the request unread: the kernel sends a reset", .terminated,
        [.peek, .close]),
    Fault("reset-after-request", .beforeHead, "reset after reading the request", .terminated, [.readAll, .reset]),
    Fault(
        "fin-after-request", .beforeHead, "FIN after reading the request, no bytes", .terminated, [.readAll, .finish]),
    Fault("fin-in-version", .beforeHead, "FIN after 'HTT'", .incomplete, reply("HTT")),
    Fault("fin-in-status-line", .beforeHead, "FIN after 'HTTP/1.1 20'", .incomplete, reply("HTTP/1.1 20")),
    Fault(
        "reset-in-status-line", .beforeHead, "reset after 'HTTP/1.1 20'", .incomplete,
        replyThenPause("HTTP/1.1 20", .reset)),
    Fault(
        "fin-after-status-line", .beforeHead, "FIN after the whole status line", .incomplete,
        reply("HTTP/1.1 200 OK\r\n")),
    Fault(
        "fin-in-field", .beforeHead, "FIN in the middle of a field's name", .incomplete,
        reply("HTTP/1.1 200 OK\r\nContent-Le")),
    Fault(
        "reset-in-field", .beforeHead, "reset in the middle of a field's name", .incomplete,
        replyThenPause("HTTP/1.1 200 OK\r\nContent-Le", .reset)),
    Fault(
        "fin-before-blank-line", .beforeHead, "all fields but no blank line, FIN", .incomplete,
        reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")),
]
