import Bytes

/// Whether a client would rather have JSON than HTML (RFC 9110 §12.5.1).
package enum AcceptPreference {
    /// Decides from the value of `Accept`. JSON wins with the higher weight, or at the same weight by being named more
    /// exactly: `*/*` alone gets HTML, `application/json, */*` JSON. Without the field: HTML.
    package static func prefersJSON(_ accept: Span<UInt8>) -> Bool {
        var html = Match()
        var json = Match()
        var start = 0
        while start < accept.count {
            let end = elementEnd(accept, from: start)
            consider(accept.extracting(start..<end), &html, &json)
            start = end + 1
        }
        if json.weight != html.weight { return json.weight > html.weight }
        return json.weight > 0 && json.exactness > html.exactness
    }

    /// The most exact range that covers a type, and its weight in thousandths.
    private struct Match {
        var exactness = 0
        var weight = 0

        mutating func take(exactness: Int, weight: Int) {
            if exactness < self.exactness || (exactness == self.exactness && weight <= self.weight) { return }
            self.exactness = exactness
            self.weight = weight
        }
    }

    private static func consider(_ element: Span<UInt8>, _ html: inout Match, _ json: inout Match) {
        let typeEnd = element.firstIndex(of: UInt8(ascii: ";")) ?? element.count
        let type = trimmed(element.extracting(0..<typeEnd))
        let weight = weight(element.extracting(typeEnd..<element.count))
        if type.equals("*/*") {
            html.take(exactness: 1, weight: weight)
            json.take(exactness: 1, weight: weight)
        } else if type.equalsIgnoringCase("text/*") {
            html.take(exactness: 2, weight: weight)
        } else if type.equalsIgnoringCase("application/*") {
            json.take(exactness: 2, weight: weight)
        } else if type.equalsIgnoringCase("text/html") || type.equalsIgnoringCase("application/xhtml+xml") {
            html.take(exactness: 3, weight: weight)
        } else if type.equalsIgnoringCase("application/json") || type.equalsIgnoringCase("application/problem+json") {
            json.take(exactness: 3, weight: weight)
        }
    }

    /// The weight among the parameters in thousandths; 1,000 where there is none or it is nonsense.
    private static func weight(_ parameters: Span<UInt8>) -> Int {
        var start = 0
        while start < parameters.count {
            var end = start + 1
            while end < parameters.count && parameters[end] != UInt8(ascii: ";") { end += 1 }
            let one = trimmed(parameters.extracting((start + 1)..<end))
            if one.count > 2 && ASCII.lowercased(one[0]) == UInt8(ascii: "q") && one[1] == UInt8(ascii: "=") {
                return thousandths(one.extracting(2..<one.count))
            }
            start = end
        }
        return 1000
    }

    private static func thousandths(_ digits: Span<UInt8>) -> Int {
        if digits[0] == UInt8(ascii: "1") { return 1000 }
        guard digits[0] == UInt8(ascii: "0") else { return 1000 }
        var value = 0
        var unit = 100
        var index = 2
        while index < digits.count && unit > 0 && ASCII.isDigit(digits[index]) {
            value += Int(digits[index] &- 0x30) * unit
            unit /= 10
            index += 1
        }
        return value
    }

    /// Where the list element that begins at `start` ends: at a comma outside quotes.
    private static func elementEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var quoted = false
        var index = start
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\"") { quoted.toggle() }
            if bytes[index] == UInt8(ascii: ",") && !quoted { return index }
            index += 1
        }
        return index
    }

    @_lifetime(copy bytes)
    private static func trimmed(_ bytes: Span<UInt8>) -> Span<UInt8> {
        var start = 0
        var end = bytes.count
        while start < end && (bytes[start] == ASCII.space || bytes[start] == ASCII.tab) { start += 1 }
        while end > start && (bytes[end - 1] == ASCII.space || bytes[end - 1] == ASCII.tab) { end -= 1 }
        return bytes.extracting(start..<end)
    }
}
