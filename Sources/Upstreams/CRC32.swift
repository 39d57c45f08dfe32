/// CRC-32 as in Ethernet and zlib, the hash of nginx's `hash` balancers.
struct CRC32 {
    private var state: UInt32 = .max

    /// What half a byte does to the state.
    private static let table: InlineArray<16, UInt32> = [
        0x0000_0000, 0x1db7_1064, 0x3b6e_20c8, 0x26d9_30ac, 0x76dc_4190, 0x6b6b_51f4, 0x4db2_6158, 0x5005_713c,
        0xedb8_8320, 0xf00f_9344, 0xd6d6_a3e8, 0xcb61_b38c, 0x9b64_c2b0, 0x86d3_d2d4, 0xa00a_e278, 0xbdbd_f21c,
    ]

    /// The hash of what was added so far.
    var value: UInt32 { ~state }

    mutating func add(_ byte: UInt8) {
        state = Self.table[Int((state ^ UInt32(byte)) & 15)] ^ state >> 4
        state = Self.table[Int((state ^ UInt32(byte >> 4)) & 15)] ^ state >> 4
    }

    mutating func add(_ bytes: Span<UInt8>) {
        for index in bytes.indices { add(bytes[index]) }
    }

    /// Adds a number in decimal digits.
    mutating func add(decimal number: UInt32) {
        if number >= 10 { add(decimal: number / 10) }
        add(UInt8(0x30 + number % 10))
    }

    /// Adds a number, its lowest byte first.
    mutating func add(littleEndian number: UInt32) {
        for place in 0..<4 { add(UInt8(truncatingIfNeeded: number >> (8 * UInt32(place)))) }
    }
}
