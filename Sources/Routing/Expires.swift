import Bytes

extension ExpiresEntry {
    /// What a value of `expires` means once it is evaluated: `epoch`, `max`, `off`, or a time with or without a sign,
    /// or
    /// `@` and a time of day; nil for anything else.
    init?(_ text: Span<UInt8>, modified: Bool) {
        if !modified {
            if text.equals("epoch") { self = .epoch; return }
            if text.equals("max") { self = .maximum; return }
            if text.equals("off") { self = .off; return }
        }
        if text.isEmpty { return nil }
        let sign = text[0]
        let hasSign = sign == 0x40 || sign == 0x2b || sign == 0x2d
        guard let seconds = Self.seconds(hasSign ? text.extracting(1..<text.count) : text) else { return nil }
        if sign == 0x40 {
            if modified || seconds > 86400 { return nil }
            self = .daily(seconds)
        } else {
            self = .after(sign == 0x2d ? -seconds : seconds, modified: modified)
        }
    }

    /// A time as nginx writes it, in seconds: numbers with the units y M w d h m s, the largest first.
    private static func seconds(_ text: Span<UInt8>) -> Int? {
        var total = 0
        var number = 0
        var hasDigits = false
        var lastUnit = Int.max
        for index in text.indices {
            let byte = text[index]
            if ASCII.isDigit(byte) {
                if number > 1_000_000_000 { return nil }
                number = number * 10 + Int(byte - 0x30)
                hasDigits = true
                continue
            }
            if byte == ASCII.space && !hasDigits { continue }
            guard hasDigits, let unit = unit(byte), unit < lastUnit else { return nil }
            total += number * unit
            (number, hasDigits, lastUnit) = (0, false, unit)
        }
        if text.isEmpty || (hasDigits && lastUnit <= 1) { return nil }
        return total + number
    }

    private static func unit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x79: 31_536_000
        case 0x4d: 2_592_000
        case 0x77: 604_800
        case 0x64: 86_400
        case 0x68: 3600
        case 0x6d: 60
        case 0x73: 1
        default: nil
        }
    }
}
