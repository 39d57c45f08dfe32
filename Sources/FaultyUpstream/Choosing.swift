/// What the site does with a request.
enum Choice {
    /// Plays a fault.
    case play(Fault, [Knob: Int])
    /// Answers well in the fault's stead, since its conditions do not hold this time.
    case spare(Fault)
    /// Answers as the path says.
    case answer
    /// Explains, with this status.
    case explain(String, status: String)
}

extension Core {
    /// Rules go first, then the query's `fault`, then the path. `/counts` is never struck.
    func choose(for request: Request) -> Choice {
        if request.path == "/counts" { return .answer }
        for (index, rule) in options.rules.rules.enumerated()
        where rule.matches(method: request.method, path: request.path) {
            guard let fault = options.rules.fault(named: rule.fault) else { continue }
            if strikes(fault, rule.settings, key: "rule \(index)") == true { return .play(fault, rule.settings) }
        }
        if let name = request.query.first(where: { $0.name == "fault" })?.value { return choose(name, request) }
        let parts = request.path.split(separator: "/", maxSplits: 2)
        if parts.first == "fault", parts.count > 1 { return choose(String(parts[1]), request) }
        if parts.count == 1, options.rules.fault(named: parts[0]) != nil { return choose(String(parts[0]), request) }
        return .answer
    }

    private func choose(_ name: String, _ request: Request) -> Choice {
        guard let fault = options.rules.fault(named: name) else {
            return .explain(Rule.unknown(name), status: "404 Not Found")
        }
        if let place = fault.place {
            return .explain("'\(name)' is found on connecting to \(place.rawValue); see the start page", status: "400 Bad Request")
        }
        var settings: [Knob: Int] = [:]
        for item in request.query {
            guard let knob = Knob(rawValue: item.name) else { continue }
            do throws(TextError) { settings[knob] = try knob.value(item.value, for: fault) } catch {
                return .explain(error.description, status: "400 Bad Request")
            }
        }
        switch strikes(fault, settings, key: request.target) {
        case true?: return .play(fault, settings)
        case false?: return .spare(fault)
        case nil: return .explain("more than \(Self.matchLimit) targets with conditions", status: "503 Service Unavailable")
        }
    }

    /// Counts the request under `key` where the conditions need it; nil where no further key can be counted.
    private func strikes(_ fault: Fault, _ settings: [Knob: Int], key: String) -> Bool? {
        let conditions = Conditions(fault.defaults.merging(settings) { _, given in given })
        if conditions.isAlways { return true }
        return countMatch(of: key).map(conditions.hold(for:))
    }
}
