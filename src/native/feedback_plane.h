/* What games do with the pads, on its way to the client (punktfunk1-control.md 4.3, 4.5).
 *
 * Datagrams get lost, so levels are told again while they last: a rumble carries how long it may be believed
 * and is renewed well before, a stop is repeated twice, lights and triggers are renewed every second. Pure;
 * control loop's thread.
 */
#ifndef PF_NATIVE_FEEDBACK_PLANE_H
#define PF_NATIVE_FEEDBACK_PLANE_H

#include "input/pads/pad.h"

#include <stddef.h>

#define PF_RUMBLE_TTL_MS       400u
#define PF_RUMBLE_TTL_MIN_MS   150u
#define PF_RUMBLE_TTL_MAX_MS   5000u
#define PF_RUMBLE_RENEW_MIN_MS 60u
#define PF_RUMBLE_STOPS        3u /* a stop, and twice again */
#define PF_RICH_RENEW_NS       1000000000ull

/* One thing that a pad shows: a kind of feedback, of a trigger which one. */
enum pf_feedback_thing { PF_THING_RUMBLE, PF_THING_BAR, PF_THING_LEDS, PF_THING_L2, PF_THING_R2, PF_THINGS };

struct pf_feedback_plane {
    uint16_t ttl_ms;
    struct {
        bool known;      /* it was told once */
        uint64_t due_ns; /* when to tell it (again); UINT64_MAX: not */
        unsigned left;   /* RUMBLE at rest: how often still */
        struct pf_pad_feedback value;
    } things[PF_PADS_MAX][PF_THINGS];
    uint8_t seq[PF_PADS_MAX]; /* of the next rumble */
};

/* `ttl_ms` is brought within its limits. */
void pf_feedback_plane_init(struct pf_feedback_plane *plane, unsigned ttl_ms);

/* News of a pad. What the client knows already is not told at once. */
void pf_feedback_plane_take(
    struct pf_feedback_plane *plane, const struct pf_pad_feedback *feedback, uint64_t mono_ns);

/* The next datagram that is due, encoded; its length, or 0 if there is none for now. `cap` is at least
 * PF_DATAGRAM_SMALL_MAX. */
size_t pf_feedback_plane_next(struct pf_feedback_plane *plane, uint64_t mono_ns, uint8_t *buf, size_t cap);

/* When there will be one; UINT64_MAX: not for now. */
uint64_t pf_feedback_plane_deadline(const struct pf_feedback_plane *plane);

#endif
