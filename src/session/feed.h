/* A feed makes the access units of a session: a virtual display behind an encoder, or the verification
 * frames. It runs on threads of its own.
 */
#ifndef PF_SESSION_FEED_H
#define PF_SESSION_FEED_H

#include "base/error.h"
#include "input/event.h"
#include "media/access_unit.h"
#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_feed;

#define PF_FEED_TITLE_ENDED 1 /* the display was the title's own, and has ended with it */

/* What a feed tells its session. Called on the feed's threads. */
struct pf_feed_sink {
    void *user;
    /* Takes over the reference. Blocks while the sender is three units behind. -EPIPE once the session is
     * over; the reference then stays with the feed. */
    int (*push)(void *user, struct pf_access_unit *au);
    /* Mode and rate that are in force from the next unit on. `wanted`: the mode wish that led to it, which
     * failed if `mode` is another; NULL if it was a wish for a rate, or a rebuild. */
    void (*settled)(
        void *user, const struct pf_mode *wanted, const struct pf_mode *mode, uint32_t bitrate_kbps);
    /* Something was rebuilt: no picture came for this long, the next unit is an IDR. */
    void (*gap)(void *user, uint32_t gap_ms);
    /* The last call: no more units. 0: at its natural end; else PF_FEED_TITLE_ENDED, which is one, too, or
     * -errno, and a sentence for the user. */
    void (*ended)(void *user, int rc, const char *why);
};

/* Loop thread; none of them blocks except destroy. */
struct pf_feed_ops {
    /* Asks the threads to end soon; `ended` follows. May be called more than once. `quit`: the client left on
     * purpose, so its display need not wait for it. */
    void (*stop)(struct pf_feed *feed, bool quit);
    /* After `ended` was called: joins the threads and frees everything. */
    void (*destroy)(struct pf_feed *feed);
    /* A picture soon becomes an IDR; see pf_stream_request_keyframe for how soon. */
    void (*keyframe)(struct pf_feed *feed);
    /* The client lacks these frames of the wire, both included: the next picture references none of them.
     * NULL if every frame stands for itself. */
    void (*invalidate)(struct pf_feed *feed, uint32_t first_index, uint32_t last_index);
    /* The newest wish wins; `settled` follows. NULL if the feed never changes. */
    void (*reconfigure)(struct pf_feed *feed, const struct pf_mode *mode);
    void (*set_bitrate)(struct pf_feed *feed, uint32_t kbps);
    /* Plays an event of the client into the display. NULL if there is none. */
    void (*input)(struct pf_feed *feed, const struct pf_input *event);
};

struct pf_feed {
    const struct pf_feed_ops *ops;
};

#endif
