import Bytes
import Configuration

/// The settings of one location as numbers, for the data path. Timeouts are in milliseconds, sizes in bytes.
package struct Scope: Sendable {
    /// Index in the model's `servers`; −1 for the http context.
    package var server: Int32

    // Request body
    package var bodyLimitBytes: Int
    package var bodyBufferBytes: Int
    package var bodyTimeout: Int

    // Connection to the client
    package var sendTimeout: Int
    package var keepAliveTimeout: Int
    package var keepAliveMinimumTimeout: Int
    /// For the `Keep-Alive` field, in seconds; 0 for none.
    package var keepAliveHeaderSeconds: Int
    package var keepAliveRequestLimit: Int
    package var keepAliveLifetime: Int
    package var lingeringTime: Int
    package var lingeringTimeout: Int
    package var lingeringClose: LingeringClose
    package var resetsTimedOut: Bool
    package var chunksAllowed: Bool

    // Upstream
    package var connectTimeout: Int
    package var upstreamSendTimeout: Int
    package var upstreamReadTimeout: Int
    package var headBufferBytes: Int
    package var bufferCount: Int
    package var bufferBytes: Int
    package var busyBytes: Int
    package var nextUpstream: NextUpstream
    package var nextUpstreamTries: Int
    package var nextUpstreamTimeout: Int
    package var version: ProxyVersion
    package var passesRequestBody: Bool
    package var buffersRequest: Bool
    package var buffersResponse: Bool
    package var interceptsErrors: Bool
    package var ignoresClientAbort: Bool
    package var passesTrailers: Bool
    package var socketKeepAlive: Bool
    package var ignoredFields: IgnoredFields

    package var errorDetail: ErrorDetail
    /// Whether errors of this scope have an `error_page` at all.
    package var hasErrorPages: Bool
    package var logsNotFound: Bool

    init(_ settings: LocationSettings) {
        server = Int32(settings.server)
        bodyLimitBytes = settings.body.limitBytes
        bodyBufferBytes = settings.body.bufferBytes
        bodyTimeout = settings.body.timeout
        sendTimeout = settings.response.sendTimeout
        keepAliveTimeout = settings.keepAlive.timeout
        keepAliveMinimumTimeout = settings.keepAlive.minimumTimeout
        keepAliveHeaderSeconds = settings.keepAlive.headerSeconds
        keepAliveRequestLimit = settings.keepAlive.requestLimit
        keepAliveLifetime = settings.keepAlive.lifetime
        lingeringTime = settings.keepAlive.lingeringTime
        lingeringTimeout = settings.keepAlive.lingeringTimeout
        lingeringClose = settings.keepAlive.lingeringClose
        resetsTimedOut = settings.keepAlive.resetTimedOut
        chunksAllowed = settings.response.chunkedTransferEncoding
        connectTimeout = settings.proxy.connectTimeout
        upstreamSendTimeout = settings.proxy.sendTimeout
        upstreamReadTimeout = settings.proxy.readTimeout
        headBufferBytes = settings.proxy.headBufferBytes
        bufferCount = settings.proxy.buffers.count
        bufferBytes = settings.proxy.buffers.bytes
        busyBytes = settings.proxy.busyBytes
        nextUpstream = settings.proxy.nextUpstream
        nextUpstreamTries = settings.proxy.nextUpstreamTries
        nextUpstreamTimeout = settings.proxy.nextUpstreamTimeout
        version = settings.proxy.version
        passesRequestBody = settings.proxy.passRequestBody && settings.proxy.setBody == nil
        buffersRequest = settings.proxy.requestBuffering
        buffersResponse = settings.proxy.buffering
        interceptsErrors = settings.proxy.interceptErrors
        ignoresClientAbort = settings.proxy.ignoreClientAbort
        passesTrailers = settings.proxy.passTrailers
        socketKeepAlive = settings.proxy.socketKeepAlive
        ignoredFields = settings.proxy.ignoredFields
        errorDetail = settings.response.errorDetail
        hasErrorPages = !settings.response.errorPages.isEmpty
        logsNotFound = settings.logs.logNotFound
    }
}
