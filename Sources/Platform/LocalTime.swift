import CLinux

/// What the time zone makes of an instant.
package struct LocalTime: Sendable {
    /// Local time's offset from UTC in seconds, daylight saving included.
    package let offsetSeconds: Int

    /// Asks the C library's time zone data.
    package init(unixSeconds: Int) {
        var parts = cl_local_time()
        unsafe cl_read_local_time(Int64(unixSeconds), &parts)
        offsetSeconds = Int(parts.offset_seconds)
    }
}

/// The calling thread as log lines number it.
package enum CurrentThread {
    /// The kernel's number of the thread.
    package static var id: Int32 { cl_gettid() }
}
