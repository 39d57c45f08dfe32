extension HTTPDate {
    /// The seconds since 1970 that a date field means, in any of the three formats (RFC 9110 §5.6.7); nil for no date.
    public static func unixSeconds(_ text: Span<UInt8>) -> Int? {
        guard let comma = text.firstIndex(of: 0x2c) else { return asctime(text) }
        var start = comma + 1
        while start < text.count && text[start] == ASCII.space { start += 1 }
        let rest = text.extracting(start..<text.count)
        guard rest.count >= 9 else { return nil }
        return rest[2] == 0x2d ? rfc850(rest) : fixdate(rest)
    }

    /// `06 Nov 1994 08:49:37 GMT`
    private static func fixdate(_ text: Span<UInt8>) -> Int? {
        guard text.count >= 20, let day = number(text, 0, 2), let month = month(text, at: 3),
            let year = number(text, 7, 4), let seconds = clock(text, at: 12)
        else { return nil }
        return unixSeconds(year: year, month: month, day: day, seconds: seconds)
    }

    /// `06-Nov-94 08:49:37 GMT`
    private static func rfc850(_ text: Span<UInt8>) -> Int? {
        guard text.count >= 18, let day = number(text, 0, 2), let month = month(text, at: 3),
            let short = number(text, 7, 2), let seconds = clock(text, at: 10)
        else { return nil }
        return unixSeconds(year: short < 70 ? 2000 + short : 1900 + short, month: month, day: day, seconds: seconds)
    }

    /// `Sun Nov  6 08:49:37 1994`
    private static func asctime(_ text: Span<UInt8>) -> Int? {
        guard text.count >= 24, let month = month(text, at: 4), let seconds = clock(text, at: 11),
            let year = number(text, 20, 4),
            let day = text[8] == ASCII.space ? number(text, 9, 1) : number(text, 8, 2)
        else { return nil }
        return unixSeconds(year: year, month: month, day: day, seconds: seconds)
    }

    private static func number(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        text.extracting(start..<start + count).decimal.map { Int($0) }
    }

    private static func month(_ text: Span<UInt8>, at start: Int) -> Int? {
        for (index, name) in months.enumerated() where text.extracting(start..<start + 3).equals(name) {
            return index + 1
        }
        return nil
    }

    /// Seconds of the day that `08:49:37` means.
    private static func clock(_ text: Span<UInt8>, at start: Int) -> Int? {
        guard text[start + 2] == 0x3a, text[start + 5] == 0x3a, let hour = number(text, start, 2), hour < 24,
            let minute = number(text, start + 3, 2), minute < 60, let second = number(text, start + 6, 2), second < 61
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// Days from a civil date, after Howard Hinnant, with years that begin in March.
    private static func unixSeconds(year: Int, month: Int, day: Int, seconds: Int) -> Int? {
        guard year >= 1970, (1...31).contains(day) else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + seconds
    }
}
