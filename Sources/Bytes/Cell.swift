/// A value of its own place in memory, reached through a handle that can be copied.
///
/// A worker keeps each of its buffers and slabs in one: reading one while another changes is then no overlapping access
/// to the worker as a whole. Whoever made the cell destroys it, once; nothing may use it afterwards.
@safe @frozen public struct Cell<Value: ~Copyable>: BitwiseCopyable {
    @usableFromInline let place: UnsafeMutablePointer<Value>

    /// Moves the value to a place of its own.
    public init(_ value: consuming Value) {
        unsafe place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe place.initialize(to: value)
    }

    /// The value. Hold no two changing accesses at a time.
    @inlinable public var value: Value {
        unsafeAddress { unsafe UnsafePointer(place) }
        nonmutating unsafeMutableAddress { unsafe place }
    }

    /// Ends the value and frees its place.
    public func destroy() {
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }
}
