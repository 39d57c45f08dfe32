import CLinux
import Glibc

/// The kernel's number for why a call failed.
package struct Errno: RawRepresentable, Equatable, Hashable, Sendable {
    package var rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The calling thread's errno.
    static var current: Errno { Errno(rawValue: errno) }

    /// The C library's English text, such as `Connection refused`.
    package var text: String { unsafe String(cString: cl_strerror(rawValue)) }

    package static let again = Errno(rawValue: EAGAIN)
    package static let interrupted = Errno(rawValue: EINTR)
    package static let inProgress = Errno(rawValue: EINPROGRESS)
    package static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    package static let connectionReset = Errno(rawValue: ECONNRESET)
    package static let brokenPipe = Errno(rawValue: EPIPE)
    package static let timedOut = Errno(rawValue: ETIMEDOUT)
    package static let tooManyOpenFiles = Errno(rawValue: EMFILE)
    package static let fileTableOverflow = Errno(rawValue: ENFILE)
    package static let noBufferSpace = Errno(rawValue: ENOBUFS)
    package static let outOfMemory = Errno(rawValue: ENOMEM)
    package static let connectionAborted = Errno(rawValue: ECONNABORTED)
    package static let badDescriptor = Errno(rawValue: EBADF)
    package static let addressInUse = Errno(rawValue: EADDRINUSE)
    /// What was read is no valid TLS; never the kernel's on a stream socket.
    package static let protocolError = Errno(rawValue: EPROTO)
    package static let notFound = Errno(rawValue: ENOENT)
    package static let accessDenied = Errno(rawValue: EACCES)
    package static let notDirectory = Errno(rawValue: ENOTDIR)
    package static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    package static let exists = Errno(rawValue: EEXIST)
    package static let noSpace = Errno(rawValue: ENOSPC)
}

/// What a system call answered: a count or descriptor, or the errno.
///
/// Would-block is a value here, not an error: `wouldBlock` is asked before `failed`.
package struct SystemResult: Equatable, Sendable {
    /// The answer where it is not negative, else the negated errno.
    package var raw: Int

    package init(raw: Int) { self.raw = raw }

    /// A failure for this errno.
    package init(_ errno: Errno) { raw = -Int(errno.rawValue) }

    /// Nothing can be read or written now.
    package static var wouldBlock: SystemResult { SystemResult(.again) }

    package var failed: Bool { raw < 0 }
    package var wouldBlock: Bool { raw == -Int(EAGAIN) }
    /// The count or descriptor; 0 where the call failed.
    package var value: Int { raw < 0 ? 0 : raw }
    /// The errno; 0 where the call did not fail.
    package var errno: Errno { Errno(rawValue: raw < 0 ? Int32(-raw) : 0) }

    /// Wraps a C call's answer, reading errno at once.
    static func of(_ answer: Int) -> SystemResult {
        SystemResult(raw: answer < 0 ? -Int(Errno.current.rawValue) : answer)
    }
    static func of(_ answer: Int32) -> SystemResult { of(Int(answer)) }
}

/// An open file or socket. A plain number: who opened it closes it once; the simulated kernel checks that.
package struct Descriptor: Equatable, Hashable, Sendable {
    package var number: Int32

    package init(_ number: Int32) { self.number = number }

    /// No descriptor.
    package static var none: Descriptor { Descriptor(-1) }
    package var isNone: Bool { number < 0 }
}
