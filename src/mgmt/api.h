/* What the management API shows and does, as the rest of the program provides it.
 *
 * The API knows pairing (trust) but neither the front ends nor the displays: those stand behind this table.
 * All of it is used on the control loop's thread. Behaviour: docs/spec/management-and-operations.md 3.
 */
#ifndef PF_MGMT_API_H
#define PF_MGMT_API_H

#include "media/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_gamestream_store;
struct pf_knocks;
struct pf_library;
struct pf_log_ring;
struct pf_mgmt_events;
struct pf_native_store;
struct pf_pairing;
struct pf_recorder;
struct uv_loop_s;

/* One request that is being answered. */
struct pf_mgmt_call;

struct pf_mgmt_status {
    bool video_streaming, audio_streaming;
    bool pin_pending;        /* a GameStream handshake waits for its PIN */
    uint32_t paired_clients; /* GameStream */
    bool has_session;        /* `mode` is set */
    struct pf_mode mode;
    bool has_stream; /* the members below are set too */
    uint32_t bitrate_kbps, packet_size;
    uint8_t min_fec;
    const char *codec; /* "h264", "h265" or "av1" */
};

struct pf_mgmt_compositor {
    const char *id; /* "kwin", "gamescope", "mutter" or "wlroots" */
    const char *label;
    bool available;
    bool is_default; /* what a client that does not care gets now; at most one */
};

struct pf_mgmt_display {
    uint64_t slot;
    const char *backend;
    struct pf_mode mode;
    const char *state;     /* "active", "lingering" or "pinned" */
    int64_t expires_in_ms; /* −1: does not expire */
    uint32_t sessions;
    char client[64];        /* empty: unknown */
    unsigned group;         /* of displays that share a desktop, from 1 */
    unsigned display_index; /* from 0 inside the group */
    int32_t x, y;           /* on that desktop */
    unsigned identity_slot; /* 0: none */
    const char *topology;   /* "extend", "primary" or "exclusive" */
    char output[64];        /* its name in the compositor; empty: it has none */
    uint64_t age_ms;
};

#define PF_MGMT_DISPLAYS_MAX 64u

struct pf_mgmt_session {
    uint32_t id;
    const char *kind;  /* "native" or "gamestream" */
    char name[65];     /* what the client calls itself, cleaned */
    char client[48];   /* 12 hex digits of its fingerprint, else its address */
    const char *state; /* "starting", "streaming" or "ending" */
    struct pf_mode mode;
    const char *codec; /* as in pf_mgmt_status; NULL: test frames */
    uint32_t bitrate_kbps;
    unsigned sent_fps, fec_percent;
    uint32_t sent_kbps, latency_us; /* in the last second; latency 0: nothing was sent */
    uint64_t started_unix_ms;
};

#define PF_MGMT_SESSIONS_MAX 64u

/* What encodes now. */
struct pf_mgmt_encoding {
    unsigned sessions;   /* 0: nothing; the rest is not set then */
    const char *backend; /* "nvenc", "vaapi", "amf", "qsv" or "software" */
    const char *name;    /* of a software encoder, for people */
};

/* A GameStream client that waits for its PIN. */
struct pf_mgmt_attempt {
    uint32_t id;
    char address[80];
    unsigned age_s;
};

#define PF_MGMT_ATTEMPTS_MAX 8u

/* Strings and pointers are borrowed and outlive the server. */
struct pf_mgmt_host {
    const char *version;
    uint32_t abi_version;
    const char *hostname, *uniqueid, *local_ip;
    const char *const *codecs; /* API names, NULL-terminated: what this build can encode */

    /* The native plane; NULL: there is none. */
    struct pf_pairing *pairing;
    struct pf_knocks *knocks;
    /* Paired native clients, which may also read a part of the API; NULL: there are none. */
    struct pf_native_store *store;

    /* Paired GameStream clients, whether that plane runs or not; NULL: there are none. */
    struct pf_gamestream_store *gamestream_store;

    const char *config_dir;   /* where settings are stored */
    struct pf_log_ring *logs; /* NULL: nobody collects log lines */
    struct pf_recorder *recorder;
    struct pf_library *library;
    struct pf_mgmt_events *events; /* NULL: nobody can listen */
    struct uv_loop_s *loop;        /* whose workers do what takes long; NULL: it is done at once */

    void *user; /* of the functions; those that say so may be NULL */
    /* The GameStream clients that wait for a PIN: fills at most `max` entries, returns how many. NULL: that
     * plane does not run. */
    size_t (*pair_attempts)(void *user, struct pf_mgmt_attempt *ret_attempts, size_t max);
    /* The PIN for one of them (0: the only one). 0; -EINVAL: no four digits; -ENOENT: it waits no more, or
     * nobody does; -EEXIST: several wait. NULL with the other. */
    int (*submit_pin)(void *user, uint32_t id, const char *pin);
    /* What became of the last PIN: "none", "trying", "paired" or "failed", and for which of them (0: none) it
     * was. NULL with the other. */
    const char *(*pin_result)(void *user, uint32_t *ret_id);
    void (*status)(void *user, struct pf_mgmt_status *ret_status);
    /* Every stream soon has a key frame. False: nothing streams. */
    bool (*request_idr)(void *user);
    /* Ends every session. */
    void (*stop_sessions)(void *user);
    /* Fills at most `max` entries, oldest first; returns how many it filled. May be NULL: there are none. */
    size_t (*sessions)(void *user, struct pf_mgmt_session *ret_sessions, size_t max);
    void (*encoding)(void *user, struct pf_mgmt_encoding *ret_encoding); /* may be NULL */
    /* Fills at most `max` entries; returns how many it filled. */
    size_t (*displays)(void *user, struct pf_mgmt_display *ret_displays, size_t max);
    /* These may take their time: each calls its reply function exactly once, now or later. */
    void (*release_display)(void *user, bool all, uint64_t slot, struct pf_mgmt_call *call);
    void (*compositors)(void *user, struct pf_mgmt_call *call);
    void (*library_changed)(void *user); /* titles of the owner's own; may be NULL */
};

/* Control loop only. */
void pf_mgmt_reply_released(struct pf_mgmt_call *call, uint64_t count);
void pf_mgmt_reply_compositors(
    struct pf_mgmt_call *call, const struct pf_mgmt_compositor *compositors, size_t count);

#endif
