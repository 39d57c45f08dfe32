/// What a client's head may measure, and what nginx's switches say about its names.
///
/// The numbers hold whatever the sizes of the blocks are that the bytes arrive in.
package struct RequestLimits: Sendable {
    /// The request line with its end, in bytes (nginx: one of `large_client_header_buffers`).
    package var requestLineLimitBytes: Int
    /// One field line with its end, in bytes (nginx: the same).
    package var fieldLineLimitBytes: Int
    /// The whole head, line ends before it included (nginx: all of `large_client_header_buffers`).
    package var headLimitBytes: Int
    /// Field lines, ignored ones included (nginx: `max_headers`).
    package var fieldLimit: Int
    /// Drop fields whose name has other characters than letters, digits and hyphens. Where off, such a name is kept
    /// if it is a token and refused if not (nginx: `ignore_invalid_headers`; it would keep both).
    package var ignoresInvalidNames: Bool
    /// Let names have underscores (nginx: `underscores_in_headers`).
    package var allowsUnderscores: Bool

    /// nginx's defaults.
    package init(
        requestLineLimitBytes: Int = 8192, fieldLineLimitBytes: Int = 8192, headLimitBytes: Int = 32768,
        fieldLimit: Int = 1000, ignoresInvalidNames: Bool = true, allowsUnderscores: Bool = false
    ) {
        self.requestLineLimitBytes = requestLineLimitBytes
        self.fieldLineLimitBytes = fieldLineLimitBytes
        self.headLimitBytes = headLimitBytes
        self.fieldLimit = fieldLimit
        self.ignoresInvalidNames = ignoresInvalidNames
        self.allowsUnderscores = allowsUnderscores
    }
}

/// What an upstream's head may measure.
package struct ResponseLimits: Sendable {
    /// The whole head with its last line end, in bytes (nginx: `proxy_buffer_size`).
    package var headLimitBytes: Int
    /// Field lines.
    package var fieldLimit: Int

    /// nginx's default; the number of field lines is bounded by the field table alone.
    package init(headLimitBytes: Int = 4096, fieldLimit: Int = .max) {
        self.headLimitBytes = headLimitBytes
        self.fieldLimit = fieldLimit
    }
}
