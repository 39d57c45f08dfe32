import Bytes
import Configuration
import HTTP
import Platform

extension RoutingTable {
    /// Appends a variable of the server's own; false (and nothing appended) where it has no value, which the access log
    /// shows as `-`.
    package func append(
        _ variable: VariableID, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        switch variable {
        case .args, .contentLength, .contentType, .documentURI, .host, .isArgs, .queryString, .remoteUser, .request,
            .requestBody, .requestBodyFile, .requestCompletion, .requestLength, .requestMethod, .requestTime,
            .requestURI, .scheme, .https, .uri, .limitRate, .requestPort, .isRequestPort, .http2:
            return appendOfRequest(variable, record, moment, to: &out)
        case .documentRoot, .realpathRoot:
            appendRoot(&record, moment, to: &out)
            return true
        case .requestFilename:
            appendFilename(&record, moment, to: &out)
            return true
        case .requestID:
            appendRequestID(record, moment, to: &out)
            return true
        case .binaryRemoteAddr, .remoteAddr, .remotePort, .serverAddr, .serverName, .serverPort, .serverProtocol,
            .connection, .connectionRequests, .connectionTime, .proxyProtocolAddr, .proxyProtocolPort,
            .proxyProtocolServerAddr, .proxyProtocolServerPort, .realipRemoteAddr, .realipRemotePort, .pipe:
            return appendOfConnection(variable, record, moment, to: &out)
        case .status, .bytesSent, .bodyBytesSent:
            appendOfAnswer(variable, record, to: &out)
            return true
        case .hostname, .msec, .nginxVersion, .pid, .timeISO8601, .timeLocal, .connectionsActive,
            .connectionsReading, .connectionsWriting, .connectionsWaiting:
            appendOfProcess(variable, moment, to: &out)
            return true
        case .proxyHost, .proxyPort, .proxyAddXForwardedFor:
            return appendOfProxy(variable, record, to: &out)
        case .upstreamAddr, .upstreamStatus, .upstreamConnectTime, .upstreamHeaderTime, .upstreamResponseTime,
            .upstreamResponseLength, .upstreamBytesReceived, .upstreamBytesSent, .upstreamQueueTime:
            return appendOfAttempts(variable, record, to: &out)
        case .sslProtocol, .sslCipher, .sslCiphers, .sslCurve, .sslCurves, .sslSessionID, .sslSessionReused,
            .sslEarlyData,
            .sslServerName, .sslALPNProtocol, .sslClientCert, .sslClientRawCert, .sslClientEscapedCert, .sslClientSDN,
            .sslClientIDN, .sslClientSDNLegacy, .sslClientIDNLegacy, .sslSignature, .sslClientSerial,
            .sslClientFingerprint, .sslClientVerify, .sslClientVStart, .sslClientVEnd, .sslClientVRemain,
            .sslSignatures, .sslClientSignature:
            return appendOfTLS(variable, record, to: &out)
        case .tcpinfoRTT, .tcpinfoRTTVar, .tcpinfoSndCwnd, .tcpinfoRcvSpace:
            return appendOfTransport(variable, moment, to: &out)
        case .gzipRatio, .upstreamCacheStatus, .upstreamCacheLastModified, .upstreamCacheETag, .sslECHStatus,
            .sslECHOuterServerName, .proxyInternalBodyLength, .proxyInternalChunked:
            return false
        }
    }

    /// Appends a piece; false where there is none.
    func append(_ piece: Piece, of record: borrowing ExchangeRecord, to out: inout ByteBuffer) -> Bool {
        if piece.isAbsent { return false }
        out.append(record.span(piece))
        return true
    }
}

// MARK: the request

extension RoutingTable {
    private func appendOfRequest(
        _ variable: VariableID, _ record: borrowing ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) -> Bool {
        switch variable {
        case .args, .queryString: return append(record.route.arguments, of: record, to: &out)
        case .isArgs: if !record.route.arguments.isEmpty { out.append(0x3f) }
        case .uri, .documentURI: return append(record.route.uri, of: record, to: &out)
        case .requestMethod: return append(record.route.methodName, of: record, to: &out)
        case .request: return appendHeadPart(record.asked.facts.requestLine, record, to: &out)
        case .requestURI: return appendHeadPart(record.asked.facts.requestURI, record, to: &out)
        case .host: appendHost(record, to: &out)
        case .contentLength: return appendContentLength(record, to: &out)
        case .contentType: return appendField(.contentType, record, to: &out)
        case .remoteUser: return appendRemoteUser(record, to: &out)
        case .requestBody: return append(record.asked.body, of: record, to: &out)
        case .requestBodyFile: return append(record.asked.bodyFile, of: record, to: &out)
        case .requestCompletion: if record.answer.isComplete { out.append("OK") }
        case .requestLength: out.append(decimal: record.asked.bytesRead)
        case .requestTime: append(since: record.asked.startedAt, moment, to: &out)
        case .scheme: out.append(record.asked.connection.isTLS ? "https" : "http")
        case .https: if record.asked.connection.isTLS { out.append("on") }
        case .limitRate: out.append(decimal: record.route.limitRate ?? 0)
        case .requestPort: if let port = requestPort(record) { out.append(decimal: port) }
        case .isRequestPort: if requestPort(record) != nil { out.append(0x3a) }
        case .http2:
            if record.asked.facts.version == .http2 { out.append(record.asked.connection.isTLS ? "h2" : "h2c") }
        default: return false
        }
        return true
    }

    private func appendHeadPart(
        _ range: ByteRange, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) -> Bool {
        if range.isEmpty { return false }
        out.append(record.asked.head.span(range))
        return true
    }

    /// `$host`: the host asked for in lower case, else the server's first name.
    func appendHost(_ record: borrowing ExchangeRecord, to out: inout ByteBuffer) {
        guard let host = record.asked.facts.host else {
            return out.append(literals, servers[record.route.server].primaryName)
        }
        out.append(lowercased: record.asked.head.span(host.name))
    }

    private func requestPort(_ record: borrowing ExchangeRecord) -> UInt16? {
        guard let port = record.asked.facts.host?.port, port > 0 else { return nil }
        return port
    }

    private func appendContentLength(_ record: borrowing ExchangeRecord, to out: inout ByteBuffer) -> Bool {
        if appendField(.contentLength, record, to: &out) { return true }
        if case .length(let count) = record.asked.facts.framing {
            out.append(decimal: count)
        } else if record.asked.bodyLength >= 0 {
            out.append(decimal: record.asked.bodyLength)
        } else {
            return false
        }
        return true
    }

    /// False where the client's connection is no TCP.
    private func appendOfTransport(
        _ variable: VariableID, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        guard let facts = moment.transport else { return false }
        switch variable {
        case .tcpinfoRTT: out.append(decimal: facts.roundTripMicroseconds)
        case .tcpinfoRTTVar: out.append(decimal: facts.roundTripVarianceMicroseconds)
        case .tcpinfoSndCwnd: out.append(decimal: facts.sendWindowSegments)
        default: out.append(decimal: facts.receiveSpaceBytes)
        }
        return true
    }

    /// Seconds since `start` with three decimals.
    func append(since start: Instant, _ moment: borrowing Moment, to out: inout ByteBuffer) {
        out.append(milliseconds: Int(max(0, moment.now.since(start))))
    }

    /// The user of Basic authentication (RFC 7617).
    private func appendRemoteUser(_ record: borrowing ExchangeRecord, to out: inout ByteBuffer) -> Bool {
        guard let value = record.asked.head.firstValue(of: .authorization) else { return false }
        let bytes = record.asked.head.span(value)
        if bytes.count < 7 || !bytes.extracting(0..<6).equalsIgnoringCase("basic ") { return false }
        let start = out.count
        var index = 6
        while index < bytes.count && bytes[index] == ASCII.space { index += 1 }
        guard out.append(base64: bytes.extracting(index..<bytes.count)),
            let colon = out.span.firstIndex(of: ASCII.colon, from: start)
        else {
            out.truncate(to: start)
            return false
        }
        out.truncate(to: colon)
        return true
    }

    /// 128 bits in hexadecimal that no other request has: a keyed mix of the connection's number and the request's.
    private func appendRequestID(
        _ record: borrowing ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        let serial = record.asked.connection.serial
        let number = UInt64(truncatingIfNeeded: record.asked.connection.requestNumber)
        for half in 0..<2 {
            var hash = moment.secret(half) ^ serial &* 0x9e37_79b9_7f4a_7c15
            hash = Self.mixed(hash) ^ number &* 0xc2b2_ae3d_27d4_eb4f ^ moment.secret(1 - half)
            hash = Self.mixed(Self.mixed(hash) ^ moment.secret(half))
            for shift in stride(from: 60, through: 0, by: -4) {
                out.append(hexDigit: UInt8(truncatingIfNeeded: hash &>> UInt64(shift)) & 15)
            }
        }
    }

    /// A mixing of 64 bits in which each bit depends on all others (David Stafford's variant 13).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value &>> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value &>> 31)
    }
}

// MARK: the connection, the answer, the process

extension RoutingTable {
    private func appendOfConnection(
        _ variable: VariableID, _ record: borrowing ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) -> Bool {
        switch variable {
        case .remoteAddr: record.asked.client.appendHost(to: &out)
        case .remotePort: appendPort(record.asked.client, to: &out)
        case .binaryRemoteAddr: appendBinary(record.asked.client, to: &out)
        case .realipRemoteAddr: record.asked.connection.peer.appendHost(to: &out)
        case .realipRemotePort: appendPort(record.asked.connection.peer, to: &out)
        case .serverAddr: record.asked.connection.local.appendHost(to: &out)
        case .serverPort: appendPort(record.asked.connection.local, to: &out)
        case .serverName: out.append(literals, servers[record.route.server].primaryName)
        case .serverProtocol:
            return appendHeadPart(record.asked.facts.protocolName, record, to: &out)
        case .connection: out.append(decimal: record.asked.connection.serial)
        case .connectionRequests: out.append(decimal: record.asked.connection.requestNumber)
        case .connectionTime: append(since: record.asked.connection.openedAt, moment, to: &out)
        case .proxyProtocolAddr: return appendHost(record.asked.connection.proxyClient, to: &out)
        case .proxyProtocolServerAddr: return appendHost(record.asked.connection.proxyServer, to: &out)
        case .proxyProtocolPort:
            appendPort(record.asked.connection.proxyClient, to: &out)
            return record.asked.connection.proxyClient.family != .none
        case .proxyProtocolServerPort:
            appendPort(record.asked.connection.proxyServer, to: &out)
            return record.asked.connection.proxyServer.family != .none
        case .pipe: out.append(record.asked.connection.isPipelined ? 0x70 : 0x2e)
        default: return false
        }
        return true
    }

    private func appendHost(_ address: SocketAddress, to out: inout ByteBuffer) -> Bool {
        if address.family == .none { return false }
        address.appendHost(to: &out)
        return true
    }

    private func appendPort(_ address: SocketAddress, to out: inout ByteBuffer) {
        if address.port > 0 { out.append(decimal: address.port) }
    }

    /// The bytes of the address as they travel: 4 or 16.
    private func appendBinary(_ address: SocketAddress, to out: inout ByteBuffer) {
        switch address.family {
        case .none, .unix: address.appendHost(to: &out)
        case .ipv4: append(bigEndian: address.low, bytes: 4, to: &out)
        case .ipv6:
            append(bigEndian: address.high, bytes: 8, to: &out)
            append(bigEndian: address.low, bytes: 8, to: &out)
        }
    }

    private func append(bigEndian value: UInt64, bytes: Int, to out: inout ByteBuffer) {
        for index in stride(from: bytes - 1, through: 0, by: -1) {
            out.append(UInt8(truncatingIfNeeded: value &>> UInt64(8 * index)))
        }
    }

    private func appendOfAnswer(
        _ variable: VariableID, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer
    ) {
        switch variable {
        case .status:
            let status = record.route.errorStatus > 0 ? record.route.errorStatus : record.answer.status
            out.append(decimal: status, width: 3)
        case .bytesSent: out.append(decimal: record.answer.bytesSent)
        default: out.append(decimal: max(0, record.answer.bodyBytesSent))
        }
    }

    private func appendOfProcess(_ variable: VariableID, _ moment: borrowing Moment, to out: inout ByteBuffer) {
        switch variable {
        case .hostname: out.append(moment.hostname)
        case .msec: out.append(milliseconds: Int(moment.wall.milliseconds))
        case .nginxVersion: out.append(version)
        case .pid: out.append(decimal: moment.processID)
        case .timeISO8601: out.append(moment.iso8601Text)
        case .timeLocal: out.append(moment.localText)
        case .connectionsActive: out.append(decimal: moment.connectionsActive)
        case .connectionsReading: out.append(decimal: moment.connectionsReading)
        case .connectionsWriting: out.append(decimal: moment.connectionsWriting)
        default: out.append(decimal: moment.connectionsWaiting)
        }
    }
}
