import Bytes

/// What a played kernel offers: the calls of `Kernel`, one for one, with the same meaning.
package protocol SimulatedSystem: AnyObject {
    func now() -> Instant
    func wallTime() -> WallTime
    func random() -> UInt64

    func makePoller() -> SystemResult
    func watch(_ poller: Descriptor, _ descriptor: Descriptor, token: UInt64, interest: Readiness) -> SystemResult
    func unwatch(_ poller: Descriptor, _ descriptor: Descriptor) -> SystemResult
    func poll(_ poller: Descriptor, into events: inout EventList, timeoutMilliseconds: Int32) -> SystemResult
    func makeWaker() -> SystemResult

    func open(_ path: String, _ mode: OpenMode) -> SystemResult
    func duplicate(_ descriptor: Descriptor) -> SystemResult
    func unlink(_ path: String) -> SystemResult
    func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> SystemResult
    func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>, at offset: Int64) -> SystemResult
    func read(_ descriptor: Descriptor, into buffer: inout ByteBuffer, limit: Int, at offset: Int64) -> SystemResult
    func inspect(_ descriptor: Descriptor, _ facts: inout FileFacts) -> SystemResult
    func inspect(_ path: String, _ facts: inout FileFacts) -> SystemResult
    func canWrite(_ descriptor: Descriptor) -> Bool
    func isRegularFile(_ descriptor: Descriptor) -> Bool
    func close(_ descriptor: Descriptor)

    func socket(_ family: AddressFamily) -> SystemResult
    func set(_ option: SocketOption, _ value: Int32, on descriptor: Descriptor) -> SystemResult
    func resetOnClose(_ descriptor: Descriptor)
    func bind(_ descriptor: Descriptor, to endpoint: Endpoint) -> SystemResult
    func listen(_ descriptor: Descriptor, backlog: Int32) -> SystemResult
    func accept(_ listener: Descriptor, peer: inout SocketAddress) -> SystemResult
    func connect(_ descriptor: Descriptor, to endpoint: Endpoint) -> SystemResult
    func pendingError(_ descriptor: Descriptor) -> Errno
    func localAddress(_ descriptor: Descriptor) -> SocketAddress
    func receive(_ descriptor: Descriptor, into buffer: inout ByteBuffer, limit: Int) -> SystemResult
    func send(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> SystemResult
    func send(_ descriptor: Descriptor, _ first: Span<UInt8>, _ second: Span<UInt8>) -> SystemResult
    func shutdownWrite(_ descriptor: Descriptor) -> SystemResult
}
