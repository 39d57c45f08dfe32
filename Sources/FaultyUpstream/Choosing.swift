/// What the site does with a request.
enum Choice {
    /// Plays a fault.
    case play(Fault, [Knob: Int])
    /// Answers as the path says; a fault is named where one was meant whose conditions do not hold this time.
    case answer(insteadOf: Fault?)
    /// Explains, with this status.
    case explain(String, status: String)
}

extension Core {
    /// Rules go first, then the query's `fault`, then the path. `/counts` is never struck.
    func choose(for request: Request) -> Choice {
        if request.path == "/counts" { return .answer(insteadOf: nil) }
        var spared: Fault?
        for (index, rule) in options.rules.rules.enumerated()
        where rule.matches(method: request.method, path: request.path) {
            guard let fault = options.rules.fault(named: rule.fault) else { continue }
            let conditions = Conditions(fault, rule.settings)
            if conditions.isAlways || conditions.hold(for: countMatch(of: "rule \(index)")) {
                return .play(fault, rule.settings)
            }
            spared = fault
        }
        if let name = request.query.first(where: { $0.name == "fault" })?.value { return choose(name, request) }
        let parts = request.path.split(separator: "/", maxSplits: 2)
        if parts.first == "fault", parts.count > 1 { return choose(String(parts[1]), request) }
        if parts.count == 1, options.rules.fault(named: parts[0]) != nil { return choose(String(parts[0]), request) }
        return .answer(insteadOf: spared)
    }

    private func choose(_ name: String, _ request: Request) -> Choice {
        guard let fault = options.rules.fault(named: name) else {
            return .explain(Rule.unknown(name), status: "404 Not Found")
        }
        if let place = fault.place {
            let address = places.endpoint(of: place)?.text ?? "not opened"
            return .explain(
                "'\(name)' is met on connecting to the \(place.text): \(address)", status: "400 Bad Request")
        }
        var settings: [Knob: Int] = [:]
        for item in request.query {
            guard let knob = Knob(rawValue: item.name) else { continue }
            do throws(TextError) { settings[knob] = try knob.value(item.value, for: fault) } catch {
                return .explain(error.description, status: "400 Bad Request")
            }
        }
        let conditions = Conditions(fault, settings)
        if conditions.isAlways { return .play(fault, settings) }
        guard let number = countTarget(request.target) else {
            return .explain("more than \(Self.targetLimit) targets with conditions", status: "503 Service Unavailable")
        }
        return conditions.hold(for: number) ? .play(fault, settings) : .answer(insteadOf: fault)
    }
}
