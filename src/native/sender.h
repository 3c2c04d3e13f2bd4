/* The send thread of one session: takes access units from a source, splits, protects, seals and sends them
 * (punktfunk1-data.md 8), and runs speed tests in between.
 * The thread leaves news in a ring and raises a signal; the control
 * loop reads them with pf_sender_next.
 */
#ifndef PF_NATIVE_SENDER_H
#define PF_NATIVE_SENDER_H

#include "base/time.h"
#include "media/access_unit.h"
#include "media/mode.h"
#include "native/control_dialogue.h"
#include "net/loop.h"
#include "session/recorder.h"
#include "session/sent_second.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_SENDER_QUEUE 3u /* access units that wait; the source blocks beyond */

struct pf_media_socket;
struct pf_sender;

struct pf_sender_config {
    char label[48];             /* of the client, for log lines */
    struct pf_wall_clock clock; /* of the session: every pts */
    uint8_t key[16], salt[4];   /* of Welcome; secret */
    uint16_t shard_payload;     /* of Welcome */
    unsigned fec_percent;       /* of Welcome */
    bool host_timing;           /* tell when each unit was sent */
    bool own_probe_frames;      /* the client counts speed test frames apart (VIDEO_CAP_PROBE_SEQ) */
    uint32_t bitrate_kbps;      /* of the encoder, for the pace */

    struct pf_recorder *recorder;        /* gets samples while it is armed; NULL: none */
    struct pf_recorded_session recorded; /* what it is told of the session */
};

enum pf_sender_news_kind {
    PF_SENDER_STARTED, /* the first access unit is out */
    PF_SENDER_SENT,    /* an access unit is out; only with host_timing */
    PF_SENDER_PROBED,
    PF_SENDER_ENDED, /* the last news: the thread is about to end */
};

struct pf_sender_news {
    enum pf_sender_news_kind kind;
    union {
        struct {
            uint64_t pts_ns;
            uint32_t host_us, queue_us, encode_us, pace_us;
        } sent;
        struct pf_probe_result probe;
        int rc; /* ENDED: 0, or why sending became impossible */
    };
};

struct pf_sender_stats {
    uint64_t units, packets, bytes, dropped; /* dropped: packets that the kernel refused */
    struct pf_sent_figures second;           /* the last full one */
};

/* Prepares everything; units may be pushed from now on. Takes over `socket` if it returns 0. `signal` is
 * raised whenever there is news; it outlives the sender. */
int pf_sender_create(const struct pf_sender_config *config, struct pf_media_socket *socket,
    struct pf_signal *signal, struct pf_sender **ret_sender);

/* The socket is connected now: starts the thread. Returns 0 or -errno. */
int pf_sender_start(struct pf_sender *sender);

/* Source's thread. Takes over the reference; blocks while the queue is full. -EPIPE after stop or finish. */
int pf_sender_push(struct pf_sender *sender, struct pf_access_unit *au);

/* Any thread. */
void pf_sender_set_fec(struct pf_sender *sender, unsigned percent);
/* What is sent from now on, for recordings. */
void pf_sender_set_mode(struct pf_sender *sender, const struct pf_mode *mode);
void pf_sender_set_bitrate(struct pf_sender *sender, uint32_t kbps);
void pf_sender_probe(struct pf_sender *sender, uint32_t kbps, uint32_t duration_ms);
void pf_sender_stats(struct pf_sender *sender, struct pf_sender_stats *ret_stats);

/* No more units: sends what is queued, then ends. */
void pf_sender_finish(struct pf_sender *sender);
/* Drops what is queued and ends. */
void pf_sender_stop(struct pf_sender *sender);

/* Loop thread: the oldest piece of news. */
bool pf_sender_next(struct pf_sender *sender, struct pf_sender_news *ret_news);

/* After PF_SENDER_ENDED, or if it never started: joins the thread, closes the socket, frees everything. NULL
 * is allowed. */
void pf_sender_destroy(struct pf_sender *sender);

#endif
