import Bytes
import Testing

/// What lies in a place of its own.
@Suite struct PlaceTests {
    private struct Large: ~Copyable {
        var numbers = InlineArray<100, Int>(repeating: 7)
        let inPlace = InPlace()
    }

    /// Where a function that borrows it sees it.
    private static func address(_ value: borrowing Large) -> UInt {
        unsafe withUnsafePointer(to: value) { UInt(bitPattern: $0) }
    }

    @Test func largeStructsAreLentWhereTheyLie() {
        let place = UnsafeMutablePointer<Large>.allocate(capacity: 1)
        unsafe place.initialize(to: Large())
        let seen = unsafe Self.address(place.pointee)
        let lies = UInt(bitPattern: place)
        #expect(seen == lies)
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }

    @Test func settledValuesTellTheirMembers() {
        let settled = Settled((name: [UInt8](repeating: 0x61, count: 40), count: 3))
        let copy = settled
        #expect(copy.name.count == 40 && settled.count == 3)
        settled.destroy()
    }

    /// It ends what the value holds.
    @Test func settledValuesEndOnce() {
        final class Held {}
        weak var held: Held?
        let settled: Settled<(Held, Int)>
        do {
            let fresh = Held()
            held = fresh
            settled = Settled((fresh, 0))
        }
        #expect(held != nil)
        settled.destroy()
        #expect(held == nil)
    }
}

/// Rows of plain values.
@Suite struct PlainRowTests {
    @Test func beginsBlankAndKeepsWhatIsWritten() {
        var row = PlainRow(count: 3, blank: -1)
        #expect(row.count == 3 && (0..<3).allSatisfy { row[$0] == -1 })
        row[1] = 5
        row[2] += 10
        #expect((0..<3).map { row[$0] } == [-1, 5, 9])
        row.destroy()
    }

    @Test func growsToTwiceItsSizeOrAsFarAsAsked() {
        var row = PlainRow(count: 2, blank: 0)
        row[0] = 1
        row[1] = 2
        row.grow(toHold: 2)
        #expect((0..<row.count).map { row[$0] } == [1, 2, 0, 0])
        row[3] = 4
        row.grow(toHold: 20)
        #expect(row.count == 21 && row[1] == 2 && row[3] == 4 && (4..<21).allSatisfy { row[$0] == 0 })
        row.destroy()
    }

    @Test func anEmptyRowGrows() {
        var row = PlainRow<UInt8>(count: 0, blank: 9)
        row.grow(toHold: 0)
        #expect(row.count == 1 && row[0] == 9)
        row.destroy()
    }

    @Test func placesOutsideTrap() async {
        await #expect(processExitsWith: .failure, "behind the end") {
            let row = PlainRow(count: 2, blank: 0)
            _ = row[2]
        }
        await #expect(processExitsWith: .failure, "before the beginning") {
            var row = PlainRow(count: 2, blank: 0)
            row[-1] = 1
        }
    }
}
