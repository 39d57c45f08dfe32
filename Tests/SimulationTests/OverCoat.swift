import Bytes
import SimulatedKernel

/// A coat that lies on another one.
protocol OverCoat: FarCoat {
    /// What lies between it and the wire.
    var inner: any FarCoat { get }
    /// The far end has said its last.
    var hasParted: Bool { get set }
    /// Says what is to be said, where it is open and has not parted.
    func speak()
    /// As `take`, of what the inner coat made of the wire, and of its state.
    func read(_ bytes: Span<UInt8>, _ state: FarCoatState, into input: inout ByteBuffer) -> FarCoatState
}

extension OverCoat {
    var isOpen: Bool { inner.isOpen }

    var output: ByteBuffer {
        _read { yield inner.output }
        _modify { yield &inner.output }
    }

    func begin() {
        inner.begin()
        speak()
    }

    func sayGoodbye() {
        speak()
        hasParted = true
        inner.sayGoodbye()
    }

    func take(_ wire: Span<UInt8>, into input: inout ByteBuffer) -> FarCoatState {
        var bytes = ByteBuffer()
        let state = inner.take(wire, into: &bytes)
        return isOpen ? read(bytes.span, state, into: &input) : state
    }
}

/// Nothing between a coat and the wire.
final class BareCoat: FarCoat {
    var output = ByteBuffer()
    var isOpen: Bool { true }

    func begin() {}
    func say(_ bytes: Span<UInt8>) { output.append(bytes) }
    func sayGoodbye() {}

    func take(_ wire: Span<UInt8>, into input: inout ByteBuffer) -> FarCoatState {
        input.append(wire)
        return .open
    }
}
