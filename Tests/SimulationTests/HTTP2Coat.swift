import Bytes
import HTTP2Ends
import SimulatedKernel

/// HTTP/2 for a client whose script speaks HTTP/1.
final class HTTP2Coat: OverCoat {
    let inner: any FarCoat
    var hasParted = false
    private var speech = HTTP2Speech(isLenient: false)
    private var isBroken = false

    init(over inner: any FarCoat) { self.inner = inner }

    /// The gateway has said that it takes no more requests.
    var isGoing: Bool { speech.isGoing }

    func say(_ bytes: Span<UInt8>) {
        speech.say(bytes)
        speak()
    }

    func speak() {
        if hasParted || !isOpen { return }
        let bytes = speech.output()
        if !bytes.isEmpty { inner.say(bytes.span) }
    }

    func read(_ bytes: Span<UInt8>, _ state: FarCoatState, into input: inout ByteBuffer) -> FarCoatState {
        speech.hear(bytes, into: &input)
        speak()
        isBroken = isBroken || speech.isCut || speech.hasFailed
        return isBroken ? .broken : speech.isDone ? .finished : state
    }
}
