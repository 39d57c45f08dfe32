import Bytes
import Configuration
import HTTP

extension RoutingTable {
    func appendOfProxy(
        _ variable: VariableID, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) -> Bool {
        let location = record.route.location
        switch variable {
        case .proxyHost:
            if append(record.route.proxy.host, of: record, to: &out) { return true }
            if entries[location].content != .group { return false }
            out.append(literals, entries[location].proxyHost)
        case .proxyPort:
            if append(record.route.proxy.port, of: record, to: &out) { return true }
            if entries[location].content != .group { return false }
            out.append(literals, entries[location].proxyPort)
        default:
            for index in 0..<record.asked.head.fieldCount {
                let field = record.asked.head[index]
                if field.knownField != .xForwardedFor || field.isIgnored { continue }
                out.append(record.asked.head.span(field.value))
                out.append(", ")
            }
            record.asked.client.appendHost(to: &out)
        }
        return true
    }

    /// One value for each attempt: `, ` between them, ` : ` where an internal redirect lies between.
    func appendOfAttempts(
        _ variable: VariableID, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) -> Bool {
        if record.attempts.isEmpty { return false }
        for index in 0..<record.attempts.earlier.count {
            append(variable, of: record.attempts.earlier[index], record, to: &out)
            let next =
                index + 1 < record.attempts.earlier.count ? record.attempts.earlier[index + 1] : record.attempts.current
            out.append(next.followsRestart ? " : " : ", ")
        }
        append(variable, of: record.attempts.current, record, to: &out)
        return true
    }

    private func append(
        _ variable: VariableID, of attempt: Attempt, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) {
        switch variable {
        case .upstreamAddr: out.append(record.span(attempt.peerName))
        case .upstreamStatus: if attempt.status > 0 { out.append(decimal: attempt.status) } else { out.append(0x2d) }
        case .upstreamConnectTime: append(time: attempt.connectTime, to: &out)
        case .upstreamHeaderTime: append(time: attempt.headTime, to: &out)
        case .upstreamResponseTime: append(time: attempt.responseTime, to: &out)
        case .upstreamQueueTime: append(time: attempt.queueTime, to: &out)
        case .upstreamResponseLength: out.append(decimal: attempt.bodyBytes)
        case .upstreamBytesReceived: out.append(decimal: attempt.bytesReceived)
        default: out.append(decimal: attempt.bytesSent)
        }
    }

    private func append(time milliseconds: Int, to out: inout ByteBuffer) {
        if milliseconds < 0 { out.append(0x2d) } else { out.append(milliseconds: milliseconds) }
    }
}
