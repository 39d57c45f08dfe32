import COpenSSL

/// What is done with a client's hello: its name is noted and the handshake stops until the caller has chosen.
enum ClientHello {
    static let callback: SSL_client_hello_cb_fn = { ssl, alert, _ in
        guard let ssl = unsafe ssl, let sink = unsafe TLSSink.of(ssl) else { return SSL_CLIENT_HELLO_ERROR }
        switch sink.hello {
        case .awaited:
            var start: UnsafePointer<UInt8>?
            var count = 0
            if unsafe SSL_client_hello_get0_ext(ssl, UInt32(TLSEXT_TYPE_server_name), &start, &count) == 1 {
                let field = unsafe Array(UnsafeBufferPointer(start: start, count: count))
                guard let name = name(in: field) else {
                    unsafe alert?.pointee = SSL_AD_DECODE_ERROR
                    return SSL_CLIENT_HELLO_ERROR
                }
                guard name.count <= TLSEXT_MAXLEN_host_name, !name.contains(0) else {
                    unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
                    return SSL_CLIENT_HELLO_ERROR
                }
                sink.serverName = name
            }
            sink.hello = .asked
            return SSL_CLIENT_HELLO_RETRY
        case .asked, .answered:
            sink.hello = .answered
            return SSL_CLIENT_HELLO_SUCCESS
        case .rejected:
            unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
            return SSL_CLIENT_HELLO_ERROR
        }
    }

    /// The one name in the field server_name (RFC 6066 §3); nil where it is built otherwise. Empty is let through, as
    /// by nginx.
    static func name(in field: [UInt8]) -> [UInt8]? {
        guard field.count >= 5, Int(field[0]) << 8 + Int(field[1]) + 2 == field.count,
            Int32(field[2]) == TLSEXT_NAMETYPE_host_name, Int(field[3]) << 8 + Int(field[4]) + 5 == field.count
        else { return nil }
        return Array(field[5...])
    }

    /// The first protocol of ours that the client knows too (RFC 7301); where there is none, the handshake fails, as
    /// with nginx.
    static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { ssl, chosen, chosenCount, offered, offeredCount, _ in
        guard let ssl = unsafe ssl, let sink = unsafe TLSSink.of(ssl), let offered = unsafe offered else {
            return SSL_TLSEXT_ERR_NOACK
        }
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
        let own = sink.current.protocols
        var place = 0
        while place < own.count {
            let count = Int(own[place])
            var other = 0
            while other < list.count, unsafe other + Int(list[other]) < list.count {
                let otherCount = unsafe Int(list[other])
                var isSame = count == otherCount
                for index in 1...max(1, count) where isSame {
                    isSame = unsafe own[place + index] == list[other + index]
                }
                if isSame {
                    // It lies in the client's hello, which OpenSSL copies it from.
                    unsafe chosen?.pointee = offered + other + 1
                    unsafe chosenCount?.pointee = UInt8(count)
                    return SSL_TLSEXT_ERR_OK
                }
                other += otherCount + 1
            }
            place += count + 1
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
