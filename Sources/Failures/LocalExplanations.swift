/// Explanations about this process.
extension Explanation {
    static func what(_ kind: LocalCause, _ cause: Cause) -> StaticString {
        switch kind {
        case .rewriteCycle, .redirectCycle, .namedLocationCycle:
            "The request was sent round more than ten times in here."
        case .namedLocationMissing: "The configuration names a location that this server does not have."
        case .emptyRewrite: "A rewrite left nothing of the URI."
        case .subrequestCycle: "A subrequest led to itself more than fifty times."
        case .variableCycle: "A variable's value depends on itself."
        case .patternFailed: "A regular expression gave up on this subject."
        case .uninitializedVariable: "A variable was used before anything was set; it counts as empty."
        case .patternMatches: "A pattern of rewrite or if matched (rewrite_log)."
        case .patternMisses: "A pattern of rewrite or if did not match (rewrite_log)."
        case .rewritten, .rewrittenRedirect: "What a rewrite made of the URI (rewrite_log)."
        case .accessForbidden: "A deny rule matches the client's address."
        case .authUnexpected: "The auth_request subrequest answered neither 2xx nor 401 nor 403."
        case .fileFailed: fileWhat(cause.errno)
        case .indexFailed: "The directory of the request does not exist or cannot be read."
        case .directoryForbidden: "The request is for a directory, and it has no index file."
        case .notRegularFile: "The path is neither a file nor a directory."
        case .bodyInFile: "The request body was written to a file, as client_body_in_file_only says."
        case .fileCut: "The file became shorter while it was sent."
        case .bodySpooled: "The request body is larger than client_body_buffer_size and was written to a file."
        case .spoolFailed:
            cause.operation == .pread
                ? "The temporary file with the request body could not be read."
                : "The temporary file for the request body could not be written."
        case .connectionsExhausted: "All worker_connections are in use."
        case .connectionsReused: "worker_connections are nearly used up; idle connections are closed to make room."
        case .acceptFailed: "A connection that came in could not be accepted."
        case .callFailed: "A system call failed that must not."
        case .certificateFailed: "A certificate, or its key, could not be read."
        }
    }

    static func check(_ kind: LocalCause, _ cause: Cause) -> StaticString {
        switch kind {
        case .rewriteCycle, .redirectCycle, .namedLocationCycle, .subrequestCycle, .variableCycle:
            "Follow rewrite, error_page, try_files and index by hand for this URI: which one leads back?"
        case .namedLocationMissing: "Is the location spelled the same, and in the same server block?"
        case .emptyRewrite: "Is the variable that the rewrite puts there empty?"
        case .patternFailed: "Simplify the expression: nested repetitions need time without end on some subjects."
        case .uninitializedVariable: "Is it spelled right? A set in another branch of if does not count here."
        case .patternMatches, .patternMisses, .rewritten, .rewrittenRedirect:
            "Nothing is wrong; rewrite_log off stops these lines."
        case .accessForbidden: "See allow and deny for this location; behind another proxy, set_real_ip_from."
        case .authUnexpected: "Look at the answer of the location in auth_request."
        case .fileFailed: fileCheck(cause.errno)
        case .indexFailed: pathCheck
        case .directoryForbidden: "Add an index file, or name another with index."
        case .notRegularFile: "Sockets, devices and pipes are not served."
        case .bodyInFile: "Nothing is wrong: the configuration asks for it."
        case .fileCut: "Who changes it? A new version takes the place of the old one by mv; nothing is written into it."
        case .bodySpooled: "Nothing is wrong; a larger client_body_buffer_size avoids it."
        case .spoolFailed:
            cause.operation == .pread
                ? "The errno says why; look at the disk under client_body_temp_path."
                : "Is the disk full? May this user write in client_body_temp_path?"
        case .connectionsExhausted, .connectionsReused:
            "Raise worker_connections; each proxied request needs two."
        case .acceptFailed: "Too many open files? Raise the limit (ulimit -n, worker_rlimit_nofile)."
        case .callFailed: "The errno says why; this machine may be out of memory or descriptors."
        case .certificateFailed:
            "Does the file that the variables name exist, may this user read it, and does the key belong to it?"
        }
    }

    private static var pathCheck: StaticString {
        "Compare the path with root and alias, and see the modes of each directory in it."
    }

    private static func fileCheck(_ errno: Int32) -> StaticString {
        switch errno {
        case SystemError.noEntry, SystemError.notDirectory, SystemError.nameTooLong, SystemError.accessDenied: pathCheck
        case SystemError.processFiles, SystemError.systemFiles:
            "Too many open files? Raise the limit (ulimit -n, worker_rlimit_nofile)."
        default: "The errno says why; look at the disk and its file system."
        }
    }

    private static func fileWhat(_ errno: Int32) -> StaticString {
        switch errno {
        case SystemError.noEntry, SystemError.notDirectory, SystemError.nameTooLong: "There is no such file."
        case SystemError.accessDenied: "The file is there, but this user may not read it."
        default: "The file could not be opened."
        }
    }
}
