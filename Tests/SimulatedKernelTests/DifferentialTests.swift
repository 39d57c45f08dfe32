import Bytes
import Glibc
import Platform
import SimulatedKernel
import Testing

/// The same calls on the real kernel and on the played one give the same answers and events.
@Suite struct DifferentialTests {
    static let families: [AddressFamily] = [.ipv4, .ipv6, .unix]

    func expectSame(_ program: (Bench) -> Void) {
        let (real, played) = compare(program)
        #expect(real == played)
    }

    @Test(arguments: families) func freshSocket(_ family: AddressFamily) {
        expectSame { bench in
            let socket = bench.socket(family, "socket")
            bench.watch(socket)
            bench.poll()
            bench.receive(socket)
            bench.send(socket, "x")
            bench.shutdownWrite(socket)
            bench.poll()
        }
    }

    @Test(arguments: families) func connecting(_ family: AddressFamily) {
        expectSame { bench in
            let (listener, endpoint) = bench.listener(family)
            let client = bench.socket(family, "client")
            bench.connect(client, to: endpoint)
            bench.watch(client)
            bench.poll(waits: true)
            bench.pendingError(client)
            bench.poll()
            bench.connect(client, to: endpoint)
            bench.connect(client, to: endpoint)
            bench.send(client, "early")
            let server = bench.accept(listener, as: "server")
            bench.receive(server)
            _ = bench.accept(listener, as: "nobody")
        }
    }

    @Test(arguments: families) func watchedBeforeConnecting(_ family: AddressFamily) {
        expectSame { bench in
            let (_, endpoint) = bench.listener(family)
            let client = bench.socket(family, "client")
            bench.watch(client)
            bench.connect(client, to: endpoint)
            bench.poll(waits: true)
            bench.poll()
        }
    }

    @Test(arguments: [AddressFamily.ipv4, .ipv6], [0, 1, 2]) func refused(_ family: AddressFamily, _ first: Int) {
        expectSame { bench in
            let (listener, endpoint) = bench.listener(family)
            bench.close(listener)
            let client = bench.socket(family, "client")
            bench.connect(client, to: endpoint)
            bench.watch(client)
            bench.poll(waits: true)
            if first == 1 { bench.receive(client) }
            if first == 2 { bench.send(client, "x") }
            bench.pendingError(client)
            bench.poll()
            bench.receive(client)
            bench.send(client, "x")
            bench.pendingError(client)
            bench.shutdownWrite(client)
        }
    }

    @Test(arguments: families) func edges(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.poll()
            bench.poll()
            bench.send(server, "abc")
            bench.poll()
            bench.poll()
            bench.send(server, "d")
            bench.poll()
            bench.receive(client, 2)
            bench.poll()
            bench.receive(client)
            bench.receive(client)
            bench.send(server, "e")
            bench.receive(client)
            bench.poll()
            bench.send(client, "f")
            bench.poll()
            bench.receive(server)
            bench.poll()
        }
    }

    @Test(arguments: families, [0, 1, 2]) func finAndWhatComesAfter(_ family: AddressFamily, _ order: Int) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.poll()
            bench.send(server, "abc")
            bench.close(server)
            bench.poll()
            if order == 1 { bench.receive(client) }
            bench.send(client, "x")
            bench.poll()
            if order == 2 { bench.pendingError(client) }
            bench.send(client, "y")
            bench.receive(client)
            bench.receive(client)
            bench.send(client, "z")
            bench.poll()
        }
    }

    @Test(arguments: families, [0, 1, 2]) func resetAndWhatComesAfter(_ family: AddressFamily, _ order: Int) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.poll()
            bench.send(server, "abc")
            bench.reset(server)
            bench.poll()
            if order == 1 { bench.send(client, "x") }
            if order == 2 { bench.pendingError(client) }
            bench.receive(client)
            bench.receive(client)
            bench.receive(client)
            bench.send(client, "x")
            bench.shutdownWrite(client)
            bench.poll()
        }
    }

    @Test(arguments: families) func closeWithUnreadBytes(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.send(client, "request")
            bench.send(server, "answer")
            bench.close(server)
            bench.poll()
            bench.receive(client)
            bench.receive(client)
            bench.receive(client)
            bench.send(client, "x")
        }
    }

    @Test(arguments: families) func halfClose(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.watch(server)
            bench.poll()
            bench.shutdownWrite(client)
            bench.poll()
            bench.shutdownWrite(client)
            bench.poll()
            bench.send(client, "no")
            bench.send(server, "yes")
            bench.poll()
            bench.receive(client)
            bench.receive(server)
            bench.shutdownWrite(server)
            bench.poll()
            bench.receive(client)
            bench.close(server)
            bench.poll()
        }
    }

    @Test(arguments: families) func finThenReset(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.shutdownWrite(server)
            bench.poll()
            bench.reset(server)
            bench.poll()
            bench.receive(client)
            bench.pendingError(client)
            bench.send(client, "x")
        }
    }

    @Test(arguments: families) func ownFinThenReset(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.shutdownWrite(client)
            bench.poll()
            bench.reset(server)
            bench.poll()
            bench.pendingError(client)
            bench.receive(client)
            bench.send(client, "x")
        }
    }

    @Test(arguments: families) func fullAndRoomAgain(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            _ = bench.kernel.set(.sendBuffer, 20_000, on: client)
            _ = bench.kernel.set(.receiveBuffer, 20_000, on: server)
            bench.watch(client)
            bench.poll()
            var sent = 0
            let piece = [UInt8](repeating: 7, count: 5_000)
            while true {
                let answer = bench.kernel.send(client, piece.span)
                if answer.failed { break }
                sent += answer.value
            }
            bench.poll()
            bench.unwatch(client)
            bench.watch(client)
            bench.poll()
            var buffer = ByteBuffer()
            while buffer.count < sent {
                let answer = bench.kernel.receive(server, into: &buffer, limit: 100_000)
                if answer.failed && !answer.wouldBlock { break }
            }
            bench.note("all came: \(buffer.count == sent)")
            bench.poll(waits: true)
            bench.send(client, "x")
        }
    }

    @Test(arguments: families) func listenerIsLevelTriggered(_ family: AddressFamily) {
        expectSame { bench in
            let (listener, endpoint) = bench.listener(family)
            bench.watch(listener, [.readable, .exclusive])
            bench.poll()
            for name in ["one", "two"] { bench.connect(bench.socket(family, name), to: endpoint) }
            bench.poll(waits: true)
            bench.poll()
            _ = bench.accept(listener, as: "first")
            bench.poll()
            _ = bench.accept(listener, as: "second")
            bench.poll()
            _ = bench.accept(listener, as: "third")
        }
    }

    @Test(arguments: families) func fullBacklog(_ family: AddressFamily) {
        expectSame { bench in
            let (listener, endpoint) = bench.listener(family, backlog: 0)
            for name in ["one", "two"] {
                let client = bench.socket(family, name)
                bench.connect(client, to: endpoint)
                if family != .unix || name == "one" { bench.watch(client) }
            }
            bench.poll()
            let server = bench.accept(listener, as: "server")
            bench.receive(server)
        }
    }

    @Test(arguments: families) func listenerClosedOverItsQueue(_ family: AddressFamily) {
        expectSame { bench in
            let (listener, endpoint) = bench.listener(family)
            let client = bench.socket(family, "client")
            bench.connect(client, to: endpoint)
            bench.watch(client)
            bench.poll(waits: true)
            bench.close(listener)
            bench.poll()
            bench.receive(client)
            bench.receive(client)
        }
    }

    @Test(arguments: families) func eventsOfTheClosedNeverCome(_ family: AddressFamily) {
        expectSame { bench in
            let (client, server) = bench.pair(family)
            bench.watch(client)
            bench.watch(server)
            bench.poll()
            bench.send(server, "abc")
            bench.close(client)
            bench.poll()
            bench.receive(server)
        }
    }

    @Test func wakers() {
        expectSame { bench in
            let one: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
            let edge = bench.keep(Descriptor(Int32(bench.kernel.makeWaker().value)), "edge")
            let level = bench.keep(Descriptor(Int32(bench.kernel.makeWaker().value)), "level")
            bench.watch(edge, [.readable, .edge])
            bench.watch(level, [.readable])
            bench.poll()
            for _ in 0..<2 {
                bench.note(bench.text(bench.kernel.write(edge, one.span)))
                _ = bench.kernel.write(level, one.span)
                bench.poll()
                bench.poll()
            }
        }
    }

    @Test func addresses() {
        expectSame { bench in
            for family in [AddressFamily.ipv4, .ipv6] {
                let (listener, endpoint) = bench.listener(family)
                let client = bench.socket(family, "client")
                bench.connect(client, to: endpoint)
                var peer = SocketAddress.none
                let server = bench.keep(Descriptor(Int32(bench.kernel.accept(listener, peer: &peer).value)), "server")
                bench.note("peer is the client: \(peer == bench.kernel.localAddress(client)) \(peer.hostText)")
                bench.note("own is the listener's: \(Endpoint.ip(bench.kernel.localAddress(server)) == endpoint)")
                let second = bench.socket(family, "second")
                bench.note("bind again: \(bench.text(bench.kernel.bind(second, to: endpoint)))")
                for other in DifferentialTests.families where other != family {
                    bench.note("wrong family: \(bench.text(bench.kernel.connect(second, to: Bench.anywhere(other)))))")
                }
                let unix = bench.socket(.unix, "unix")
                bench.note("wrong family: \(bench.text(bench.kernel.connect(unix, to: endpoint)))")
            }
        }
    }

    @Test func bothFamiliesOfOnePort() {
        expectSame { bench in
            let listener = bench.socket(.ipv6, "listener")
            bench.note(bench.text(bench.kernel.bind(listener, to: .ip(SocketAddress(family: .ipv6)))))
            bench.note(bench.text(bench.kernel.listen(listener, backlog: 4)))
            let port = bench.kernel.localAddress(listener).port
            let client = bench.socket(.ipv4, "client")
            bench.connect(client, to: .ip(SocketAddress(family: .ipv4, low: 0x7f00_0001, port: port)))
            var peer = SocketAddress.none
            let server = bench.keep(Descriptor(Int32(bench.kernel.accept(listener, peer: &peer).value)), "server")
            bench.note("\(peer.hostText) \(bench.kernel.localAddress(server).hostText)")
            bench.send(server, "hello")
            bench.receive(client)
        }
    }

    @Test func sharedPorts() {
        expectSame { bench in
            let first = bench.socket(.ipv4, "first")
            _ = bench.kernel.set(.reusePort, 1, on: first)
            _ = bench.kernel.bind(first, to: Bench.anywhere(.ipv4))
            _ = bench.kernel.listen(first, backlog: 4)
            let endpoint = Endpoint.ip(bench.kernel.localAddress(first))
            for option in [SocketOption.reusePort, .reuseAddress, .noDelay] {
                let second = bench.socket(.ipv4, "second")
                _ = bench.kernel.set(option, 1, on: second)
                bench.note("bind: \(bench.text(bench.kernel.bind(second, to: endpoint)))")
                bench.note("listen: \(bench.text(bench.kernel.listen(second, backlog: 4)) != "22")")
            }
        }
    }

    @Test func unixNames() {
        expectSame { bench in
            let path = Bench.newPath()
            let client = bench.socket(.unix, "client")
            bench.connect(client, to: .unix(path: path))
            let listener = bench.socket(.unix, "listener")
            bench.note("listen unbound: \(bench.text(bench.kernel.listen(listener, backlog: 4)))")
            bench.note("bind: \(bench.text(bench.kernel.bind(listener, to: .unix(path: path))))")
            bench.connect(client, to: .unix(path: path))
            bench.note("listen: \(bench.text(bench.kernel.listen(listener, backlog: 4)))")
            bench.connect(client, to: .unix(path: path))
            bench.close(listener)
            let other = bench.socket(.unix, "other")
            bench.connect(other, to: .unix(path: path))
            bench.note("bind again: \(bench.text(bench.kernel.bind(other, to: .unix(path: path))))")
            bench.note("unlink: \(bench.text(bench.kernel.unlink(path)))")
            bench.note("unlink again: \(bench.text(bench.kernel.unlink(path)))")
            bench.note("bind at last: \(bench.text(bench.kernel.bind(other, to: .unix(path: path))))")
            _ = bench.kernel.unlink(path)
        }
    }

    @Test func socketOptions() {
        expectSame { bench in
            for family in DifferentialTests.families {
                let socket = bench.socket(family, "\(family)")
                let all: [SocketOption] = [
                    .reuseAddress, .reusePort, .noDelay, .keepAlive, .sendBuffer, .receiveBuffer, .deferAccept,
                    .keepAliveIdle, .keepAliveInterval, .keepAliveCount, .bindAddressNoPort,
                ]
                for option in all {
                    bench.note("\(family) \(option): \(bench.text(bench.kernel.set(option, 1, on: socket)))")
                }
                if family == .ipv6 { bench.note(bench.text(bench.kernel.set(.ipv6Only, 1, on: socket))) }
            }
        }
    }

    @Test func duplicates() {
        expectSame { bench in
            let (client, server) = bench.pair(.ipv4)
            let copy = bench.keep(Descriptor(Int32(bench.kernel.duplicate(server).value)), "copy")
            bench.watch(client)
            bench.poll()
            bench.close(server)
            bench.poll()
            bench.send(copy, "still here")
            bench.poll()
            bench.receive(client)
            bench.close(copy)
            bench.poll()
        }
    }

    @Test func files() {
        expectSame { bench in
            let path = Bench.newPath()
            let kernel = bench.kernel
            let text = Array("hello".utf8)
            bench.note("missing: \(bench.text(kernel.open(path, .read)))")
            let log = bench.keep(Descriptor(Int32(kernel.open(path, .append).value)), "log")
            for _ in 0..<2 { bench.note("write: \(bench.text(kernel.write(log, text.span)))") }
            bench.note("there already: \(bench.text(kernel.open(path, .temporary)))")
            let reader = bench.keep(Descriptor(Int32(kernel.open(path, .read).value)), "reader")
            for offset: Int64 in [0, 3, 10, 99] {
                var buffer = ByteBuffer()
                let answer = kernel.read(reader, into: &buffer, limit: 4, at: offset)
                bench.note("read at \(offset): \(bench.text(answer)) \(buffer.span.text)")
            }
            bench.note("unlink: \(bench.text(kernel.unlink(path)))")
            var buffer = ByteBuffer()
            bench.note("still readable: \(bench.text(kernel.read(reader, into: &buffer, limit: 99, at: 0)))")
            let spool = bench.keep(Descriptor(Int32(kernel.open(path, .temporary).value)), "spool")
            _ = kernel.unlink(path)
            bench.note("write: \(bench.text(kernel.write(spool, text.span, at: 2)))")
            bench.note("write: \(bench.text(kernel.write(spool, text.span, at: 4)))")
            buffer.clear()
            bench.note("read: \(bench.text(kernel.read(spool, into: &buffer, limit: 99, at: 0))) \(buffer.span.array)")
            bench.watch(spool)
        }
    }
}
