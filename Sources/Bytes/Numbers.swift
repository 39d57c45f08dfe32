extension Span where Element == UInt8 {
    /// The decimal number that these bytes are, digits only; nil where empty, over `Int64.max`, or anything else
    /// stands in it.
    @inlinable public var decimal: Int64? {
        if isEmpty { return nil }
        var value: Int64 = 0
        for index in indices {
            let byte = self[index]
            guard ASCII.isDigit(byte) else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, over2) = product.addingReportingOverflow(Int64(byte &- 0x30))
            if over || over2 { return nil }
            value = sum
        }
        return value
    }
}

extension ByteBuffer {
    /// Appends a number in decimal digits.
    @inlinable public mutating func append<Number: FixedWidthInteger>(decimal number: Number) {
        var magnitude = UInt64(number.magnitude)
        if number < 0 { append(0x2d) }
        if magnitude < 10 {
            append(UInt8(truncatingIfNeeded: magnitude) &+ 0x30)
            return
        }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var position = 20
        while magnitude > 0 {
            position &-= 1
            digits[position] = UInt8(truncatingIfNeeded: magnitude % 10) &+ 0x30
            magnitude /= 10
        }
        reserve(20 - position)
        while position < 20 {
            append(digits[position])
            position &+= 1
        }
    }

    /// Appends a number in decimal, padded with zeros on the left to `width` digits (at most 20).
    @inlinable public mutating func append(decimal number: Int, width: Int) {
        var limit = 1
        for _ in 1..<max(width, 1) { limit *= 10 }
        while limit > 1 && number < limit {
            append(0x30)
            limit /= 10
        }
        append(decimal: number)
    }

    /// Appends a number in lower-case hexadecimal, without a prefix.
    @inlinable public mutating func append(hex number: UInt64) {
        var shift = 60
        while shift > 0 && (number &>> UInt64(shift)) & 15 == 0 { shift -= 4 }
        while shift >= 0 {
            append(hexDigit: UInt8(truncatingIfNeeded: number &>> UInt64(shift)) & 15)
            shift -= 4
        }
    }

    /// Appends one hexadecimal digit, in lower case unless `upper`.
    @inlinable public mutating func append(hexDigit value: UInt8, upper: Bool = false) {
        append(value < 10 ? value &+ 0x30 : value &+ (upper ? 0x37 : 0x57))
    }

    /// Appends milliseconds as seconds with three decimals (`0.042`), as nginx writes times.
    @inlinable public mutating func append(milliseconds: Int) {
        append(decimal: milliseconds / 1000)
        append(0x2e)
        append(decimal: milliseconds % 1000, width: 3)
    }
}
