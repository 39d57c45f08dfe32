import Bytes

extension RequestLineReader {
    /// The target, up to the space after it.
    mutating func readTarget(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        if head.method == .connect { return readAuthorityForm(bytes, into: &head) }
        let byte = bytes[index]
        if byte == 0x2f {
            head.targetForm = .origin
            return readPath(bytes, into: &head)
        }
        if ASCII.isLetter(byte) { return readAbsoluteForm(bytes, into: &head) }
        if byte == 0x2a && head.method == .options {
            head.targetForm = .asterisk
            head.path = ByteRange(start: index, count: 1)
            head.requestURI = head.path
            head.arguments = .empty
            index &+= 1
            if index == end { return false }
            return bytes[index] == ASCII.space ? true : fail(.invalidRequest)
        }
        return fail(.invalidRequest)
    }

    private mutating func readAbsoluteForm(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        let start = index
        while index < end, isSchemeByte(bytes[index]) { index &+= 1 }
        let schemeEnd = index
        if !accept(bytes, 0x3a) || !accept(bytes, 0x2f) || !accept(bytes, 0x2f) { return false }
        head.targetForm = .absolute
        head.scheme = ByteRange(start, schemeEnd)
        if !readAuthority(bytes, into: &head) { return false }
        switch bytes[index] {
        case 0x2f: return readPath(bytes, into: &head)
        case 0x3f, ASCII.space:
            // No path: the first slash of `://` stands for it, so that a range can name it.
            let slash = ByteRange(start: schemeEnd + 1, count: 1)
            let uriStart = index
            head.isPathNormal = true
            let isWell = readArguments(bytes, into: &head)
            head.path = slash
            head.requestURI = uriStart == index ? slash : ByteRange(uriStart, index)
            return isWell
        default: return fail(.invalidRequest)
        }
    }

    /// Host and port, up to the first byte that belongs to neither, which must be there.
    private mutating func readAuthority(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        let start = index
        if index < end, bytes[index] == 0x5b {
            index &+= 1
            while index < end, hostClasses[Int(bytes[index])] & HostClass.literal != 0 { index &+= 1 }
            if !accept(bytes, 0x5d) { return false }
        } else {
            while index < end, isNameByte(bytes[index]) { index &+= 1 }
        }
        if index < end, bytes[index] == ASCII.colon {
            index &+= 1
            while index < end, ASCII.isDigit(bytes[index]) { index &+= 1 }
        }
        head.authority = ByteRange(start, index)
        return index < end
    }

    private mutating func readAuthorityForm(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        head.targetForm = .authority
        if !readAuthority(bytes, into: &head) { return false }
        // A port is required, and nothing may follow it.
        var port = index
        while port > head.authority.start, ASCII.isDigit(bytes[port &- 1]) { port &-= 1 }
        let hasPort = port < index && port > head.authority.start && bytes[port &- 1] == ASCII.colon
        return bytes[index] == ASCII.space && hasPort ? true : fail(.invalidRequest)
    }

    /// The path from its slash on, and what follows it.
    private mutating func readPath(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        let start = index
        index &+= 1
        var isNormal = true
        var isAfterSlash = true
        loop: while index < end {
            let kind = targetClasses[Int(bytes[index])]
            switch kind {
            case TargetClass.usual: isAfterSlash = false
            case TargetClass.slash:
                if isAfterSlash { isNormal = false }
                isAfterSlash = true
            case TargetClass.dot:
                if isAfterSlash { isNormal = false }
                isAfterSlash = false
            case TargetClass.percent:
                isNormal = false
                isAfterSlash = false
            default: break loop
            }
            index &+= 1
        }
        if index == end { return false }
        head.path = ByteRange(start, index)
        head.isPathNormal = isNormal
        let isWell = readArguments(bytes, into: &head)
        head.requestURI = ByteRange(start, index)
        return isWell
    }

    /// Arguments and fragment, if any, up to the space after the target.
    private mutating func readArguments(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        head.arguments = .empty
        if bytes[index] == 0x3f {
            index &+= 1
            let start = index
            while index < end {
                let kind = targetClasses[Int(bytes[index])]
                if kind == TargetClass.hash || kind == TargetClass.stop { break }
                index &+= 1
            }
            if index == end { return false }
            head.arguments = ByteRange(start, index)
        }
        if bytes[index] == 0x23 {
            head.isPathNormal = false
            while index < end, targetClasses[Int(bytes[index])] != TargetClass.stop { index &+= 1 }
            if index == end { return false }
        }
        switch bytes[index] {
        case ASCII.space, ASCII.cr, ASCII.lf: return true
        default: return fail(.invalidRequest)
        }
    }

    private func isSchemeByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2b || byte == 0x2d || byte == 0x2e
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2d || byte == 0x2e
    }
}
