/* A host of a few lines, on the same loop as the client under test. It speaks the real protocol over loopback
 * and can be told to misbehave. */
#ifndef PF_TEST_FAKE_HOST_H
#define PF_TEST_FAKE_HOST_H

#include "net/identity.h"
#include "net/loop.h"
#include "net/media_socket.h"
#include "net/quic.h"
#include "punktfunk/pake.h"
#include "punktfunk/wire.h"

struct fake_behaviour {
    uint32_t frames;       /* of the synthetic stream */
    uint32_t damage, omit; /* this frame has a wrong byte; this one is never sent. 0: none */
    uint32_t close_after;  /* frames until the host closes with close_code; 0: never */
    uint64_t close_code;   /* instead of an offer if close_after is 0 and this is not */
    const char *close_reason;
    const char *pin; /* pairing */
    bool silent;     /* answers nothing */
    bool no_clock;   /* answers no clock probe */
};

struct fake_host {
    struct fake_behaviour is;
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_quic_listener *listener;
    struct pf_quic_conn *conn;
    int64_t stream;
    struct pf_frame_reader reader;
    struct pf_timer *timer;
    struct pf_media_socket *socket;
    struct pf_sealer *sealer;
    struct pf_packetiser *packetiser;
    bool streaming;
    uint32_t sent;
    uint64_t pts_ns;
    struct pf_spake2 spake;
    uint8_t key[PF_SPAKE2_KEY_LEN];

    /* what the client did */
    struct pf_hello hello;
    unsigned clock_probes, keyframe_requests, loss_reports, reconfigures;
    bool paired;
    uint64_t closed_code;
};

/* Listens on a free port of 127.0.0.1. */
void fake_host_start(
    struct fake_host *h, struct pf_loop *loop, const char *dir, struct fake_behaviour behaviour);
uint16_t fake_host_port(const struct fake_host *h);
/* After the loop stopped. Runs the loop until the listener is gone. */
void fake_host_finish(struct fake_host *h);

#endif
