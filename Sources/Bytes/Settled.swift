/// A value that changes no more, in a place of its own: its members are read there, and no reference is counted.
///
/// Whoever made it destroys it, once, as with a `Cell`.
@dynamicMemberLookup
@safe @frozen public struct Settled<Value>: BitwiseCopyable {
    @usableFromInline let place: UnsafeMutablePointer<Value>

    /// Moves the value to a place of its own.
    public init(_ value: Value) {
        unsafe place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe place.initialize(to: value)
    }

    /// A member of the value.
    @inlinable @inline(__always) public subscript<Member>(dynamicMember member: KeyPath<Value, Member>) -> Member {
        unsafe place.pointee[keyPath: member]
    }

    /// Ends the value and frees its place; nothing may use it afterwards.
    public func destroy() {
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }
}
