/* OpenSSL 3. Much of what is called like a function there is a macro, which Swift does not see: these forward to them. */
#ifndef POSTERN_COPENSSL_H
#define POSTERN_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

static const uint64_t POSTERN_OP_NO_SSLv3 = SSL_OP_NO_SSLv3;
static const uint64_t POSTERN_OP_NO_TLSv1 = SSL_OP_NO_TLSv1;
static const uint64_t POSTERN_OP_NO_TLSv1_1 = SSL_OP_NO_TLSv1_1;
static const uint64_t POSTERN_OP_NO_TLSv1_2 = SSL_OP_NO_TLSv1_2;
static const uint64_t POSTERN_OP_NO_TLSv1_3 = SSL_OP_NO_TLSv1_3;
static const uint64_t POSTERN_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t POSTERN_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t POSTERN_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t POSTERN_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t POSTERN_OP_DONT_INSERT_EMPTY_FRAGMENTS = SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS;

static const unsigned long POSTERN_DN_RFC2253 = XN_FLAG_RFC2253;

static inline int postern_tls_set_versions(SSL_CTX *context, int lowest, int highest)
{
    return SSL_CTX_set_min_proto_version(context, lowest) && SSL_CTX_set_max_proto_version(context, highest);
}

static inline void postern_tls_set_mode(SSL_CTX *context, long mode)
{
    (void) SSL_CTX_set_mode(context, mode);
}

/* `size` counts sessions; 0 leaves OpenSSL's own bound of 20,480. */
static inline void postern_tls_set_session_cache(SSL_CTX *context, long mode, long size)
{
    (void) SSL_CTX_set_session_cache_mode(context, mode);
    if (size > 0) {
        (void) SSL_CTX_sess_set_cache_size(context, size);
    }
}

static inline int postern_tls_set_groups(SSL_CTX *context, const char *list)
{
    return (int) SSL_CTX_set1_groups_list(context, list);
}

/* Takes the chain over where it succeeds. */
static inline int postern_tls_context_set_chain(SSL_CTX *context, struct stack_st_X509 *chain)
{
    return (int) SSL_CTX_set0_chain(context, chain);
}

/* Takes the chain over where it succeeds. */
static inline int postern_tls_set_chain(SSL *session, struct stack_st_X509 *chain)
{
    return (int) SSL_set0_chain(session, chain);
}

static inline int postern_tls_set_server_name(SSL *session, const char *name)
{
    return (int) SSL_set_tlsext_host_name(session, name);
}

/* How many bytes the client's list of ciphers has; `list` is NULL or receives it. Without a list: the bytes of one. */
static inline long postern_tls_cipher_list(SSL *session, const unsigned char **list)
{
    return SSL_get0_raw_cipherlist(session, list);
}

static inline long postern_tls_client_groups(SSL *session, int *groups)
{
    return SSL_get1_groups(session, groups);
}

static inline int postern_tls_group(SSL *session)
{
    return (int) SSL_get_negotiated_group(session);
}

/* 0 where there was no signature: resumed sessions. */
static inline int postern_tls_signature_digest(SSL *session, int *nid)
{
    return (int) SSL_get_signature_nid(session, nid);
}

static inline int postern_tls_peer_signature_digest(SSL *session, int *nid)
{
    return (int) SSL_get_peer_signature_nid(session, nid);
}

/* Makes a MAC an HMAC with SHA-256 and this key. The parameters hold pointers to C strings, which Swift's would not
   outlive. */
static inline int postern_hmac_begin(EVP_MAC_CTX *mac, const uint8_t *key, size_t count)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(mac, key, count, parameters);
}

static inline long postern_bio_contents(BIO *bio, char **start)
{
    return BIO_get_mem_data(bio, start);
}

static inline void postern_bio_rewind(BIO *bio)
{
    (void) BIO_reset(bio);
}

static inline void postern_bio_want_read(BIO *bio)
{
    BIO_set_retry_read(bio);
}

static inline void postern_bio_want_nothing(BIO *bio)
{
    BIO_clear_retry_flags(bio);
}

static inline void postern_openssl_free(void *memory)
{
    OPENSSL_free(memory);
}

static inline int postern_is_resumable(const SSL_SESSION *session)
{
    return session != NULL && SSL_SESSION_is_resumable(session);
}

#endif
