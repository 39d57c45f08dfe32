import Configuration
import Upstreams

extension Peers {
    /// Leaves peers healthy that were so in the configuration before, where a check asks for that (nginx: health_check
    /// … mandatory persistent). A peer is known by its group's name and its address.
    static func keepHealth(
        from old: [[Peer]], of oldModel: ConfigurationModel, in fresh: [[Peer]], of model: ConfigurationModel
    ) {
        for (index, group) in model.groups.enumerated() where group.persistentChecks != 0 {
            let former = oldModel.groups.firstIndex {
                $0.name == group.name && $0.isImplicit == group.isImplicit && $0.port == group.port
            }
            guard let former, former < old.count else { continue }
            for peer in fresh[index] {
                let same = old[former].first { $0.settings.endpoint == peer.settings.endpoint }
                if same?.checks.isUsable == true { peer.keepHealth(group.persistentChecks) }
            }
        }
    }
}
