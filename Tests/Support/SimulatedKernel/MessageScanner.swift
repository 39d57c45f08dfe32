import Bytes

/// Finds the end of an HTTP/1 message while it arrives: as much of RFC 9112 §6 as a far end of a test needs.
///
/// It believes what it reads; judging the gateway's bytes is the test's affair.
struct MessageScanner {
    enum Kind: Equatable { case request, response(bodyless: Bool) }
    enum Progress { case more, complete(FarMessage) }
    private enum Place { case head, counted(Int), chunkSize, chunk(Int), chunkEnd, trailers, untilEnd }

    let kind: Kind
    private var place = Place.head
    private var headStart: Int
    private var position: Int
    private var searched: Int
    private var head = ByteRange.empty
    private var bodyStart = 0
    private var pieces: [ByteRange] = []

    init(_ kind: Kind, from start: Int) {
        self.kind = kind
        headStart = start
        position = start
        searched = start
    }

    /// Goes on as far as the bytes reach; `ended` says that no more will come.
    mutating func scan(_ bytes: Span<UInt8>, ended: Bool) -> Progress {
        while true {
            switch place {
            case .head:
                guard let line = nextLine(bytes) else { return .more }
                if line.isEmpty && line.start > headStart, let whole = finishHead(bytes) { return .complete(whole) }
            case .counted(let count):
                if bytes.count - position < count { return .more }
                return .complete(finish(with: count))
            case .chunkSize:
                guard let line = nextLine(bytes) else { return .more }
                let size = Self.hex(bytes.part(line))
                place = size == 0 ? .trailers : .chunk(size)
            case .chunk(let count):
                if bytes.count - position < count { return .more }
                pieces.append(ByteRange(start: position, count: count))
                skip(count)
                place = .chunkEnd
            case .chunkEnd:
                if nextLine(bytes) == nil { return .more }
                place = .chunkSize
            case .trailers:
                guard let line = nextLine(bytes) else { return .more }
                if line.isEmpty { return .complete(finish(with: nil)) }
            case .untilEnd:
                return ended ? .complete(finish(with: bytes.count - position)) : .more
            }
        }
    }

    /// What is there of a message whose head is whole.
    func soFar(_ bytes: Span<UInt8>) -> FarMessage? {
        var pieces = pieces
        let rest = bytes.count - position
        switch place {
        case .head: return nil
        case .counted(let count), .chunk(let count): pieces.append(ByteRange(start: position, count: min(count, rest)))
        case .untilEnd: pieces.append(ByteRange(start: position, count: rest))
        case .chunkSize, .chunkEnd, .trailers: break
        }
        return FarMessage(head: head, body: ByteRange(bodyStart, bytes.count), pieces: pieces)
    }

    private mutating func skip(_ count: Int) {
        position += count
        searched = position
    }

    /// The next line without its end, and past it; nil while it is not whole.
    private mutating func nextLine(_ bytes: Span<UInt8>) -> ByteRange? {
        guard let end = bytes.firstIndex(of: 10, from: searched) else {
            searched = bytes.count
            return nil
        }
        let bare = end > position && bytes[end - 1] == 13 ? end - 1 : end
        let line = ByteRange(position, bare)
        skip(end + 1 - position)
        return line
    }

    private mutating func finish(with count: Int?) -> FarMessage {
        if let count {
            if count > 0 { pieces.append(ByteRange(start: position, count: count)) }
            skip(count)
        }
        return FarMessage(head: head, body: ByteRange(bodyStart, position), pieces: pieces)
    }

    /// The head is whole: decides how the body ends. The whole message where there is none.
    private mutating func finishHead(_ bytes: Span<UInt8>) -> FarMessage? {
        head = ByteRange(headStart, position)
        bodyStart = position
        if case .response(let bodyless) = kind {
            let status = bytes.part(head).firstIndex(of: 32).map { Self.decimal(bytes, from: headStart + $0 + 1) } ?? 0
            if status >= 100 && status < 200 && status != 101 {
                headStart = position
                return nil
            }
            if bodyless || status == 101 || status == 204 || status == 304 { return finish(with: nil) }
        }
        if let coding = field("transfer-encoding", bytes), bytes.part(coding).equalsIgnoringCase("chunked") {
            place = .chunkSize
        } else if let length = field("content-length", bytes) {
            place = .counted(Self.decimal(bytes, from: length.start))
        } else if kind == .request {
            return finish(with: nil)
        } else {
            place = .untilEnd
        }
        return nil
    }

    /// The value of the first field of that name.
    private func field(_ name: StaticString, _ bytes: Span<UInt8>) -> ByteRange? {
        var start = head.start
        while let end = bytes.firstIndex(of: 10, from: start), end < head.end {
            if let colon = bytes.firstIndex(of: 58, from: start), colon < end,
                bytes.part(ByteRange(start, colon)).equalsIgnoringCase(name)
            {
                var first = colon + 1
                var last = end
                while first < last, bytes[first] == 32 || bytes[first] == 9 { first += 1 }
                while last > first, bytes[last - 1] == 13 || bytes[last - 1] == 32 { last -= 1 }
                return ByteRange(first, last)
            }
            start = end + 1
        }
        return nil
    }

    private static func decimal(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var value = 0
        var index = start
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57, value < 1 << 40 {
            value = value * 10 + Int(bytes[index] - 48)
            index += 1
        }
        return value
    }

    private static func hex(_ line: Span<UInt8>) -> Int {
        var value = 0
        for index in line.indices {
            let byte = line[index] | 32
            switch byte {
            case 48...57: value = value << 4 | Int(byte - 48)
            case 97...102: value = value << 4 | Int(byte - 87)
            default: return value
            }
            if value >= 1 << 40 { return value }
        }
        return value
    }
}
