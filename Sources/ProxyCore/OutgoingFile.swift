import Platform

/// A file, or a report that is written as it goes, on its way to a client.
struct OutgoingFile {
    /// None where no file is sent, or all of it was read.
    var descriptor = Descriptor.none
    /// Where the next piece begins, in bytes from the file's start.
    var offset: Int64 = 0
    /// Bytes of the response that were not read yet.
    var left: Int64 = 0
    /// The size of a file of which a range was asked that it does not have; -1 where none was.
    var refusedSize: Int64 = -1
    /// Where a report goes on; nil where none is sent, or all of it was written.
    var report: ReportCursor?

    /// The most bytes read at once, which is also the most that waits for the client.
    static var pieceBytes: Int { 64 << 10 }

    /// Whether more of it is to be sent.
    var isOpen: Bool { !descriptor.isNone || report != nil }
}
