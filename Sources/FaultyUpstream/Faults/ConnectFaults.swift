/// Places to connect to in vain; the server opens them beside its own port and says where they are.
let connectFaults: [Fault] = [
    Fault("refused", at: .refusingPort, "nothing listens on the port", .fails(502, .connectionRefused)),
    Fault(
        "backlog-full", at: .fullPort, "the queue of connections is full; SYNs get no answer",
        .fails(504, .connectionTimeout)),
    Fault(
        "unix-missing", at: .missingPath, "the unix socket's path does not exist",
        .fails(502, .destinationUnavailable)),
    Fault(
        "unix-refused", at: .refusingPath, "the unix socket's file exists, nobody listens",
        .fails(502, .connectionRefused)),
    Fault(
        "unix-forbidden", at: .forbiddenPath, "the unix socket's file may not be written by others (root still may)",
        .fails(502, .configurationError)),
    Fault("unix-full", at: .fullPath, "the unix socket's queue is full: EAGAIN", .fails(502, .connectionRefused)),
]
