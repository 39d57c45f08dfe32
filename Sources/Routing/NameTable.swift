import Bytes

/// Tables from names to numbers, all in one array: open addressing over a hash of the bytes in lower case.
///
/// Names are stored in lower case and looked up in any. Several tables share the array; each is a power of two of
/// cells.
struct NameTables: Sendable {
    var cells: [Cell] = []

    struct Cell: Sendable {
        var hash: UInt32 = 0
        /// Of the name in the routing table's `literals`.
        var name = ByteRange.empty
        /// −1 for an empty cell.
        var number: Int32 = -1
    }

    /// Adds a table. Of equal names the first one stays.
    mutating func add(_ entries: [(name: ByteRange, number: Int)], literals: [UInt8]) -> NameTable {
        if entries.isEmpty { return NameTable() }
        var size = 4
        while size < entries.count * 2 { size *= 2 }
        var table = NameTable(first: UInt32(cells.count), size: UInt32(size))
        for entry in entries { table.lengths |= NameTable.lengthBit(entry.name.count) }
        cells += Array(repeating: Cell(), count: size)
        for entry in entries {
            let hash = NameTable.hash(literals.span.part(entry.name))
            var place = Int(hash) & (size - 1)
            while true {
                let cell = cells[Int(table.first) + place]
                if cell.number < 0 {
                    let added = Cell(hash: hash, name: entry.name, number: Int32(entry.number))
                    cells[Int(table.first) + place] = added
                    break
                }
                if literals[cell.name.start..<cell.name.end].elementsEqual(
                    literals[entry.name.start..<entry.name.end])
                {
                    break
                }
                place = (place + 1) & (size - 1)
            }
        }
        return table
    }
}

/// One table of `NameTables`.
struct NameTable: Equatable, Sendable {
    var first: UInt32 = 0
    /// Cells; 0 for a table without names.
    var size: UInt32 = 0
    /// One bit for each length of a name, so that most names that are not there need no hash.
    var lengths: UInt64 = 0

    static func lengthBit(_ count: Int) -> UInt64 { 1 &<< UInt64(min(count, 63)) }

    /// FNV-1a over the bytes in lower case.
    static func hash(_ name: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in name.indices { hash = (hash ^ UInt32(ASCII.lowercased(name[index]))) &* 16_777_619 }
        return hash ^ (hash &>> 15)
    }
}

extension RoutingTable {
    /// The number that stands for `name`, in any case, or −1.
    func lookUp(_ name: Span<UInt8>, in table: NameTable) -> Int {
        if table.lengths & NameTable.lengthBit(name.count) == 0 { return -1 }
        let hash = NameTable.hash(name)
        let mask = Int(table.size) - 1
        var place = Int(hash) & mask
        while true {
            let cell = names.cells[Int(table.first) + place]
            if cell.number < 0 { return -1 }
            if cell.hash == hash, literals.has(cell.name, equalIgnoringCaseTo: name) { return Int(cell.number) }
            place = (place + 1) & mask
        }
    }
}
