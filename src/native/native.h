/* The punktfunk/1 front end: takes QUIC connections, pairs or admits their clients, and streams to them.
 *
 * Everything here runs on the control loop and may be called from its thread only. Media threads exist per
 * session behind it. A session that fails is logged and closed with a reason; it never ends the process.
 * Behaviour: docs/spec/punktfunk1-control.md, sections 1, 2, 5 and 6.
 */
#ifndef PF_NATIVE_NATIVE_H
#define PF_NATIVE_NATIVE_H

#include "base/error.h"
#include "media/mode.h"
#include "session/request.h"
#include "session/sent_second.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_audio;
struct pf_identity;
struct pf_knocks;
struct pf_loop;
struct pf_mic;
struct pf_native_store;
struct pf_pairing;
struct pf_real_machine;
struct pf_recorder;
struct pf_seats;

struct pf_native;

/* How long the host waits (section 1.5). A member that is 0 takes the value of the specification, which is
 * what everything but a test wants. */
struct pf_native_limits {
    uint64_t first_message_ns; /* for the control stream, then for its first message: 10 s each */
    uint64_t setup_ns;         /* permit to Start: 10 s */
    uint64_t punch_ns;         /* 2.5 s */
    uint64_t echo_hold_ns;     /* Start to the first unsolicited message if the clock exchange stalls: 3 s */
    uint64_t pair_proof_ns;    /* 60 s */
    uint64_t pair_close_ns;    /* the client's close after PairResult: 5 s */
    uint64_t takeover_ns;      /* for the session that a client's new one replaces to end: 1.5 s */
    uint64_t drain_ns;         /* last packet to close: 1 s */
    uint64_t frame_ns;         /* one synthetic frame: 16 ms */
};

struct pf_native_config {
    const char *bind_address; /* numeric IPv4 or IPv6; NULL: every address */
    uint16_t port;            /* UDP port of QUIC; 0: any free one */
    uint16_t data_port;       /* fixed UDP port of the video, used by one session at a time; 0: any */
    unsigned idle_timeout_ms; /* of QUIC; 0: 8000 */

    bool require_pairing; /* false: every client is admitted (--open, --allow-tofu) */

    enum pf_session_source source; /* of every session */
    uint32_t frames;               /* synthetic: frames to send; 0: until the client goes */
    unsigned seconds;              /* longest stream; 0: no limit */
    unsigned max_sessions;         /* connections to serve before `finished`; 0: no limit */
    unsigned max_concurrent;       /* streams at once, the rest waits; 0: no limit */
    struct pf_native_limits limits;
};

/* What the front end uses but does not own; all of it outlives the pf_native. */
struct pf_native_deps {
    const struct pf_identity *identity;
    struct pf_native_store *store;         /* paired clients */
    struct pf_pairing *pairing;            /* PIN windows */
    struct pf_knocks *knocks;              /* clients that wait for approval */
    const struct pf_real_machine *machine; /* displays and encoders; NULL with the synthetic source */
    struct pf_audio *audio;                /* NULL: no session has any */
    struct pf_mic *mic;                    /* NULL: nobody hears the clients */
    struct pf_recorder *recorder;          /* of how streams do; NULL: none */
    struct pf_seats *seats;                /* who plays, by either protocol */
};

struct pf_native_callbacks {
    void *user;
    /* max_sessions connections were served and the last of them ended. */
    void (*finished)(void *user);
    /* pf_native_stop is complete; the pf_native is gone. */
    void (*stopped)(void *user);
    /* A session began or ended, or its mode, bitrate or state changed. NULL is allowed. */
    void (*changed)(void *user);
};

/* Binds the port and accepts connections. `config` and `deps` are copied. Errors: the port cannot be bound,
 * the address is not numeric, out of memory. */
int pf_native_start(struct pf_loop *loop, const struct pf_native_config *config,
    const struct pf_native_deps *deps, const struct pf_native_callbacks *callbacks,
    struct pf_native **ret_native, struct pf_error *err);

/* Accepts no more, closes every connection with code 0, joins the media threads off the loop and then calls
 * `stopped`. `finished` is not called any more. */
void pf_native_stop(struct pf_native *native);

/* The UDP port QUIC listens on. */
uint16_t pf_native_port(const struct pf_native *native);

/* ---- facts and actions for the management API ---- */

enum pf_native_session_state {
    PF_NATIVE_SESSION_STARTING,  /* Welcome sent; display, capture and encoder are being built */
    PF_NATIVE_SESSION_STREAMING, /* the first access unit went out */
    PF_NATIVE_SESSION_ENDING,
};

struct pf_native_session_info {
    uint32_t id;    /* never reused while the process lives */
    char name[65];  /* what the client calls itself, cleaned */
    char label[48]; /* 12 hex digits of its fingerprint, else its IP address */
    bool has_fingerprint;
    uint8_t fingerprint[32];
    enum pf_native_session_state state;
    struct pf_mode mode; /* in force */
    enum pf_codec codec; /* NONE for synthetic */
    uint32_t bitrate_kbps;
    struct pf_sent_figures sent; /* in the last full second */
    unsigned fec_percent;        /* live */
    uint64_t started_real_ns;
    bool audio_streaming; /* sound was sent */
};

/* Fills at most `cap` entries, oldest session first; returns how many sessions there are. */
size_t pf_native_sessions(
    const struct pf_native *native, struct pf_native_session_info *ret_sessions, size_t cap);

/* The next picture of the session is an IDR. -ENOENT: no such session. */
int pf_native_request_idr(struct pf_native *native, uint32_t session_id);

/* Ends the session as if its stream had ended: close 0 `done`. -ENOENT: no such session. */
int pf_native_stop_session(struct pf_native *native, uint32_t session_id);

/* Closes every session of this client with code 0x69. Call it after removing the client from the store. */
void pf_native_cut(struct pf_native *native, const uint8_t fingerprint[32]);

#endif
