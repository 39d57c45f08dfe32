import Bytes
import Configuration
import HTTP
import Platform

extension RoutingTable {
    /// Appends a value of the model, evaluated for this exchange.
    package func append(
        _ value: ComplexValue, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        if let bytes = value.literalBytes { out.append(bytes) }
    }

    /// Appends a variable's value; false (and nothing appended) where it has none.
    package func append(
        _ variable: VariableReference, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) -> Bool { false }

    /// How many access logs the exchange's location has.
    package func accessLogCount(_ record: borrowing ExchangeRecord) -> Int {
        model.locations[record.route.location].logs.accessLogs.count
    }

    /// Appends the line for the location's access log at `index`, its line end included. False (and nothing appended)
    /// where its `if=` says no.
    package func appendAccessLine(
        _ index: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool { false }
}
