/// An instant on the wall clock, in whole seconds since 1970 (UTC), and its parts.
public struct CivilTime: Sendable, Equatable {
    public var year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int
    /// 0 for Sunday.
    public var weekday: Int

    /// The parts in UTC.
    public init(unixSeconds: Int) {
        let days = unixSeconds >= 0 ? unixSeconds / 86_400 : (unixSeconds - 86_399) / 86_400
        let rest = unixSeconds - days * 86_400
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        weekday = ((days + 4) % 7 + 7) % 7
        // Howard Hinnant's civil-from-days, with years that begin in March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

/// HTTP's date format (RFC 9110 §5.6.7, IMF-fixdate).
public enum HTTPDate {
    static let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    /// Three-letter names, January first; logs use them too.
    public static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Appends 29 bytes such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    public static func append(unixSeconds: Int, to out: inout ByteBuffer) {
        let time = CivilTime(unixSeconds: unixSeconds)
        out.append(days[time.weekday])
        out.append(", ")
        out.append(decimal: time.day, width: 2)
        out.append(0x20)
        out.append(months[time.month - 1])
        out.append(0x20)
        out.append(decimal: time.year, width: 4)
        out.append(0x20)
        out.append(decimal: time.hour, width: 2)
        out.append(0x3a)
        out.append(decimal: time.minute, width: 2)
        out.append(0x3a)
        out.append(decimal: time.second, width: 2)
        out.append(" GMT")
    }
}
