import Bytes

/// The words about this process.
extension CauseText {
    static func append(
        _ kind: LocalCause, _ cause: Cause, _ evidence: borrowing Evidence, to out: inout ByteBuffer
    ) {
        switch kind {
        case .rewriteCycle:
            quoted("rewrite or internal redirection cycle while processing ", evidence.first, to: &out)
        case .redirectCycle:
            quoted("rewrite or internal redirection cycle while internally redirecting to ", evidence.first, to: &out)
        case .namedLocationCycle:
            quoted("rewrite or internal redirection cycle while redirect to named location ", evidence.first, to: &out)
        case .namedLocationMissing: quoted("could not find named location ", evidence.first, to: &out)
        case .emptyRewrite: out.append("the rewritten URI has a zero length")
        case .subrequestCycle: quoted("subrequests cycle while processing ", evidence.first, to: &out)
        case .variableCycle: quoted("cycle while evaluating variable ", evidence.first, to: &out)
        case .patternFailed:
            numbered("pcre2_match() failed: ", cause, to: &out)
            quoted(" on ", evidence.first, to: &out)
            quoted(" using ", evidence.second, to: &out)
        case .uninitializedVariable:
            quoted("using uninitialized ", evidence.first, to: &out)
            out.append(" variable")
        case .patternMatches, .patternMisses:
            quoted("", evidence.first, to: &out)
            quoted(kind == .patternMatches ? " matches " : " does not match ", evidence.second, to: &out)
        case .rewritten:
            quoted("rewritten data: ", evidence.first, to: &out)
            quoted(", args: ", evidence.second, to: &out)
        case .rewrittenRedirect: quoted("rewritten redirect: ", evidence.first, to: &out)
        case .accessForbidden: out.append("access forbidden by rule")
        case .authUnexpected: numbered("auth request unexpected status: ", cause, to: &out)
        case .fileFailed, .spoolFailed: call(cause, on: evidence.first, to: &out)
        case .indexFailed:
            quoted("", evidence.first, to: &out)
            out.append(cause.errno == SystemError.accessDenied ? " is forbidden" : " is not found")
            SystemError.append(cause.errno, to: &out)
        case .directoryForbidden:
            quoted("directory index of ", evidence.first, to: &out)
            out.append(" is forbidden")
        case .notRegularFile:
            quoted("", evidence.first, to: &out)
            out.append(" is not a regular file")
        case .fileCut:
            numbered("pread() read only 0 of ", cause, to: &out)
            quoted(" from ", evidence.first, to: &out)
        case .bodySpooled, .bodyInFile:
            out.append("a client request body is buffered to a temporary file ")
            append(escaping: evidence.first, to: &out)
        case .connectionsExhausted, .connectionsReused:
            out.append(decimal: cause.number)
            out.append(" worker_connections are not enough")
            if kind == .connectionsReused { out.append(", reusing connections") }
        case .acceptFailed:
            call(cause, to: &out)
            out.append(" while accepting new connection on ")
            append(escaping: evidence.first, to: &out)
        case .callFailed: call(cause, to: &out)
        case .certificateFailed: append(escaping: evidence.first, to: &out)
        }
    }
}
