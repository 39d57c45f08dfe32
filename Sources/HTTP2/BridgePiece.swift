/// Where the bytes lie that are being fed, so that body bytes can be told as ranges of them.
///
/// Safe: the address is compared, never read.
@safe struct Piece {
    private var base: UInt = 0
    private var count = 0

    /// Remembers where a piece lies.
    mutating func set(_ bytes: UnsafeBufferPointer<UInt8>) {
        base = UInt(bitPattern: bytes.baseAddress)
        count = bytes.count
    }

    /// How far `bytes` is from the piece's start.
    func offset(of bytes: UnsafePointer<UInt8>, count part: Int) -> Int {
        let address = UInt(bitPattern: bytes)
        precondition(address >= base && address - base + UInt(part) <= UInt(count), "body bytes from nowhere")
        return Int(address - base)
    }
}
