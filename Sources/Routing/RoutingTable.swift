import Bytes
import Configuration
import HTTP
import Platform

/// One worker's compiled form of a configuration: what the data path looks things up in.
///
/// Each worker makes its own, so that no reference count is shared between threads. Nothing in it changes but the place
/// where matches leave their offsets. All lookups are by index and span; none allocates.
package final class RoutingTable {
    /// What this was compiled from.
    package let model: ConfigurationModel
    /// One for each of the model's `locations`, at the same index.
    package let scopes: [Scope]

    /// Compiles a configuration.
    package init(_ model: ConfigurationModel) {
        self.model = model
        scopes = model.locations.map { Scope($0) }
    }
}
