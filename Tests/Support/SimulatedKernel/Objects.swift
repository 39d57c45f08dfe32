import Bytes
import Platform

/// Anything a descriptor names.
class KernelObject {
    /// The watches of all pollers on it.
    final var watches: [Watch] = []
    /// Descriptors that name it.
    final var references = 0
    /// The far end whose socket this is.
    final var far: FarEnd?
    /// The scripted server whose listener this is.
    final var farServer: FarServer?

    /// What it is ready for at this moment (`poll` of Linux's file operations).
    func readiness() -> Readiness { [] }
    /// A word for the trace.
    var kind: StaticString { "object" }
}

/// One end of a stream connection, or a socket that may become one.
///
/// The rules are those of Linux's `tcp.c` and `af_unix.c`, checked against the real kernel by `DifferentialTests`.
final class StreamEnd: KernelObject {
    enum Phase { case fresh, connecting, established, closed }

    let family: AddressFamily
    var phase = Phase.fresh
    var local = SocketAddress.none
    var remote = SocketAddress.none
    /// Where it is bound, until it listens or connects.
    var boundTo: Endpoint?
    var peer: StreamEnd?

    /// Arrived and not read yet.
    var inbox = ByteQueue()
    /// A unix socket's inbox by the sends that filled it: each is charged to its sender until it is read whole.
    var packets: [Int] = []
    /// Bytes read of the first packet.
    var packetRead = 0
    /// Sent and not arrived yet (always empty for unix sockets, which write into the other side's inbox).
    var outbox = ByteQueue()
    var sendLimitBytes: Int
    var receiveLimitBytes: Int

    /// SO_ERROR, or 0.
    var error: Int32 = 0
    /// RCV_SHUTDOWN: a FIN was read from the wire, or the connection is over.
    var receiveShut = false
    /// SEND_SHUTDOWN: this end will send no more.
    var sendShut = false
    /// SOCK_DONE: the FIN came in order; reading at the end gives 0 even where an error is pending.
    var sawFin = false
    var finQueued = false
    var finArrived = false
    var resetQueued = false
    var resetsOnClose = false
    /// A second connect has said that the first one worked.
    var saidConnected = false
    /// SOCK_NOSPACE: somebody wants to know when there is room again.
    var wantsRoom = false
    /// Its owner closed it; what is queued still leaves.
    var isOrphan = false
    var arrivalPlanned = false
    var reusesAddress = false
    var reusesPort = false
    var onlyIPv6 = false

    init(_ family: AddressFamily, sendLimitBytes: Int, receiveLimitBytes: Int) {
        self.family = family
        self.sendLimitBytes = sendLimitBytes
        self.receiveLimitBytes = receiveLimitBytes
    }

    override var kind: StaticString { family == .unix ? "unix socket" : "socket" }

    /// Bytes charged to this end's send buffer.
    var sentAndNotTaken: Int {
        if family != .unix { return outbox.count }
        guard let peer else { return 0 }
        return peer.inbox.count + peer.packetRead
    }

    /// Bytes that a send would take now.
    var room: Int { max(0, sendLimitBytes - sentAndNotTaken) }

    /// Whether both FINs have arrived.
    var isOver: Bool { sawFin && finArrived }

    /// Whether epoll says writable: a third of the send buffer is free, of a unix socket's three quarters.
    var isWritable: Bool {
        let used = sentAndNotTaken
        return family == .unix ? used * 4 <= sendLimitBytes : used == 0 || (sendLimitBytes - used) * 2 >= used
    }

    override func readiness() -> Readiness {
        var ready: Readiness = []
        if (receiveShut && sendShut) || phase == .fresh || phase == .closed { ready.insert(.hangup) }
        if receiveShut { ready.formUnion([.readable, .readClosed]) }
        if phase != .connecting {
            if !inbox.isEmpty { ready.insert(.readable) }
            if sendShut || isWritable { ready.insert(.writable) } else { wantsRoom = true }
        }
        if error != 0 { ready.insert(.error) }
        return ready
    }

    /// The connection is over, whatever was on its way.
    func die(_ errno: Int32) {
        if errno != 0 { error = errno }
        phase = .closed
        receiveShut = true
        sendShut = true
        outbox.clear()
    }

    /// Counts bytes read off a unix socket's packets; true where one was read whole.
    func finishPackets(_ count: Int) -> Bool {
        packetRead += count
        var finished = 0
        while finished < packets.count, packetRead >= packets[finished] {
            packetRead -= packets[finished]
            finished += 1
        }
        packets.removeFirst(finished)
        return finished > 0
    }

    func takeError() -> Int32 {
        defer { error = 0 }
        return error
    }
}

/// A listening socket.
final class Listener: KernelObject {
    let endpoint: Endpoint
    let backlog: Int
    let socket: StreamEnd
    var queue: [StreamEnd] = []
    /// Connections whose handshake is under way.
    var underWay = 0
    var isClosed = false

    init(_ socket: StreamEnd, at endpoint: Endpoint, backlog: Int) {
        self.socket = socket
        self.endpoint = endpoint
        self.backlog = backlog
    }

    override var kind: StaticString { "listener" }
    /// Linux lets one more wait than the backlog says.
    var isFull: Bool { queue.count + underWay > backlog }
    override func readiness() -> Readiness { queue.isEmpty ? [] : .readable }
}

/// An eventfd.
final class Waker: KernelObject {
    var counter: UInt64 = 0
    override var kind: StaticString { "waker" }
    override func readiness() -> Readiness { counter > 0 ? [.readable, .writable] : .writable }
}

/// An open file.
final class OpenFile: KernelObject {
    let file: StoredFile
    let mode: OpenMode
    let isDirectory: Bool
    var position = 0

    init(_ file: StoredFile, _ mode: OpenMode, isDirectory: Bool = false) {
        self.file = file
        self.mode = mode
        self.isDirectory = isDirectory
        file.openCount += 1
    }

    override var kind: StaticString { "file" }
}

/// What a file name stands for; it lives on while open after its name is gone.
final class StoredFile {
    var bytes = ByteBuffer()
    var isNamed = true
    /// A terminal, not a file.
    var isDevice = false
    /// Takes no room on the disk that can be full.
    var isElsewhere = false
    var openCount = 0
}

/// An epoll instance.
final class Poller: KernelObject {
    var ready: [Watch] = []
    override var kind: StaticString { "poller" }
}

/// One entry of an epoll instance.
final class Watch {
    let poller: Poller
    let target: KernelObject
    let token: UInt64
    let interest: Readiness
    /// The descriptor's number, for the trace.
    let number: Int32
    /// Stands in the poller's ready list.
    var isQueued = false
    /// Taken out, or its descriptor closed.
    var isGone = false

    init(poller: Poller, target: KernelObject, token: UInt64, interest: Readiness, number: Int32) {
        self.number = number
        self.poller = poller
        self.target = target
        self.token = token
        self.interest = interest
    }
}
