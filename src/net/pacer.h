/* Spreads the packets of a large frame over time. Defined by docs/spec/punktfunk1-data.md 8.4.
 *
 * A pure function of sizes and times. The first packets go out at once (the burst); the rest in chunks over a
 * budget of time: three times faster than the encoder's live rate, whatever the deadline, or, with factor 0
 * (the baseline rule), within 0.9 of the time that is left to the deadline.
 *
 *     pf_pace_begin(&pace, &rule, plan.packets, plan.datagram_bytes, deadline_ns, kbps);
 *     while ((n = pf_pace_chunk(&pace))) {
 *         rc = pf_packetiser_next(p, n, &group);
 *         … send the group …
 *         wake = pf_pace_sent(&pace, group.count, now);
 *         if (wake) sleep until wake;
 *     }
 */
#ifndef PF_NET_PACER_H
#define PF_NET_PACER_H

#include <stddef.h>
#include <stdint.h>

struct pf_pace_rule {
    size_t burst_bytes; /* sent at once, sealed bytes; 128 KiB */
    unsigned factor;    /* speed of the rest in multiples of the live bitrate; 3. 0: the baseline rule */
};

/* PUNKTFUNK_PACE_BURST_KB and PUNKTFUNK_PACE_FACTOR. */
struct pf_pace_rule pf_pace_rule_from_env(void);

struct pf_pace {
    unsigned packets, burst; /* of the frame; sent at once */
    unsigned chunk;          /* packets between two looks at the clock */
    unsigned sent;
    uint64_t budget_ns; /* for the rest after the burst */
    uint64_t start_ns;  /* end of the burst */
    uint64_t deadline_ns;
    unsigned factor;
};

/* Plans a frame. bitrate_kbps is the encoder's live rate; 0 means unknown: no budget. Times are monotonic. */
void pf_pace_begin(struct pf_pace *pace, const struct pf_pace_rule *rule, unsigned packets,
    size_t datagram_bytes, uint64_t deadline_ns, uint32_t bitrate_kbps);

/* How many packets to send next; 0 when the frame is done. */
unsigned pf_pace_chunk(const struct pf_pace *pace);

/* Notes that `count` packets (at most what pf_pace_chunk said) went out by now_ns. Returns when to go on, or
 * 0: at once. */
uint64_t pf_pace_sent(struct pf_pace *pace, unsigned count, uint64_t now_ns);

#endif
