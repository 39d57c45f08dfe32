import Bytes
import HTTP

/// Takes one head's or trailer section's fields as HPACK gives them, checks them by RFC 9113 §8.2 and §8.3, and writes
/// them down as HTTP/1 would have sent them, so that one parser reads both protocols.
///
/// There is one field section at a time on a connection, so a session has one builder.
struct HeadBuilder: ~Copyable {
    enum Section: UInt8 { case request, response, trailers }

    private(set) var section = Section.request
    /// The first thing that is wrong; fields after it are only counted.
    private(set) var fault: HeadFault?
    private(set) var faultName = ByteRange.empty
    private(set) var faultValue = ByteRange.empty
    /// Names and values so far, of all fields.
    private(set) var totalBytes = 0
    /// Content-Length; −1 where there is none that can be read. Contradictions are the head parser's to refuse.
    private(set) var length: Int64 = -1
    /// Of a response.
    private(set) var status = 0
    private(set) var isExtendedConnect = false
    /// Where the text begins in the output.
    private(set) var start = 0

    private let headLimitBytes: Int
    private let fieldLimitBytes: Int
    private var seen: UInt8 = 0
    private var isPastPseudo = false
    /// The pseudo-headers' values, and cookie crumbs: both are written down in another place than they come.
    private var pseudo = ByteBuffer()
    private var ranges = InlineArray<6, ByteRange>(repeating: .empty)
    private var cookies = ByteBuffer()

    init(headLimitBytes: Int, fieldLimitBytes: Int) {
        self.headLimitBytes = headLimitBytes
        self.fieldLimitBytes = fieldLimitBytes
    }

    /// Begins with a section that goes to the end of `out`.
    mutating func begin(_ section: Section, in out: borrowing ByteBuffer) {
        self.section = section
        start = out.count
        (fault, faultName, faultValue) = (nil, .empty, .empty)
        (totalBytes, length, status, seen) = (0, -1, 0, 0)
        (isExtendedConnect, isPastPseudo) = (false, false)
        pseudo.clear()
        cookies.clear()
    }

    /// What stood before it in the output was removed.
    mutating func moveToFront() {
        faultName = ByteRange(start: max(0, faultName.start - start), count: faultName.count)
        faultValue = ByteRange(start: max(0, faultValue.start - start), count: faultValue.count)
        start = 0
    }

    /// Whether the head is beyond its bound.
    var isTooLarge: Bool { totalBytes > headLimitBytes }
    /// Whether it is so far beyond that reading on would be work for nothing.
    var isBomb: Bool { totalBytes > 8 * headLimitBytes + 65536 }

    /// Takes the next field.
    mutating func add(name: Span<UInt8>, value: Span<UInt8>, to out: inout ByteBuffer) {
        // An entry's overhead counts as well (RFC 9113 §6.5.2), but only for what is a bomb: empty fields are none to
        // nginx.
        totalBytes += name.count + value.count + (fault == nil ? 0 : 32)
        if fault != nil { return }
        if let found = check(name, value, &out) { note(found, name, value, &out) }
    }

    /// Ends the section; the text in `out` is whole where there is no fault.
    mutating func finish(to out: inout ByteBuffer) {
        if fault == nil, section != .trailers {
            var found = isPastPseudo ? nil : endPseudo(&out)
            if found == nil, section == .request, seen & Self.hostBits == 0 { found = .noAuthority }
            let none = ByteBuffer()
            if let found { note(found, none.span, none.span, &out) }
        }
        if fault == nil {
            if !cookies.isEmpty {
                out.append("cookie: ")
                out.append(cookies.span)
                out.append("\r\n")
            }
            if section != .trailers { out.append("\r\n") }
        }
        if pseudo.capacity > 4096 { pseudo = ByteBuffer() }
        if cookies.capacity > 4096 { cookies = ByteBuffer() }
    }

    private mutating func note(
        _ found: HeadFault, _ name: Span<UInt8>, _ value: Span<UInt8>, _ out: inout ByteBuffer
    ) {
        fault = found
        // As much as a log line can use.
        let (nameStart, nameCount) = (out.count, min(name.count, 256))
        out.append(name.extracting(0..<nameCount))
        faultName = ByteRange(start: nameStart, count: nameCount)
        let (valueStart, valueCount) = (out.count, min(value.count, 768))
        out.append(value.extracting(0..<valueCount))
        faultValue = ByteRange(start: valueStart, count: valueCount)
    }

    private mutating func check(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ out: inout ByteBuffer
    ) -> HeadFault? {
        if isTooLarge { return .tooLargeHead }
        if name.count + value.count > fieldLimitBytes { return .tooLargeField }
        if name.isEmpty { return .invalidName }
        if name[0] == ASCII.colon { return takePseudo(name, value) }
        for index in name.indices {
            let byte = name[index]
            if !ASCII.isTokenByte(byte) || byte &- 0x41 < 26 { return .invalidName }
        }
        if !Self.isValue(value) { return .invalidValue }
        if !isPastPseudo, section != .trailers, let found = endPseudo(&out) { return found }
        return takeField(name, value, &out)
    }

    private mutating func takeField(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ out: inout ByteBuffer
    ) -> HeadFault? {
        switch KnownField(name: name) {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade: return .connectionField
        case .te: if !value.equalsIgnoringCase("trailers") { return .invalidTE }
        case .contentLength: if section != .trailers { length = value.decimal ?? -1 }
        case .cookie:
            if section == .request {
                if !cookies.isEmpty { cookies.append("; ") }
                cookies.append(value)
                return nil
            }
        case .host:
            if section != .request { break }
            if seen & Pseudo.authority.bit != 0 {
                // The line stands there already. A second one would be a duplicate, which the parser refuses.
                if !authority.equals(value) { return .authorityMismatch }
                if seen & Pseudo.hostSeen == 0 {
                    seen |= Pseudo.hostSeen
                    return nil
                }
            }
            seen |= Pseudo.hostSeen
        default: break
        }
        out.append(name)
        out.append(": ")
        out.append(value)
        out.append("\r\n")
        return nil
    }

    private var authority: Span<UInt8> {
        @_lifetime(borrow self) get { pseudo.span(ranges[Pseudo.authority.rawValue]) }
    }

    /// RFC 9113 §8.2.1, and what no line of HTTP/1 can hold.
    private static func isValue(_ value: Span<UInt8>) -> Bool {
        if value.isEmpty { return true }
        let (first, last) = (value[0], value[value.count - 1])
        if first == ASCII.space || first == ASCII.tab || last == ASCII.space || last == ASCII.tab { return false }
        var index = value.firstControl(from: 0)
        while index < value.count {
            let byte = value[index]
            if byte == 0 || byte == ASCII.lf || byte == ASCII.cr { return false }
            index = value.firstControl(from: index + 1)
        }
        return true
    }
}

// MARK: pseudo-headers

extension HeadBuilder {
    private enum Pseudo: Int {
        case method, scheme, path, authority, protocolName, status

        var bit: UInt8 { 1 << UInt8(rawValue) }
        /// A Host field was there as well.
        static var hostSeen: UInt8 { 0x80 }

        init?(_ name: Span<UInt8>) {
            switch name.count {
            case 5: if name.equals(":path") { self = .path } else { return nil }
            case 7:
                if name.equals(":method") {
                    self = .method
                } else if name.equals(":scheme") {
                    self = .scheme
                } else if name.equals(":status") {
                    self = .status
                } else {
                    return nil
                }
            case 9: if name.equals(":protocol") { self = .protocolName } else { return nil }
            case 10: if name.equals(":authority") { self = .authority } else { return nil }
            default: return nil
            }
        }
    }

    private mutating func takePseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) -> HeadFault? {
        if isPastPseudo || section == .trailers { return .misplacedPseudo }
        guard let pseudoHeader = Pseudo(name), (pseudoHeader == .status) == (section == .response) else {
            return .unknownPseudo
        }
        if seen & pseudoHeader.bit != 0 { return .duplicatePseudo }
        seen |= pseudoHeader.bit
        if value.isEmpty, pseudoHeader != .authority { return .emptyPseudo }
        if let found = Self.check(pseudoHeader, value) { return found }
        if pseudoHeader == .status {
            status = Int(value[0] & 15) * 100 + Int(value[1] & 15) * 10 + Int(value[2] & 15)
            return nil
        }
        ranges[pseudoHeader.rawValue] = ByteRange(start: pseudo.count, count: value.count)
        pseudo.append(value)
        return nil
    }

    private static func check(_ pseudoHeader: Pseudo, _ value: Span<UInt8>) -> HeadFault? {
        switch pseudoHeader {
        case .method:
            for index in value.indices {
                let byte = value[index]
                if byte &- 0x41 >= 26, byte != 0x5f, byte != 0x2d { return .invalidMethod }
            }
        case .scheme:
            if !ASCII.isLetter(value[0]) { return .invalidScheme }
            for index in value.indices {
                let byte = value[index]
                let isFit = ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2b || byte == 0x2d || byte == 0x2e
                if !isFit { return .invalidScheme }
            }
        case .path:
            if value[0] != 0x2f, !value.equals("*") { return .invalidPath }
            for index in value.indices where value[index] <= 0x20 || value[index] == 0x7f { return .invalidPath }
        case .authority:
            for index in value.indices where value[index] <= 0x20 || value[index] == 0x7f { return .invalidValue }
        case .protocolName: for index in value.indices where !ASCII.isTokenByte(value[index]) { return .invalidValue }
        case .status:
            if value.count != 3 || value[0] &- 0x31 >= 9 { return .invalidStatus }
            if !ASCII.isDigit(value[1]) || !ASCII.isDigit(value[2]) { return .invalidStatus }
            // It has no place in HTTP/2 (RFC 9113 §8.6).
            if value.equals("101") { return .unexpectedStatus }
        }
        return nil
    }

    /// After the last pseudo-header: what is missing, or the lines that say the same in HTTP/1.
    private mutating func endPseudo(_ out: inout ByteBuffer) -> HeadFault? {
        isPastPseudo = true
        if section == .response {
            if seen & Pseudo.status.bit == 0 { return .noStatus }
            out.append("HTTP/1.1 ")
            out.append(decimal: status, width: 3)
            out.append("\r\n")
            return nil
        }
        if seen & Pseudo.method.bit == 0 { return .noMethod }
        let isConnect = pseudo.span(ranges[Pseudo.method.rawValue]).equals("CONNECT")
        isExtendedConnect = seen & Pseudo.protocolName.bit != 0
        if isExtendedConnect && !isConnect { return .unexpectedProtocol }
        if isConnect && !isExtendedConnect { return endConnect(&out) }
        if seen & Pseudo.scheme.bit == 0 { return .noScheme }
        if seen & Pseudo.path.bit == 0 { return .noPath }
        if isExtendedConnect {
            out.append("GET")
        } else {
            out.append(pseudo.span(ranges[Pseudo.method.rawValue]))
        }
        out.append(ASCII.space)
        out.append(pseudo.span(ranges[Pseudo.path.rawValue]))
        out.append(" HTTP/2.0\r\n")
        appendHost(&out)
        if isExtendedConnect {
            out.append("connection: upgrade\r\nupgrade: ")
            out.append(pseudo.span(ranges[Pseudo.protocolName.rawValue]))
            out.append("\r\n")
        }
        return nil
    }

    /// A plain CONNECT has neither scheme nor path (RFC 9113 §8.5).
    private mutating func endConnect(_ out: inout ByteBuffer) -> HeadFault? {
        if seen & (Pseudo.scheme.bit | Pseudo.path.bit) != 0 { return .misplacedPseudo }
        if ranges[Pseudo.authority.rawValue].isEmpty || seen & Pseudo.authority.bit == 0 { return .noAuthority }
        out.append("CONNECT ")
        out.append(authority)
        out.append(" HTTP/2.0\r\n")
        appendHost(&out)
        return nil
    }

    private func appendHost(_ out: inout ByteBuffer) {
        if seen & Pseudo.authority.bit == 0 { return }
        out.append("host: ")
        out.append(authority)
        out.append("\r\n")
    }

    private static var hostBits: UInt8 { Pseudo.authority.bit | Pseudo.hostSeen }
}
