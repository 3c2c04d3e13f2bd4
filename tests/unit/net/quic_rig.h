/* A host and clients on one loop, and what their handlers saw. */
#ifndef PF_TESTS_QUIC_RIG_H
#define PF_TESTS_QUIC_RIG_H

#include "net/identity.h"
#include "net/loop.h"
#include "net/quic.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { RIG_STREAMS = 16, RIG_CONNS = 64 };

/* What one side received on one stream: how much, and a sum that depends on the order. */
struct seen_stream {
    int64_t id;
    size_t bytes;
    uint64_t sum;
    bool fin, reset, stopped, closed;
    uint64_t reset_code;
    unsigned writable;
};

/* One end of a connection. */
struct end {
    struct rig *rig;
    struct pf_quic_conn *conn; /* NULL once closed */
    unsigned ready, closed;
    enum pf_quic_close_kind kind;
    uint64_t code;
    char reason[300], text[600];
    bool has_fingerprint;
    uint8_t fingerprint[32];
    struct seen_stream streams[RIG_STREAMS];
    unsigned stream_count;
    unsigned datagrams;
    uint64_t datagram_bytes;
    uint8_t last_datagram[2048];
    size_t last_datagram_len;
};

struct rig {
    struct pf_loop *loop;
    uv_timer_t watchdog;
    char dir[64];
    struct pf_identity *host, *client;
    struct pf_quic_listener *listener;
    bool listener_gone;
    struct end hosts[RIG_CONNS]; /* in the order of `ready` */
    unsigned host_count;
    bool strangers; /* the host admits nobody */
    /* Called, if set, after the rig has noted the event. */
    void (*on_host_ready)(struct end *end);
    void (*on_stream_data)(struct end *end, int64_t stream, const uint8_t *data, size_t len, bool fin);
    void (*on_datagram)(struct end *end, const uint8_t *data, size_t len);
};

extern const struct pf_quic_handlers rig_host_handlers, rig_client_handlers;

/* Loop, identities in a fresh folder. */
void rig_setup(struct rig *rig);
void rig_listen(struct rig *rig, const struct pf_quic_config *config);
/* Closes the listener if there is one, waits for everything, removes the folder. */
void rig_teardown(struct rig *rig);

/* Starts connecting to the listener, or to `port` of 127.0.0.1 if not 0. */
void rig_connect(struct rig *rig, struct end *end, uint16_t port, const struct pf_identity *identity,
    const uint8_t *pin, const struct pf_quic_config *config);
/* With the client's identity and no pin; waits until both sides are ready. Returns the host's end. */
struct end *rig_pair(struct rig *rig, struct end *client);

/* Runs the loop until the value at `flag` is at least `want`; fails the test after 20 s. */
void rig_until(struct rig *rig, const unsigned *value, unsigned want);
/* Runs until fn(arg) is true. */
void rig_until_true(struct rig *rig, bool (*fn)(void *arg), void *arg);
/* Runs for about this long. */
void rig_run(struct rig *rig, unsigned ms);

struct seen_stream *rig_stream(struct end *end, int64_t id);

/* The sum after `len` bytes of `data` follow what gave `sum`. */
uint64_t rig_sum(uint64_t sum, const uint8_t *data, size_t len);

/* Loopback address of the port. */
struct sockaddr_in rig_address(uint16_t port);

/* Reads the identity of a folder `name` of the rig made of a fresh key and a certificate as asked. */
struct pf_identity *rig_make_identity(struct rig *rig, const char *name, gnutls_pk_algorithm_t algorithm,
    unsigned bits, unsigned key_usage, time_t from, time_t until);

void rig_remove_dir(const char *path);

#endif
