import Bytes
import Configuration
import HTTP

extension RoutingTable {
    /// How fast the response may go to the client: bytes a second, 0 for any rate, and the bytes that go before the
    /// limit begins (nginx: limit_rate, limit_rate_after, `set $limit_rate`); X-Accel-Limit-Rate rules.
    package func downstreamRate(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> (rate: Int, after: Int) {
        let location = record.route.location
        let rate = record.route.limitRate ?? size(entries[location].limitRate, &record, moment, &pool)
        if rate == 0 { return (0, 0) }
        return (rate, size(entries[location].limitRateAfter, &record, moment, &pool))
    }

    /// How fast the response may be read from the upstream: bytes a second, 0 for any rate (nginx: proxy_limit_rate).
    package func upstreamRate(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> Int {
        size(entries[record.route.location].proxyLimitRate, &record, moment, &pool)
    }

    /// Whether 103 responses are passed on: one of the values is neither empty nor `0` (nginx: early_hints).
    package func wantsEarlyHints(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> Bool {
        let run = entries[record.route.location].earlyHints
        if run.isEmpty { return false }
        var scratch = pool.take(atLeast: 512)
        var wanted = false
        for index in run.indices where !wanted {
            wanted = holds(earlyHints[index], &record, moment, &scratch)
        }
        pool.give(scratch)
        return wanted
    }

    /// A size; 0 where the value is absent or none.
    private func size(
        _ value: Value?, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> Int {
        guard let value, !value.isEmpty else { return 0 }
        var scratch = pool.take(atLeast: 512)
        append(value, &record, moment, to: &scratch)
        let size = scratch.span.size ?? 0
        pool.give(scratch)
        return size
    }
}
