import Glibc

/// The calls of `Kernel` by name.
package enum Call: UInt8, Sendable {
    case makePoller, watch, unwatch, poll, makeWaker
    case open, duplicate, unlink, write, writeAt, readAt, inspect, inspectPath, canWrite, isRegularFile, close
    case socket, set, resetOnClose, bind, listen, accept, connect, pendingError, localAddress, receive, send
    case shutdownWrite

    /// The errnos that a healthy program must expect of this call on a machine in trouble.
    package var plausibleErrnos: [Int32] {
        switch self {
        case .makePoller, .makeWaker: return [EMFILE, ENFILE, ENOMEM]
        case .watch: return [ENOMEM, ENOSPC]
        case .poll: return [EINTR]
        case .open: return [EMFILE, ENFILE, ENOENT, EACCES, ENOSPC, ENOMEM]
        case .unlink: return [ENOENT, EACCES]
        case .write, .writeAt: return [ENOSPC, EIO]
        case .readAt: return [EIO]
        case .inspectPath: return [ENOENT, EACCES, ENOMEM]
        case .inspect: return [EIO]
        case .socket: return [EMFILE, ENFILE, ENOBUFS, ENOMEM]
        case .set: return [ENOBUFS]
        case .bind: return [EADDRINUSE, EADDRNOTAVAIL, EACCES]
        case .listen: return [EADDRINUSE]
        case .accept: return [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED]
        case .connect: return [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES, EAGAIN]
        case .pendingError: return [ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ECONNRESET]
        case .receive: return [ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOMEM]
        case .send: return [ECONNRESET, EPIPE, ETIMEDOUT, ENOBUFS, ENOMEM, EAGAIN]
        case .shutdownWrite: return [ENOTCONN]
        case .duplicate, .unwatch, .canWrite, .isRegularFile, .close, .resetOnClose, .localAddress: return []
        }
    }

    /// Every errno that some call can fail with, for a sweep.
    package static let sweptErrnos: [Int32] = [
        EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, EINTR, ENOENT, EACCES, EIO, EADDRINUSE, EADDRNOTAVAIL, ECONNABORTED,
        ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ECONNRESET, ETIMEDOUT, EPIPE, EAGAIN, ENOTCONN,
    ]
}

/// A failure that was brought about on purpose.
package struct InjectedFailure: Sendable, Equatable, CustomStringConvertible {
    /// Which call of the run it was, counted from 1.
    package var callNumber: Int
    package var call: Call
    package var descriptor: Int32
    package var errno: Int32

    package var description: String { "call \(callNumber), \(call)(\(descriptor)), fails with errno \(errno)" }
}

extension SimulatedKernel {
    /// Makes the `number`-th call (from 1) that can fail with `errno` fail with it.
    ///
    /// A test loops number = 1, 2, … until a run ends with nothing in `injected`: then there was no such call.
    package func failCall(number: Int, with errno: Int32) { armed = (number, errno) }

    /// From here on no call fails on purpose.
    package func stopFailing() {
        armed = nil
        adversity.failuresPerTenThousand = 0
    }

    /// Counts a call; the errno where it is to fail.
    func enter(_ call: Call, _ descriptor: Int32 = -1) -> Int32? {
        countCall()
        var errno: Int32?
        if let armed, call.plausibleErrnos.contains(armed.errno) {
            failableCalls += 1
            if failableCalls == armed.number { errno = armed.errno }
        }
        if errno == nil, adversity.failuresPerTenThousand > 0, chance.below(10_000) < adversity.failuresPerTenThousand {
            let plausible = call.plausibleErrnos
            if !plausible.isEmpty { errno = chance.one(of: plausible) }
        }
        guard let errno else { return nil }
        injected.append(InjectedFailure(callNumber: callCount, call: call, descriptor: descriptor, errno: errno))
        note(.injected(call, errno: errno))
        return errno
    }
}
