/* A QUIC connection to a host with its control stream, message by message. Loop thread only. */
#ifndef PF_CLIENT_LINK_H
#define PF_CLIENT_LINK_H

#include "client/options.h"
#include "net/quic.h"
#include "punktfunk/wire_common.h"

struct pf_identity;
struct pf_loop;

struct probe_link_handlers {
    void (*ready)(void *user); /* the control stream is open */
    void (*message)(void *user, const uint8_t *payload, size_t len);
    void (*datagram)(void *user, const uint8_t *data, size_t len);
    /* The last call. */
    void (*closed)(void *user, const struct pf_quic_close_info *info);
};

struct probe_link {
    struct pf_quic_conn *conn; /* NULL once closed */
    int64_t stream;
    struct pf_frame_reader reader;
    struct pf_quic_config config;
    const struct probe_link_handlers *handlers; /* borrowed */
    void *user;
};

/* Looks the host up and starts connecting. `identity` is borrowed until `closed`. */
int probe_link_open(struct probe_link *link, struct pf_loop *loop, const struct probe_options *options,
    const struct pf_identity *identity, const struct probe_link_handlers *handlers, void *user,
    struct pf_error *err);

/* Sends one message: `payload` begins PF_FRAME_PREFIX bytes into buf. Failures are logged; a lost connection
 * is told by `closed`. */
void probe_link_send(struct probe_link *link, uint8_t *buf, int payload_len);

void probe_link_close(struct probe_link *link, uint64_t code, const char *reason);

#endif
