/// A growing row of plain values that nobody else holds, so that writing into it asks no reference count.
@safe struct TimerRow<Element: BitwiseCopyable>: ~Copyable {
    private var place: UnsafeMutablePointer<Element>
    private(set) var count: Int
    private let blank: Element

    /// `count` blank values.
    init(count: Int, blank: Element) {
        unsafe place = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        unsafe place.initialize(repeating: blank, count: count)
        self.count = count
        self.blank = blank
    }

    deinit { unsafe place.deallocate() }

    /// Blank values follow, so that there is one at `index`.
    mutating func grow(toHold index: Int) {
        let wanted = max(index + 1, count * 2)
        let old = unsafe place
        unsafe place = UnsafeMutablePointer<Element>.allocate(capacity: wanted)
        unsafe place.initialize(from: old, count: count)
        unsafe (place + count).initialize(repeating: blank, count: wanted - count)
        unsafe old.deallocate()
        count = wanted
    }

    subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(index >= 0 && index < count, "no such place in the row")
            return unsafe UnsafePointer(place + index)
        }
        unsafeMutableAddress {
            precondition(index >= 0 && index < count, "no such place in the row")
            return unsafe place + index
        }
    }
}
