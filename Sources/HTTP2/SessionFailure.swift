/// Why a session is over before its time. GOAWAY with `code` is in the output; send it and close.
package struct SessionFailure: Equatable, Sendable {
    /// What was wrong.
    package enum Kind: UInt8, Sendable {
        /// The peer's first bytes are no preface.
        case badPreface
        /// The peer broke RFC 9113; `HTTP2Session.failureText` has the library's words.
        case violation
        /// A head beyond `headLimitBytes` (nginx: `client sent too large header`).
        case tooLargeHead
        /// More of what is of no use than `FloodLimits` and the other bounds allow (nginx: `http2 flood detected`).
        case flood
        /// The library ran out of memory, or failed where it must not.
        case library
    }

    package let kind: Kind
    /// The code of the GOAWAY.
    package let code: ErrorCode

    /// A failure that GOAWAY with that code tells.
    package init(kind: Kind, code: ErrorCode) {
        self.kind = kind
        self.code = code
    }
}
