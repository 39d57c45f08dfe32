/* libnghttp2's header, and what of it needs a pointer to something that lives for one call only. */
#ifndef POSTERN_CNGHTTP2_H
#define POSTERN_CNGHTTP2_H

#include <nghttp2/nghttp2.h>

/* `read` is NULL where the head ends the stream. */
static inline int postern_submit_response(
    nghttp2_session *session, int32_t stream, const nghttp2_nv *fields, size_t count,
    nghttp2_data_source_read_callback read)
{
    nghttp2_data_provider provider = {{0}, read};
    return nghttp2_submit_response(session, stream, fields, count, read != NULL ? &provider : NULL);
}

static inline int32_t postern_submit_request(
    nghttp2_session *session, const nghttp2_nv *fields, size_t count, nghttp2_data_source_read_callback read,
    void *user_data)
{
    nghttp2_data_provider provider = {{0}, read};
    return nghttp2_submit_request(session, NULL, fields, count, read != NULL ? &provider : NULL, user_data);
}

/* The eight bytes of a PING. */
static inline uint64_t postern_ping_payload(const nghttp2_frame *frame)
{
    uint64_t payload = 0;
    for (int i = 0; i < 8; i++) {
        payload = payload << 8 | frame->ping.opaque_data[i];
    }
    return payload;
}

static inline int postern_submit_ping(nghttp2_session *session, uint64_t payload)
{
    uint8_t bytes[8];
    for (int i = 7; i >= 0; i--) {
        bytes[i] = (uint8_t) payload;
        payload >>= 8;
    }
    return nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, bytes);
}

#endif
