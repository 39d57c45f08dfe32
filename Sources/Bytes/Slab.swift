/// The number of a slot and the generation it had: a stale id misses instead of naming its successor.
@frozen public struct SlotID: Equatable, Hashable, Sendable {
    public var index: UInt32
    /// Counts the uses of the slot; even while free, odd while in use.
    public var generation: UInt32

    @inlinable public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// No slot.
    @inlinable public static var none: SlotID { SlotID(index: .max, generation: 0) }
    @inlinable public var isNone: Bool { generation == 0 }
}

/// Slots of one kind; no slot ever moves.
///
/// A freed slot's generation changes, so that an id outlives its slot harmlessly. Slots are reached by ids only.
@safe @frozen public struct Slab<Element: ~Copyable>: ~Copyable {
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    @usableFromInline let generations: UnsafeMutablePointer<UInt32>
    @usableFromInline let links: UnsafeMutablePointer<UInt32>
    #if DEBUG
        /// Which slots somebody is changing now.
        @usableFromInline let changing: UnsafeMutablePointer<Bool>
    #endif
    /// How many slots there can be.
    public let capacity: Int
    @usableFromInline var fresh: UInt32
    @usableFromInline var firstFree: UInt32
    /// Slots in use.
    public private(set) var count: Int

    /// Allocates `capacity` slots without touching them: the kernel backs the pages as slots are first used.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe elements = UnsafeMutablePointer<Element>.allocate(capacity: max(1, capacity))
        unsafe generations = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, capacity))
        unsafe links = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, capacity))
        #if DEBUG
            unsafe changing = UnsafeMutablePointer<Bool>.allocate(capacity: max(1, capacity))
            unsafe changing.initialize(repeating: false, count: max(1, capacity))
        #endif
        fresh = 0
        firstFree = .max
        count = 0
    }

    deinit {
        for index in 0..<Int(fresh) where unsafe generations[index] & 1 == 1 {
            unsafe (elements + index).deinitialize(count: 1)
        }
        unsafe elements.deallocate()
        unsafe generations.deallocate()
        unsafe links.deallocate()
        #if DEBUG
            unsafe changing.deallocate()
        #endif
    }

    /// Whether no slot is left.
    @inlinable public var isFull: Bool { firstFree == .max && Int(fresh) == capacity }

    /// Puts a value into a free slot; nil (and the value gone) where none is left.
    @inlinable public mutating func insert(_ value: consuming Element) -> SlotID? {
        guard let index = takeFree() else { return nil }
        unsafe (elements + index).initialize(to: value)
        return begin(index)
    }

    /// Makes a value in a free slot, where it stays; nil, and nothing made, where none is left.
    @inlinable public mutating func insert(making value: () -> Element) -> SlotID? {
        guard let index = takeFree() else { return nil }
        unsafe (elements + index).initialize(to: value())
        return begin(index)
    }

    /// The index of a slot that has no value yet.
    @inlinable mutating func takeFree() -> Int? {
        let index: UInt32
        if firstFree != .max {
            index = firstFree
            unsafe firstFree = links[Int(index)]
        } else if Int(fresh) < capacity {
            index = fresh
            fresh &+= 1
            unsafe (generations + Int(index)).initialize(to: 0)
            unsafe (links + Int(index)).initialize(to: .max)
        } else {
            return nil
        }
        return Int(index)
    }

    /// The use of a slot begins.
    @inlinable mutating func begin(_ index: Int) -> SlotID {
        unsafe generations[index] &+= 1
        countUp()
        return unsafe SlotID(index: UInt32(index), generation: generations[index])
    }

    @usableFromInline mutating func countUp() { count += 1 }
    @usableFromInline mutating func countDown() { count -= 1 }

    /// Whether the slot that `id` names is still the one it named.
    @inlinable public func contains(_ id: SlotID) -> Bool {
        guard id.generation & 1 == 1, id.index < fresh else { return false }
        return unsafe generations[Int(id.index)] == id.generation
    }

    /// The id of the slot at `index`, if one is in use there.
    @inlinable public func id(at index: UInt32) -> SlotID? {
        guard index < fresh, unsafe generations[Int(index)] & 1 == 1 else { return nil }
        return unsafe SlotID(index: index, generation: generations[Int(index)])
    }

    /// Ends the slot's use and hands its value out.
    @inlinable public mutating func remove(_ id: SlotID) -> Element {
        let index = end(id)
        return unsafe (elements + index).move()
    }

    /// Ends the slot's use and its value, where it lies.
    @inlinable public mutating func discard(_ id: SlotID) {
        let index = end(id)
        unsafe (elements + index).deinitialize(count: 1)
    }

    /// The use of a slot ends; its value is still there.
    @inlinable mutating func end(_ id: SlotID) -> Int {
        precondition(contains(id), "a stale id reached the slab")
        let index = Int(id.index)
        #if DEBUG
            unsafe precondition(!changing[index], "a slot ends while it is changed")
        #endif
        unsafe generations[index] &+= 1
        unsafe links[index] = firstFree
        firstFree = id.index
        countDown()
        return index
    }

    #if DEBUG
        /// The slot that `id` names; traps where the id is stale, and where the slot is being changed meanwhile.
        @inlinable public subscript(id: SlotID) -> Element {
            unsafeAddress {
                precondition(contains(id), "a stale id reached the slab")
                unsafe precondition(!changing[Int(id.index)], "a slot is read while it is changed")
                return unsafe UnsafePointer(elements + Int(id.index))
            }
            nonmutating _modify {
                precondition(contains(id), "a stale id reached the slab")
                let index = Int(id.index)
                unsafe precondition(!changing[index], "a slot is changed by two at a time")
                unsafe changing[index] = true
                defer { unsafe changing[index] = false }
                yield unsafe &elements[index]
            }
        }
    #else
        /// The slot that `id` names; traps where the id is stale. Hold no two accesses to one slot at a time: a debug
        /// build traps there.
        @inlinable public subscript(id: SlotID) -> Element {
            unsafeAddress {
                precondition(contains(id), "a stale id reached the slab")
                return unsafe UnsafePointer(elements + Int(id.index))
            }
            nonmutating unsafeMutableAddress {
                precondition(contains(id), "a stale id reached the slab")
                return unsafe elements + Int(id.index)
            }
        }
    #endif

    /// Slots ever used; indices below are worth asking `id(at:)` for.
    @inlinable public var highWater: UInt32 { fresh }
}
