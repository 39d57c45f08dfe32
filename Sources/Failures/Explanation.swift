/// What a developer is told about a cause: what happened, and what to look at first.
struct Explanation {
    var what: StaticString
    var check: StaticString

    static func of(_ cause: Cause, at place: Place) -> Explanation {
        Explanation(what: "", check: "")
    }
}
