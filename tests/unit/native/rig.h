/* A host on loopback with everything it depends on, and scripted clients, all on one loop. */
#ifndef PF_TESTS_NATIVE_RIG_H
#define PF_TESTS_NATIVE_RIG_H

#include "media_client.h"
#include "native/host.h"
#include "native/native.h"
#include "net/identity.h"
#include "net/loop.h"
#include "net/quic.h"
#include "punktfunk/wire.h"
#include "session/feed.h"
#include "session/seats.h"
#include "trust/knocks.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { RIG_CLIENTS = 20, CLIENT_FRAMES = 64, FAKE_FEEDS = 4 };

/* ---- a feed without threads: the test pushes, on the loop's thread ---------------------------------------
 */

struct fake_feed {
    struct pf_feed base;
    struct pf_feed_sink sink;
    struct pf_session_plan plan;
    bool started, stopped, quit, destroyed, refuses_to_stop;
    unsigned keyframes, modes, rates, inputs;
    struct pf_input input; /* newest */
    struct pf_mode mode;
    uint32_t kbps;
};

struct rig {
    struct pf_loop *loop;
    char dir[2][64]; /* host, clients */
    struct pf_identity *host, *alice, *bob;
    struct pf_native_store *store;
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    struct pf_seats seats;
    struct pf_native *native; /* NULL once stopped */
    bool finished;
    unsigned changes;

    struct pf_host_facts facts;
    struct pf_display_policy policy; /* at first the default */
    struct pf_access_unit_pool *pool;
    struct fake_feed feeds[FAKE_FEEDS];
    unsigned feed_count;
    int feed_start_rc;
};

/* Identities are made once for the whole program. */
int rig_setup_group(void **state);
int rig_teardown_group(void **state);
const struct pf_identity *rig_alice(void);
const struct pf_identity *rig_bob(void);

/* `config` needs no port or address. A virtual source is fed by fake feeds. */
void rig_open(struct rig *r, const struct pf_native_config *config);
/* The same with these contents of the file of paired clients. */
void rig_open_paired(struct rig *r, const struct pf_native_config *config, const char *json);
/* Stops the host (clients may still be connected) and checks that nothing is left. */
void rig_close(struct rig *r);

/* Runs the loop until the condition holds; fails the test after some seconds. */
typedef bool (*rig_condition)(void *arg);
void rig_run_until(struct rig *r, rig_condition condition, void *arg);
/* Runs the loop for a while, to see that nothing happens. */
void rig_run_for(struct rig *r, unsigned ms);

/* Pushes one access unit into the fake feed's sink. */
void fake_feed_push(struct rig *r, struct fake_feed *f, size_t len, bool idr);
void fake_feed_end(struct fake_feed *f, int rc, const char *why);

/* ---- a scripted client ------------------------------------------------------------------------------------
 */

struct client {
    struct rig *rig;
    const struct pf_identity *identity; /* NULL: shows no certificate */
    struct pf_quic_conn *conn;
    int64_t stream;
    bool ready, closed;
    struct pf_quic_close_info info;
    char reason[300];
    uint64_t stream_reset_code; /* newest reset of any stream, + 1 */

    struct pf_frame_reader reader;
    struct {
        uint8_t data[1200];
        size_t len;
    } frames[CLIENT_FRAMES];
    unsigned frame_count;
    unsigned datagrams;
    struct pf_datagram last_timing;

    struct pf_welcome welcome;
    bool newer; /* its Hello is of v0.31 */
    struct media_client media;
    unsigned intact; /* synthetic frames, in order and byte for byte */
    uint32_t last_flags;
    uv_poll_t *poll;
};

/* Dials the host and waits until it is there. */
void client_connect(struct rig *r, struct client *c, const struct pf_identity *identity);
/* Closes (unless closed already) and waits for the end. */
void client_close(struct client *c, uint64_t code);
/* Frees what it holds; after the host has stopped, too. */
void client_finish(struct client *c);

/* Opens the control stream if need be and writes raw bytes. */
void client_write(struct client *c, const void *data, size_t len);
/* The same as one frame. */
void client_send(struct client *c, const void *payload, size_t len);
void client_send_control(struct client *c, const struct pf_control *msg);
void client_hello(struct client *c, const struct pf_hello *hello);
/* A Hello of 1280×720@60 with every codec. */
struct pf_hello plain_hello(void);

/* Wait for the n-th frame (from 1) and returns it. */
const uint8_t *client_frame(struct client *c, unsigned n, size_t *ret_len);
struct pf_control client_control(struct client *c, unsigned n);
/* Waits for the close and checks its code. */
void client_expect_close(struct client *c, uint64_t code);

/* Reads Welcome (the first frame) and opens the data socket. */
void client_welcomed(struct client *c);
/* Sends Start with the data socket's port; punches if asked. */
void client_start(struct client *c, bool punch);
/* n rounds of the clock exchange, from frame `first` on. */
void client_clock(struct client *c, unsigned first, unsigned n);
/* All of it: Hello to punch. */
void client_stream(struct client *c, const struct pf_hello *hello);

#endif
