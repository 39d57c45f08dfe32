/// What a developer is told about a cause: what happened, and what to look at first. One plain sentence each.
struct Explanation {
    var what: StaticString
    var check: StaticString

    static func of(_ cause: Cause, at place: Place) -> Explanation {
        switch cause.kind {
        case .connection(let kind): connection(kind, cause, place)
        case .response(let kind): Explanation(what: what(kind), check: check(kind))
        case .choice(let kind): choice(kind)
        case .client(let kind): client(kind, place)
        case .request(let kind): Explanation(what: what(kind), check: check(kind))
        case .stream(let kind): stream(kind)
        case .local(let kind): Explanation(what: what(kind, cause), check: check(kind, cause))
        }
    }
}
