/* c-ares: only what a resolver on an event loop needs, in types that Swift reads without the C library's own. */
#ifndef POSTERN_CCARES_H
#define POSTERN_CCARES_H

#include <ares.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

typedef struct ares_channeldata *postern_ares;
typedef void (*postern_ares_socket)(void *data, int descriptor, int readable, int writable);
typedef void (*postern_ares_answer)(void *data, int status, int timeouts, unsigned char *bytes, int count);
typedef void (*postern_ares_addresses)(void *data, int status, int timeouts, struct ares_addrinfo *list);

/* Leaves one name server of those that the channel has: the one at `index`, where there is one. */
static inline int postern_ares_keep(ares_channel channel, int index)
{
    struct ares_addr_port_node *list = NULL, *node;
    int status = ares_get_servers_ports(channel, &list);
    if (status != ARES_SUCCESS) return status;
    for (node = list; node != NULL && index > 0; node = node->next) index--;
    if (node != NULL) {
        struct ares_addr_port_node kept = *node;
        kept.next = NULL;
        status = ares_set_servers_ports(channel, &kept);
    }
    ares_free_data(list);
    return status;
}

/* A channel that asks one name server: `server`, an address with its port, and then neither the hosts file nor a search
 * list is used; or, where that is NULL, the one at `index` in the system's configuration. Answers with an error's code
 * are handed on as they are. NULL where it fails. */
static inline postern_ares postern_ares_open(
    const char *server, int index, int timeout_milliseconds, postern_ares_socket callback, void *data)
{
    struct ares_options options;
    ares_channel channel = NULL;
    int status, mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    memset(&options, 0, sizeof(options));
    options.flags = ARES_FLAG_NOCHECKRESP | (server != NULL ? ARES_FLAG_NOSEARCH : 0);
    options.timeout = timeout_milliseconds;
    options.tries = 1;
    options.sock_state_cb = callback;
    options.sock_state_cb_data = data;
    if (server != NULL) {
        options.lookups = (char *) "b";
        mask |= ARES_OPT_LOOKUPS;
    }
    if (ares_init_options(&channel, &options, mask) != ARES_SUCCESS) return NULL;
    status = server != NULL ? ares_set_servers_ports_csv(channel, server) : postern_ares_keep(channel, index);
    if (status != ARES_SUCCESS) {
        ares_destroy(channel);
        return NULL;
    }
    return channel;
}

/* How many name servers the system's configuration has; at least one, which is this machine where it names none. */
static inline int postern_ares_count(void)
{
    struct ares_addr_port_node *list = NULL, *node;
    ares_channel channel = NULL;
    int count = 0;
    if (ares_init(&channel) != ARES_SUCCESS) return 1;
    if (ares_get_servers_ports(channel, &list) == ARES_SUCCESS) {
        for (node = list; node != NULL; node = node->next) count++;
        ares_free_data(list);
    }
    ares_destroy(channel);
    return count > 0 ? count : 1;
}

static inline void postern_ares_close(postern_ares channel)
{
    ares_destroy(channel);
}

/* One question of class IN; `type` 1 is A, 28 is AAAA. */
static inline void postern_ares_query(
    postern_ares channel, const char *name, int type, postern_ares_answer callback, void *data)
{
    ares_query(channel, name, 1, type, callback, data);
}

/* Addresses by the system's configuration: hosts file and search list first. */
static inline void postern_ares_find(
    postern_ares channel, const char *name, int ipv6, postern_ares_addresses callback, void *data)
{
    struct ares_addrinfo_hints hints;
    memset(&hints, 0, sizeof(hints));
    hints.ai_family = ipv6 ? AF_INET6 : AF_INET;
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(channel, name, NULL, &hints, callback, data);
}

static inline void postern_ares_ready(postern_ares channel, int descriptor, int readable, int writable)
{
    ares_process_fd(
        channel, readable ? descriptor : ARES_SOCKET_BAD, writable ? descriptor : ARES_SOCKET_BAD);
}

/* Milliseconds until something is due; -1 where nothing is. */
static inline long postern_ares_timeout(postern_ares channel)
{
    struct timeval room, *next = ares_timeout(channel, NULL, &room);
    return next == NULL ? -1 : (long) next->tv_sec * 1000 + (next->tv_usec + 999) / 1000;
}

/* Copies the address of entry `index` to `bytes` and answers how long it is: 4, 16, or 0 behind the last. */
static inline int postern_ares_address(const struct ares_addrinfo *list, int index, uint8_t *bytes, int *ttl)
{
    const struct ares_addrinfo_node *node = list == NULL ? NULL : list->nodes;
    while (node != NULL && index-- > 0) node = node->ai_next;
    if (node == NULL) return 0;
    *ttl = node->ai_ttl;
    if (node->ai_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *) node->ai_addr)->sin_addr, 4);
        return 4;
    }
    if (node->ai_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *) node->ai_addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

static inline void postern_ares_free(struct ares_addrinfo *list)
{
    if (list != NULL) ares_freeaddrinfo(list);
}

#endif
