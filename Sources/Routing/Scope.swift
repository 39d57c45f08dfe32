import Bytes
import Configuration

/// The settings of one location as numbers, for the data path. Timeouts are in milliseconds, sizes in bytes.
package struct Scope: Sendable {
    /// Index in the model's `servers`; −1 for the http context.
    package let server: Int32

    // Request body
    package let bodyLimitBytes: Int
    package let bodyBufferBytes: Int
    package let bodyTimeout: Int
    package let bodyFileUse: BodyFileUse

    // Connection to the client
    package let sendTimeout: Int
    package let keepAliveTimeout: Int
    package let closesOldExplorer: Bool
    package let closesSafari: Bool
    package let keepAliveMinimumTimeout: Int
    /// For the `Keep-Alive` field, in seconds; 0 for none.
    package let keepAliveHeaderSeconds: Int
    package let keepAliveRequestLimit: Int
    package let keepAliveLifetime: Int
    package let lingeringTime: Int
    package let lingeringTimeout: Int
    package let lingeringClose: LingeringClose
    package let resetsTimedOut: Bool
    package let chunksAllowed: Bool

    // Upstream
    package let connectTimeout: Int
    package let upstreamSendTimeout: Int
    package let upstreamReadTimeout: Int
    package let headBufferBytes: Int
    package let bufferCount: Int
    package let bufferBytes: Int
    package let busyBytes: Int
    package let nextUpstream: NextUpstream
    package let nextUpstreamTries: Int
    package let nextUpstreamTimeout: Int
    package let wait: ProxyWait
    package let version: ProxyVersion
    /// nginx: grpc_pass.
    package let isGRPC: Bool
    package let passesRequestBody: Bool
    package let buffersRequest: Bool
    package let buffersResponse: Bool
    /// Whether the response may have to be read at a rate.
    package let limitsUpstreamRate: Bool
    package let interceptsErrors: Bool
    package let ignoresClientAbort: Bool
    package let passesTrailers: Bool
    /// Whether there is any `add_trailer`.
    package let addsTrailers: Bool
    package let socketKeepAlive: Bool
    /// SO_RCVBUF and SO_SNDBUF; 0 leaves the kernel's.
    package let receiveBufferBytes: Int
    package let sendBufferBytes: Int
    package let ignoredFields: IgnoredFields

    package let errorDetail: ErrorDetail
    /// Whether errors of this scope have an `error_page` at all.
    package let hasErrorPages: Bool
    package let logsNotFound: Bool

    init(_ settings: LocationSettings) {
        server = Int32(settings.server)
        bodyLimitBytes = settings.body.limitBytes
        bodyBufferBytes = settings.body.bufferBytes
        bodyTimeout = settings.body.timeout
        bodyFileUse = settings.body.fileUse
        sendTimeout = settings.response.sendTimeout
        keepAliveTimeout = settings.keepAlive.timeout
        closesOldExplorer = settings.keepAlive.disabledForMSIE6
        closesSafari = settings.keepAlive.disabledForSafari
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
        wait = settings.proxy.wait
        version = settings.proxy.version
        isGRPC = settings.proxy.isGRPC
        passesRequestBody = settings.proxy.passRequestBody && settings.proxy.setBody == nil
        buffersRequest = settings.proxy.requestBuffering
        buffersResponse = settings.proxy.buffering
        limitsUpstreamRate = settings.proxy.limitRate.map { $0.literalBytes != [0x30] } ?? false
        interceptsErrors = settings.proxy.interceptErrors
        ignoresClientAbort = settings.proxy.ignoreClientAbort
        passesTrailers = settings.proxy.passTrailers
        addsTrailers = !settings.response.addedTrailers.isEmpty
        socketKeepAlive = settings.proxy.socketKeepAlive
        receiveBufferBytes = settings.proxy.receiveBufferBytes ?? 0
        sendBufferBytes = settings.proxy.sendBufferBytes ?? 0
        ignoredFields = settings.proxy.ignoredFields
        errorDetail = settings.response.errorDetail
        hasErrorPages = !settings.response.errorPages.isEmpty
        logsNotFound = settings.logs.logNotFound
    }
}
