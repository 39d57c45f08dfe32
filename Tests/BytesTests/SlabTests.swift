import Bytes
import Testing

/// Slots and their ids.
@Suite struct SlabTests {
    /// A slab that the test's macros can hold.
    final class Slots {
        var slab: Slab<Int>

        init(_ capacity: Int) { slab = Slab(capacity: capacity) }

        func insert(_ value: Int) -> SlotID { slab.insert(value) ?? .none }
        func remove(_ id: SlotID) -> Int { slab.remove(id) }
        func contains(_ id: SlotID) -> Bool { slab.contains(id) }
        func id(at index: UInt32) -> SlotID? { slab.id(at: index) }
        func value(_ id: SlotID) -> Int { slab[id] }
        var isFull: Bool { slab.isFull }
        var count: Int { slab.count }
        var highWater: UInt32 { slab.highWater }
    }

    @Test func idsAreOfOneUse() {
        let slots = Slots(2)
        let first = slots.insert(1)
        let second = slots.insert(2)
        #expect(slots.count == 2 && slots.isFull && slots.insert(3).isNone)
        #expect(slots.remove(first) == 1 && slots.count == 1)
        #expect(!slots.contains(first) && slots.contains(second) && !slots.isFull)
        let third = slots.insert(3)
        #expect(third.index == first.index && third.generation == first.generation + 2)
        #expect(!slots.contains(first), "the old id does not name its successor")
        #expect(slots.value(third) == 3 && slots.value(second) == 2)
    }

    /// The slot that was freed last is used first, so that few pages are touched.
    @Test func freedSlotsComeFirst() {
        let slots = Slots(10)
        let ids = (0..<4).map { slots.insert($0) }
        _ = slots.remove(ids[1])
        _ = slots.remove(ids[2])
        #expect((0..<3).map { _ in slots.insert(9).index } == [2, 1, 4])
        #expect(slots.highWater == 5)
    }

    @Test func idOfAnIndex() {
        let slots = Slots(3)
        let id = slots.insert(7)
        #expect(slots.id(at: id.index) == id && slots.id(at: 1) == nil)
        _ = slots.remove(id)
        #expect(slots.id(at: id.index) == nil && !slots.contains(.none) && SlotID.none.isNone)
    }

    /// A slab frees what is left in it, once.
    @Test func endsItsElements() {
        final class Counter { var ends = 0 }
        struct Guest: ~Copyable {
            let counter: Counter
            deinit { counter.ends += 1 }
        }
        let counter = Counter()
        do {
            var slab = Slab<Guest>(capacity: 4)
            let first = slab.insert(Guest(counter: counter)) ?? .none
            let second = slab.insert { Guest(counter: counter) } ?? .none
            _ = slab.insert { Guest(counter: counter) }
            _ = slab.remove(first)
            #expect(counter.ends == 1)
            slab.discard(second)
            #expect(counter.ends == 2)
            let isLeft = slab.contains(second)
            #expect(!isLeft)
        }
        #expect(counter.ends == 3)
    }

    @Test func makesNothingWhereNoSlotIsLeft() {
        var slab = Slab<Int>(capacity: 1)
        var made = 0
        for _ in 0..<2 {
            _ = slab.insert {
                made += 1
                return made
            }
        }
        #expect(made == 1)
    }

    @Test func staleIdsTrap() async {
        await #expect(processExitsWith: .failure, "reading") {
            let slots = Slots(1)
            let id = slots.insert(1)
            _ = slots.remove(id)
            _ = slots.value(id)
        }
        await #expect(processExitsWith: .failure, "changing the successor's slot") {
            let slots = Slots(1)
            let id = slots.insert(1)
            _ = slots.remove(id)
            _ = slots.insert(2)
            slots.slab[id] = 3
        }
        await #expect(processExitsWith: .failure, "removing twice") {
            let slots = Slots(1)
            let id = slots.insert(1)
            _ = slots.remove(id)
            _ = slots.remove(id)
        }
    }

    #if DEBUG
        static func change(_ value: inout Int, _ other: () -> Void) {
            other()
            value += 1
        }

        /// Two accesses to one slot at a time, of which the first changes it; two slots are harmless.
        @Test func overlappingAccessTraps() async {
            let cell = Cell(Slab<Int>(capacity: 2))
            let (first, second) = (cell.value.insert(1) ?? .none, cell.value.insert(2) ?? .none)
            SlabTests.change(&cell.value[first]) { cell.value[second] += 1 }
            let values = [cell.value[first], cell.value[second]]
            cell.destroy()
            #expect(values == [2, 3])
            await #expect(processExitsWith: .failure) {
                let cell = Cell(Slab<Int>(capacity: 1))
                let id = cell.value.insert(1) ?? .none
                SlabTests.change(&cell.value[id]) { cell.value[id] += 1 }
            }
            await #expect(processExitsWith: .failure) {
                let cell = Cell(Slab<Int>(capacity: 1))
                let id = cell.value.insert(1) ?? .none
                SlabTests.change(&cell.value[id]) { _ = cell.value[id] }
            }
            await #expect(processExitsWith: .failure, "its use ends meanwhile") {
                let cell = Cell(Slab<Int>(capacity: 1))
                let id = cell.value.insert(1) ?? .none
                SlabTests.change(&cell.value[id]) { cell.value.discard(id) }
            }
        }
    #endif
}
