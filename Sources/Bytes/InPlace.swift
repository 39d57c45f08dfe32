import Synchronization

/// A member of large structs that makes the compiler pass them by address.
///
/// Swift 6.3 copies a struct whose members it could all load onto the stack, whole, at each call of a function that
/// borrows it (664 bytes of a worker, eleven times a request). A struct with an atomic in it has no value apart from
/// its place, and is lent where it lies.
public struct InPlace: ~Copyable, Sendable {
    private let anchor = Atomic<UInt8>(0)

    public init() {}
}
