import COpenSSL

/// OpenSSL's error queue, of which each thread has one. It is empty before each call of the bridge and after it, so
/// that no session ever reads what another one left.
enum ErrorQueue {
    /// The most bytes of text that are kept of one failure.
    static let limitBytes = 1_024

    /// What the queue held.
    struct Contents {
        /// As nginx composes it, without `(SSL: ` and `)`: each error's text, and its data behind a colon.
        var text: [UInt8] = []
        /// The numbers of the first and the last error; 0 where there was none.
        var first: UInt = 0
        var last: UInt = 0

        /// The last error's number within the library that it is of.
        var lastCode: Int32 { ErrorQueue.code(last) }
    }

    static func clear() { ERR_clear_error() }

    static var isEmpty: Bool { ERR_peek_error() == 0 }

    /// Takes every error out of the queue.
    static func drain() -> Contents {
        var contents = Contents()
        while true {
            var data: UnsafePointer<CChar>?
            var flags: Int32 = 0
            let number = unsafe ERR_get_error_all(nil, nil, nil, &data, &flags)
            if number == 0 { break }
            if contents.first == 0 { contents.first = number }
            contents.last = number
            if contents.text.count >= limitBytes { continue }
            if !contents.text.isEmpty { contents.text.append(0x20) }
            append(number, to: &contents.text)
            guard flags & ERR_TXT_STRING != 0, let data = unsafe data, unsafe data[0] != 0 else { continue }
            contents.text.append(0x3a)
            unsafe append(data, to: &contents.text)
        }
        if contents.text.count > limitBytes { contents.text.removeLast(contents.text.count - limitBytes) }
        return contents
    }

    /// An error's number within its library.
    static func code(_ number: UInt) -> Int32 { ERR_GET_REASON(number) }

    /// The library that an error is of.
    static func library(_ number: UInt) -> Int32 { ERR_GET_LIB(number) }

    /// `error:0A00010B:SSL routines::wrong version number`
    private static func append(_ number: UInt, to text: inout [UInt8]) {
        let line = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            unsafe ERR_error_string_n(number, buffer.baseAddress, buffer.count)
            return unsafe bytes(buffer.baseAddress)
        }
        text += line
    }

    private static func append(_ start: UnsafePointer<CChar>, to text: inout [UInt8]) {
        var position = 0
        while unsafe start[position] != 0, text.count < limitBytes {
            unsafe text.append(UInt8(bitPattern: start[position]))
            position += 1
        }
    }

    /// A copy of a C string's bytes; none for NULL.
    static func bytes(_ start: UnsafePointer<CChar>?) -> [UInt8] {
        guard let start = unsafe start else { return [] }
        var bytes: [UInt8] = []
        var position = 0
        while unsafe start[position] != 0 {
            unsafe bytes.append(UInt8(bitPattern: start[position]))
            position += 1
        }
        return bytes
    }
}

/// Why a context could not be built: the fault of who wrote the configuration, or of the files that it names.
package struct TLSSetupError: Error, Equatable, Sendable {
    /// nginx's words behind `[emerg]`, OpenSSL's text included:
    /// `cannot load certificate "/a.crt": BIO_new_file() failed (SSL: error:…)`.
    package let message: String

    /// The words alone.
    package init(words: String) { message = words }

    /// The words, then what OpenSSL has to say, which is taken out of its queue.
    init(draining words: String) {
        let contents = ErrorQueue.drain()
        message = contents.last == 0 ? words : words + " (SSL: \(String(decoding: contents.text, as: UTF8.self)))"
    }
}
