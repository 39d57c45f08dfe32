import HTTP

/// The rows about this process: configuration, files, limits.
extension FailureTable {
    static func local(_ kind: LocalCause, _ cause: Cause) -> Row {
        switch kind {
        case .rewriteCycle, .redirectCycle, .namedLocationCycle, .namedLocationMissing, .emptyRewrite,
            .subrequestCycle, .variableCycle, .certificateFailed:
            .answer(500, .proxyConfigurationError, .error, "I")
        case .authUnexpected: .answer(500, .proxyInternalError, .error, "I")
        case .patternFailed, .callFailed: .answer(500, .proxyInternalError, .alert, "I")
        case .uninitializedVariable, .bodySpooled: .notice(.warn)
        case .patternMatches, .patternMisses, .rewritten, .rewrittenRedirect, .bodyInFile: .notice(.notice)
        case .accessForbidden: .answer(403, .httpRequestDenied, .error, "P")
        case .fileFailed: file(cause.errno)
        case .indexFailed:
            .answer(cause.errno == SystemError.accessDenied ? 403 : 404, nil, .error, "L")
        case .directoryForbidden: .answer(403, nil, .error, "L")
        case .notRegularFile: .answer(404, nil, .crit, "L")
        case .fileCut: .answer(500, .proxyInternalError, .alert, "L")
        case .spoolFailed: .answer(500, .proxyInternalError, .crit, "R")
        case .connectionsExhausted: .answer(500, .proxyInternalError, .alert, "R")
        case .connectionsReused: .notice(.warn)
        case .acceptFailed: .notice(acceptLevel(cause.errno))
        }
    }

    /// nginx: a path that names nothing is 404, one that may not be read 403, all else is this machine's trouble.
    private static func file(_ errno: Int32) -> Row {
        switch errno {
        case SystemError.noEntry, SystemError.notDirectory, SystemError.nameTooLong: .answer(404, nil, .error, "L")
        case SystemError.accessDenied: .answer(403, nil, .error, "L")
        default: .answer(500, .proxyInternalError, .crit, "L")
        }
    }

    private static func acceptLevel(_ errno: Int32) -> LogLevel {
        switch errno {
        case SystemError.processFiles, SystemError.systemFiles: .crit
        case SystemError.aborted: .error
        default: .alert
        }
    }
}
