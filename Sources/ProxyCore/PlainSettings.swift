import Configuration
import Failures

/// What the data path asks of a location again and again: numbers and switches only, so that reading them counts no reference.
/// Times are milliseconds.
struct PlainSettings: BitwiseCopyable {
    var bodyLimitBytes: Int
    var bodyBufferBytes: Int
    var bodyTimeout: Int64
    var sendTimeout: Int64
    var keepAliveTimeout: Int
    var keepAliveRequests: Int
    var keepAliveLifetime: Int64
    var lingeringClose: LingeringClose
    var lingeringTime: Int
    var lingeringTimeout: Int
    var resetsTimedOut: Bool
    var chunksResponses: Bool
    var errorDetail: ErrorDetail

    var connectTimeout: Int64
    var upstreamSendTimeout: Int64
    var readTimeout: Int64
    var buffersRequest: Bool
    var buffersResponse: Bool
    var headLimitBytes: Int
    var heldLimitBytes: Int
    var nextUpstream: NextUpstream
    var nextTries: Int
    var nextTimeout: Int64
    var interceptsErrors: Bool
    var ignoresClientAbort: Bool
    var passesTrailers: Bool
    var passesBody: Bool
    var isHTTP10: Bool
    var ignoredFields: IgnoredFields
    var socketKeepAlive: Bool
    var hasEarlyHints: Bool

    init(_ settings: LocationSettings) {
        bodyLimitBytes = settings.body.limitBytes
        bodyBufferBytes = settings.body.bufferBytes
        bodyTimeout = Int64(settings.body.timeout)
        sendTimeout = Int64(settings.response.sendTimeout)
        keepAliveTimeout = settings.keepAlive.timeout
        keepAliveRequests = settings.keepAlive.requestLimit
        keepAliveLifetime = Int64(settings.keepAlive.lifetime)
        lingeringClose = settings.keepAlive.lingeringClose
        lingeringTime = settings.keepAlive.lingeringTime
        lingeringTimeout = settings.keepAlive.lingeringTimeout
        resetsTimedOut = settings.keepAlive.resetTimedOut
        chunksResponses = settings.response.chunkedTransferEncoding
        errorDetail = settings.response.errorDetail
        let proxy = settings.proxy
        connectTimeout = Int64(proxy.connectTimeout)
        upstreamSendTimeout = Int64(proxy.sendTimeout)
        readTimeout = Int64(proxy.readTimeout)
        buffersRequest = proxy.requestBuffering
        buffersResponse = proxy.buffering
        headLimitBytes = proxy.headBufferBytes
        heldLimitBytes = proxy.headBufferBytes + (proxy.buffering ? proxy.buffers.count * proxy.buffers.bytes : 0)
        nextUpstream = proxy.nextUpstream
        nextTries = proxy.nextUpstreamTries
        nextTimeout = Int64(proxy.nextUpstreamTimeout)
        interceptsErrors = proxy.interceptErrors
        ignoresClientAbort = proxy.ignoreClientAbort
        passesTrailers = proxy.passTrailers
        passesBody = proxy.passRequestBody
        isHTTP10 = proxy.version == .http10
        ignoredFields = proxy.ignoredFields
        socketKeepAlive = proxy.socketKeepAlive
        hasEarlyHints = !settings.response.earlyHints.isEmpty
    }
}
