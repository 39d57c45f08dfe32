import Foundation
import Testing
@testable import ProxyCore

/// The tables and diagrams of `docs/LIFECYCLE.md` are what the machines do, found by running them through all of their
/// states. `UPDATE_GOLDEN=1` writes them anew; the prose between them is written by hand.
@Suite struct LifecycleTests {
    @Test func documentIsWhatTheMachinesDo() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/LIFECYCLE.md")
        let stored = try String(contentsOf: file, encoding: .utf8)
        let rendered = try Self.replaceBlocks(of: stored)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try rendered.write(to: file, atomically: true, encoding: .utf8)
        }
        let now = try String(contentsOf: file, encoding: .utf8)
        let differing = zip(rendered.split(separator: "\n"), now.split(separator: "\n")).first { $0 != $1 }
        #expect(rendered == now, "docs/LIFECYCLE.md is not what the machines do: \(String(describing: differing))")
    }

    /// Every block is there once.
    @Test func documentHasEveryBlock() throws {
        let blank = Self.blocks.map { "<!-- begin \($0.name) -->\nold\n<!-- end -->\n" }.joined()
        let rendered = try Self.replaceBlocks(of: blank)
        #expect(!rendered.contains("old"))
        #expect(throws: Missing.self) { try Self.replaceBlocks(of: "") }
    }

    struct Missing: Error {
        let block: String
    }

    static let blocks: [(name: String, render: @Sendable () -> String)] = [
        ("downstream diagram", { diagram(DownstreamMachineTests.space.steps.map { ($0.from, $0.to, $0.input) }) }),
        ("downstream table", { table(DownstreamMachineTests.space.steps, deadlines: downstreamDeadlines()) }),
        ("upstream diagram", { diagram(UpstreamMachineTests.space.steps.map { ($0.from, $0.to, $0.input) }) }),
        ("upstream table", { table(UpstreamMachineTests.space.steps, deadlines: upstreamDeadlines()) }),
        ("check table", { table(CheckMachineTests.space.steps, deadlines: checkDeadlines()) }),
        ("request half", { part { "\($0.request)" } }),
        ("response half", { part { "\($0.response)" } }),
        ("attempt", { part { "\($0.attempt)" } }),
        ("resting places", restingPlaces),
    ]

    static func replaceBlocks(of document: String) throws -> String {
        var document = document
        for block in blocks {
            let begin = "<!-- begin \(block.name) -->\n"
            guard let start = document.range(of: begin)?.upperBound,
                let end = document.range(of: "<!-- end -->", range: start..<document.endIndex)?.lowerBound
            else { throw Missing(block: block.name) }
            document.replaceSubrange(start..<end, with: "\n" + block.render() + "\n")
        }
        return document
    }

    // MARK: diagrams

    /// One arrow for each pair of states, with all inputs that lead from one to the other.
    static func diagram(_ steps: [(from: String, to: String, input: String)]) -> String {
        var pairs: [(from: String, to: String, inputs: [String])] = []
        for step in steps where step.from != step.to {
            if let index = pairs.firstIndex(where: { $0.from == step.from && $0.to == step.to }) {
                if !pairs[index].inputs.contains(step.input) { pairs[index].inputs.append(step.input) }
            } else {
                pairs.append((step.from, step.to, [step.input]))
            }
        }
        let arrows = pairs.map { pair in
            "    \(identifier(pair.from)) --> \(identifier(pair.to)): \(pair.inputs.joined(separator: ", "))\n"
        }
        return "```mermaid\nstateDiagram-v2\n" + arrows.joined() + "```\n"
    }

    static func identifier(_ state: String) -> String {
        let words = state.split { $0 == "," || $0 == " " }
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    // MARK: tables of the connections' machines

    static func table<Machine>(_ steps: [Space<Machine>.Step], deadlines: [String: String]) -> String {
        var text = "| state | its deadline | input | actions | next state |\n|---|---|---|---|---|\n"
        var last = ""
        for step in steps {
            let state = step.from == last ? " | " : "`\(step.from)` | \(deadlines[step.from] ?? "none")"
            last = step.from
            text += "| \(state) | `\(step.input)` | \(code(step.actions)) | `\(step.to)` |\n"
        }
        return text
    }

    static func code(_ words: String) -> String { words.isEmpty ? "–" : "`\(words)`" }

    /// The machines were run with a timeout of its own length for each kind.
    static func downstreamDeadlines() -> [String: String] {
        let space = DownstreamMachineTests.space
        var names: [String: String] = [:]
        for (name, machine) in zip(space.names, space.machines) {
            let left = machine.deadline.isNever ? -1 : machine.deadline.since(DownstreamMachineTests.now)
            let isExchanging = machine.isExchanging || machine.streams > 0
            names[name] = isExchanging ? "the exchange's" : DownstreamMachineTests.timeouts[left]
        }
        return names
    }

    static func upstreamDeadlines() -> [String: String] {
        let space = UpstreamMachineTests.space
        var names: [String: String] = [:]
        for (name, machine) in zip(space.names, space.machines) where !machine.isClosed {
            names[name] =
                machine.deadline.isNever
                ? "the attempt's" : machine.isOpening ? "proxy_connect_timeout" : "keepalive_timeout of the group"
        }
        return names
    }

    static func checkDeadlines() -> [String: String] {
        let space = CheckMachineTests.space
        var names: [String: String] = [:]
        for (name, machine) in zip(space.names, space.machines) where !machine.isStopped {
            names[name] = machine.isResting ? "interval and jitter of health_check" : "the exchange's"
        }
        return names
    }

    // MARK: the exchange

    /// How one part of an exchange moves, whatever the others do.
    static func part(_ name: (Standing) -> String) -> String {
        var rows: [(from: String, input: String, to: String)] = []
        var order: [String] = []
        for step in ExchangeSpace.all.steps {
            let row = (from: name(step.from), input: step.input, to: name(step.to))
            if row.from == row.to || rows.contains(where: { $0 == row }) { continue }
            rows.append(row)
            if !order.contains(row.from) { order.append(row.from) }
        }
        let sorted = order.flatMap { from in rows.filter { $0.from == from } }
        return diagram(sorted.map { ($0.from, $0.to, $0.input) })
    }

    static func restingPlaces() -> String {
        var text = "| response | attempt | request | deadlines that are set |\n|---|---|---|---|\n"
        for place in ExchangeSpace.all.restingPlaces {
            text +=
                "| \(place.standing.response) | \(place.standing.attempt) | \(place.standing.request) | "
                + "\(place.deadlines.joined(separator: "; ")) |\n"
        }
        return text
    }
}
