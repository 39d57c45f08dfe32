import Bytes
import EventLoop
import HTTP
import Routing

// Whether a client's connection serves another request.
extension Worker {
    /// Whether the connection closes because of the browser at its other end (nginx: keepalive_disable).
    func isDisabledBrowser(_ id: SlotID, _ scope: Settled<Scope>) -> Bool {
        let isPost = exchanges[id].record.asked.facts.method == .post
        guard scope.closesSafari || scope.closesOldExplorer && isPost,
            let field = exchanges[id].record.asked.head.first(.userAgent)
        else { return false }
        let value = exchanges[id].record.asked.head.span(field.value)
        return scope.closesSafari && UserAgent.isMacSafari(value)
            || scope.closesOldExplorer && isPost && UserAgent.isOldExplorer(value)
    }
}
