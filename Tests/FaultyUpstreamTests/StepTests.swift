import Testing

@testable import FaultyUpstream

/// Payloads and steps as data and as text.
struct StepTests {
    @Test func aPayloadIsLatin1() {
        let payload: Payload = "A\u{e9}\u{0}\r\n"
        #expect(payload.bytes == [0x41, 0xe9, 0x00, 0x0d, 0x0a])
    }

    @Test func aPayloadRepeatsWithoutHoldingCopies() {
        let payload = "<" + Payload.repeated("ab", 3) + ">"
        #expect(payload.count == 8)
        #expect(payload.runs.count == 3)
        #expect(RawClient.latin(payload.bytes) == "<ababab>")
        #expect(Payload.repeated("x", 0).count == 0)
    }

    @Test func everyFaultsStepsSurviveBeingWrittenAndRead() throws {
        for fault in FaultTable.all where fault.place == nil {
            let steps = fault.steps()
            #expect(try StepText.steps(in: StepText.text(steps)) == steps, "\(fault.name)")
        }
    }

    @Test func stepsAreReadAsWritten() throws {
        let text =
            #"read-head; peek; read 10;send "a\r\n\x00" "b" * 3 ; dribble "xyz" by 2 each 5ms;"#
            + " sleep 1s; stall; hold 20ms"
        #expect(
            try StepText.steps(in: text) == [
                .readHead, .peek, .read(bytes: 10), .send("a\r\n\u{0}" + .repeated("b", 3)),
                .dribble("xyz", bytes: 2, milliseconds: 5), .sleep(milliseconds: 1000), .stall(milliseconds: nil),
                .hold(milliseconds: 20),
            ])
        #expect(try StepText.steps(in: #"send """#) == [.send("")])
    }

    @Test(arguments: [
        ("", "a step expected"), ("sned \"x\"", "unknown step 'sned'"), ("send x", "bytes in double quotes expected"),
        ("send \"x", "a closing '\"' is missing"), (#"send "\q""#, "unknown escape"), ("sleep 5", "a time such as"),
        ("read x", "the bytes to read must be a number"), ("reset reset", "';' expected before 'reset'"),
        ("dribble \"x\" at 3", "'by' expected, not 'at'"), ("send \"xx\" * 67108864", "more than 64 MiB"),
        ("reset;", "a step expected"),
    ])
    func aMistakeIsNamed(text: String, message: String) {
        #expect(throws: TextError.self) { try StepText.steps(in: text) }
        do throws(TextError) { _ = try StepText.steps(in: text) } catch { #expect(error.description.contains(message)) }
    }

    @Test func aLongPayloadIsShortened() {
        #expect(StepText.text([.send("abcdefghij")], payloadLimit: 5) == "send \"abcd… (10 bytes)")
    }
}
