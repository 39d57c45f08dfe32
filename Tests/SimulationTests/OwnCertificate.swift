/// A certificate for the name `sim`, valid for a hundred years, whose key is no secret. Its signatures (Ed25519) have
/// one length, whatever is signed.
enum OwnCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBQjCB9aADAgECAhQ9nrYBuksftSwtOQL4PvyfkWZv+DAFBgMrZXAwDjEMMAoG
        A1UEAwwDc2ltMCAXDTI2MTEyNjIwMzQ1OFoYDzIxMjYxMTAyMjAzNDU4WjAOMQww
        CgYDVQQDDANzaW0wKjAFBgMrZXADIQATTfdOJpnQRJdViX6G3QVe3ogl3oza37xd
        K1tNqmB7naNjMGEwHQYDVR0OBBYEFHz/FGJAOVsLJcyYbmQH/rUZZN4YMB8GA1Ud
        IwQYMBaAFHz/FGJAOVsLJcyYbmQH/rUZZN4YMA8GA1UdEwEB/wQFMAMBAf8wDgYD
        VR0RBAcwBYIDc2ltMAUGAytlcANBAFd+JdriHLf9SZXuNdsrAjKOeIwbrC+zpB5F
        vyg1eD8hVOgCbbTxV7SGhnURqGipKLN0ZAxu+orIcm4U8e3nwgc=
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJaZ2P1LudnBST3xdKMMC8341UIHq93ihFvA9jsLokXX
        -----END PRIVATE KEY-----
        """
}
