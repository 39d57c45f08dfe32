/// Explanations about finding an address to connect to.
extension Explanation {
    static func choice(_ kind: ChoiceCause) -> Explanation {
        switch kind {
        case .noLivePeers:
            Explanation(
                what: "No peer of the group is available: each is down, disabled by failures, or unhealthy by checks.",
                check: "The lines before this one say why. Peers come back after fail_timeout, or as a check passes.")
        case .limitReached: busy("Every peer of the upstream group already has max_conns connections.")
        case .queueFull:
            busy("Every peer has max_conns connections, and as many requests wait already as the queue takes.")
        case .queueTimedOut: busy("The request waited in the group's queue, and no peer became free in time.")
        case .awaited:
            Explanation(
                what: "The upstream is not there yet: the request waits for it as proxy_wait says.",
                check: "Is the app being started again? If it never listens, the ordinary failure follows.")
        case .nameNotResolved:
            Explanation(
                what: "The name server says that the upstream's name has no address.",
                check: "Is the name spelled right, and does the server in resolver know it? Docker's is 127.0.0.11.")
        case .lookupTimedOut:
            Explanation(
                what: "The name server did not answer the lookup of the upstream's name in time.",
                check: "Is the address in resolver right, and is port 53 (UDP) open from here?")
        case .tooManyLookups:
            Explanation(
                what: "As many names as a worker looks up at a time, or as many requests as wait for one, were there.",
                check: "Does the name server answer, and how soon? Do clients choose the names that are looked up?")
        case .noResolver:
            Explanation(
                what: "proxy_pass has a name that is only known as requests run, and nobody can be asked for it.",
                check: "Is there a resolver, with an address? Without one the system's name servers are asked.")
        case .unknownAtStart:
            Explanation(
                what: "The upstream's name has no address yet; it is looked up again from time to time.",
                check: "Start the upstream, or correct the name. Requests get 502 until then.")
        case .invalidURLPrefix:
            Explanation(what: "The value of proxy_pass does not begin with http:// or https://.", check: variables)
        case .noHost: Explanation(what: "The value of proxy_pass has no host.", check: variables)
        case .invalidPort: Explanation(what: "The port in proxy_pass is not between 1 and 65535.", check: variables)
        case .noPort: Explanation(what: "The value of proxy_pass has no port where one is needed.", check: variables)
        case .emptyURI: Explanation(what: "The target to send to the upstream came out empty.", check: variables)
        case .noConfiguration:
            Explanation(
                what: "An if with proxy_pass holds, and behind it one without, which names no upstream.",
                check: "Put proxy_pass beside the ifs, or into each of them.")
        case .bindFailed:
            Explanation(
                what: "The local address in proxy_bind could not be used.",
                check: "Does this machine have that address? Are all its ports in use?")
        case .invalidLocalAddress:
            Explanation(
                what: "The variables in proxy_bind gave no numeric address; the kernel chose one.",
                check: "Which values do the variables in proxy_bind have for this request?")
        case .callFailed:
            Explanation(
                what: "This machine could not make a socket for the upstream connection.",
                check: "Too many open files? Raise the limit (ulimit -n, worker_rlimit_nofile).")
        }
    }

    private static func busy(_ what: StaticString) -> Explanation {
        Explanation(
            what: what,
            check: "Is the app too slow for this load? Raise max_conns, add peers, or let more wait (queue).")
    }

    private static var variables: StaticString { "Which values do the variables in proxy_pass have for this request?" }
}
