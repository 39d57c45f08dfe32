import Bytes
import Upstreams

/// A metric's name and the labels of one of its series, as they are written.
struct Labels {
    let name: StaticString
    private(set) var text: [UInt8] = []

    /// None yet.
    init(_ name: StaticString) { self.name = name }

    /// Adds a label; the value is escaped.
    mutating func add(_ label: StaticString, _ value: [UInt8]) {
        begin(label)
        for byte in value {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0x0a: text += Array("\\n".utf8)
            default: text.append(byte)
            }
        }
        text.append(0x22)
    }

    /// Adds a label whose value needs no escapes.
    mutating func add(_ label: StaticString, _ value: StaticString) {
        begin(label)
        append(value)
        text.append(0x22)
    }

    /// Adds a peer's address, with its number where it is not the first of that address: no series may be there twice.
    mutating func add(_ label: StaticString, _ listed: ListedPeer) {
        add(label, listed.copy == 1 ? listed.peer.nameBytes : listed.peer.nameBytes + Array("#\(listed.copy)".utf8))
    }

    private mutating func begin(_ label: StaticString) {
        if !text.isEmpty { text.append(UInt8(ascii: ",")) }
        append(label)
        text += Array("=\"".utf8)
    }

    private mutating func append(_ words: StaticString) {
        var copy = ByteBuffer()
        copy.append(words)
        text += copy.span.array
    }
}

extension ByteBuffer {
    /// Appends what stands before a metric's series.
    mutating func append(header row: Metric.Row) {
        append("# HELP ")
        append(row.name)
        append(" ")
        append(row.help)
        append("\n# TYPE ")
        append(row.name)
        append(" ")
        append(text: row.kind.rawValue)
        append("\n")
    }

    /// Appends one series and its value.
    mutating func append(_ value: Int, _ labels: Labels) {
        appendSeries(labels, "", nil)
        append(decimal: value)
        append("\n")
    }

    /// Appends the series of a histogram, its buckets cumulated.
    mutating func append(_ histogram: HistogramSum, _ scale: HistogramScale, _ labels: Labels) {
        let bounds = scale.bounds
        var total = 0
        for index in 0..<16 {
            total += histogram.buckets[index]
            appendSeries(labels, "_bucket", index < 15 ? bounds[index] : -1, scale)
            append(decimal: total)
            append("\n")
        }
        appendSeries(labels, "_sum", nil)
        append(amount: histogram.sum, perWhole: scale.perSecond)
        append("\n")
        appendSeries(labels, "_count", nil)
        append(decimal: total)
        append("\n")
    }

    /// `bound`: the end of a bucket, −1 for the last, which has none.
    private mutating func appendSeries(
        _ labels: Labels, _ suffix: StaticString, _ bound: Int?, _ scale: HistogramScale = .milliseconds
    ) {
        append(labels.name)
        append(suffix)
        if labels.text.isEmpty && bound == nil { return append(" ") }
        append("{")
        append(labels.text)
        if let bound {
            append(labels.text.isEmpty ? "le=\"" : ",le=\"")
            if bound < 0 { append("+Inf") } else { append(amount: bound, perWhole: scale.perSecond) }
            append("\"")
        }
        append("} ")
    }
}
