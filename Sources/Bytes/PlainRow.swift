/// A growing row of plain values that one owner has, so that writing into it asks no reference count.
///
/// Whoever made the row destroys it, once, as with a `Cell`.
@safe @frozen public struct PlainRow<Element: BitwiseCopyable>: BitwiseCopyable {
    @usableFromInline var place: UnsafeMutablePointer<Element>
    /// How many there are.
    public private(set) var count: Int
    @usableFromInline let blank: Element

    /// `count` blank values.
    public init(count: Int, blank: Element) {
        unsafe place = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        unsafe place.initialize(repeating: blank, count: count)
        self.count = count
        self.blank = blank
    }

    /// Frees its memory; nothing may use it afterwards.
    public func destroy() { unsafe place.deallocate() }

    /// Blank values follow, so that there is one at `index`.
    public mutating func grow(toHold index: Int) {
        let wanted = max(index + 1, count * 2)
        let old = unsafe place
        unsafe place = UnsafeMutablePointer<Element>.allocate(capacity: wanted)
        unsafe place.initialize(from: old, count: count)
        unsafe (place + count).initialize(repeating: blank, count: wanted - count)
        unsafe old.deallocate()
        count = wanted
    }

    /// The value at `index`, which must be below the count.
    @inlinable public subscript(index: Int) -> Element {
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
