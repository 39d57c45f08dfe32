import Testing
@testable import ProxyCore

@Suite struct ActionListTests {
    @Test func keepsTheOrder() {
        #expect(words(ActionList<Int>()) == "")
        #expect(words(ActionList(1)) == "1")
        #expect(words(ActionList(1, 2)) == "1, 2")
        #expect(words(ActionList(1, 2, 3)) == "1, 2, 3")
    }

    @Test func holdsSix() {
        var list = ActionList(1, 2, 3)
        for number in 4...6 { list.append(number) }
        #expect(list.count == 6 && words(list) == "1, 2, 3, 4, 5, 6")
    }

    @Test func aSeventhTraps() async {
        await #expect(processExitsWith: .failure) {
            var list = ActionList<Int>()
            for number in 0..<7 { list.append(number) }
        }
    }

    @Test func readingBeyondTheEndTraps() async {
        await #expect(processExitsWith: .failure) { _ = ActionList(1)[1] }
    }
}
