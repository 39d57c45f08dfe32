import Foundation
@testable import ProxyCore

/// Where an exchange may stand when a turn is over: the table of `docs/LIFECYCLE.md`, which was found by running the
/// machine by itself. What the real drivers come to has to lie within.
enum RestingPlaces {
    private static let allowed: [Bool] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/LIFECYCLE.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        var table = Array(repeating: false, count: 1_024)
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4,
                let response = ExchangeMachine.ResponseHalf.allCases.first(where: { "\($0)" == cells[0] }),
                let attempt = ExchangeMachine.Attempt.allCases.first(where: { "\($0)" == cells[1] }),
                let request = ExchangeMachine.RequestHalf.allCases.first(where: { "\($0)" == cells[2] })
            else { continue }
            table[index(request, response, attempt)] = true
        }
        return table
    }()

    private static func index(
        _ request: ExchangeMachine.RequestHalf, _ response: ExchangeMachine.ResponseHalf,
        _ attempt: ExchangeMachine.Attempt
    ) -> Int {
        Int(request.rawValue) << 7 | Int(response.rawValue) << 4 | Int(attempt.rawValue)
    }

    static func include(_ machine: ExchangeMachine) -> Bool {
        allowed[index(machine.request, machine.response, machine.attempt)]
    }
}
