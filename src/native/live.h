/* The media half of a session: one feed, one sender, and the way from the first to the second. It waits for
 * the punch while the feed is already being built, and ends when both threads have ended, whichever began.
 *
 * Control loop's thread.
 */
#ifndef PF_NATIVE_LIVE_H
#define PF_NATIVE_LIVE_H

#include "native/sender.h"
#include "session/feed.h"

struct pf_live;

/* Starts a feed that reports to `sink`. Must not block: what takes long happens on the feed's thread. */
typedef int (*pf_feed_start)(
    void *user, const struct pf_feed_sink *sink, struct pf_feed **ret_feed, struct pf_error *err);

struct pf_live_config {
    struct pf_sender_config sender;
    pf_feed_start feed;
    void *feed_user;
    struct sockaddr_storage peer; /* of the QUIC connection: only its IP address may punch */
    uint16_t start_port;          /* where video goes if no punch comes */
    uint64_t punch_ns;            /* how long to wait for one */
};

struct pf_live_events {
    void *user;
    void (*streaming)(void *user);                               /* the first access unit is out */
    void (*sent)(void *user, const struct pf_sender_news *news); /* PF_SENDER_SENT */
    void (*probed)(void *user, const struct pf_probe_result *result);
    /* As pf_feed_sink.settled; `wanted` as there. */
    void (*settled)(
        void *user, const struct pf_mode *wanted, const struct pf_mode *mode, uint32_t bitrate_kbps);
    void (*gap)(void *user, uint32_t gap_ms); /* as pf_feed_sink.gap, several added up */
    /* The last call: all threads have ended; pf_live_destroy is due. `rc` and `why` as pf_feed_sink.ended. */
    void (*ended)(void *user, int rc, const char *why);
};

/* Takes over `socket`, also when it fails. */
int pf_live_start(struct pf_loop *loop, const struct pf_live_config *config,
    const struct pf_live_events *events, struct pf_media_socket *socket, struct pf_live **ret_live,
    struct pf_error *err);

/* Ends it soon; `ended` follows. May be called more than once. `quit` as pf_feed_ops.stop. */
void pf_live_stop(struct pf_live *live, bool quit);

/* After `ended`, also inside that call. NULL is allowed. */
void pf_live_destroy(struct pf_live *live);

void pf_live_keyframe(struct pf_live *live);
void pf_live_invalidate(struct pf_live *live, uint32_t first_index, uint32_t last_index);
void pf_live_reconfigure(struct pf_live *live, const struct pf_mode *mode);
void pf_live_set_bitrate(struct pf_live *live, uint32_t kbps);
void pf_live_input(struct pf_live *live, const struct pf_input *event);
void pf_live_set_fec(struct pf_live *live, unsigned percent);
void pf_live_probe(struct pf_live *live, uint32_t kbps, uint32_t duration_ms);
void pf_live_stats(struct pf_live *live, struct pf_sender_stats *ret_stats);

#endif
