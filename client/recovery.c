#include "client/recovery.h"

#include "punktfunk/packet.h"

static void freeze(struct probe_recovery *r, uint64_t now_ns)
{
    if (!r->frozen)
        r->frozen_since = now_ns;
    r->frozen = true;
    r->recovery_points = 0;
}

static void heal(struct probe_recovery *r)
{
    r->frozen = false;
    r->ask = false;
    r->missing = 0;
    r->recovery_points = 0;
    r->has_gap = false;
}

static bool heals(struct probe_recovery *r, uint32_t flags)
{
    if (flags & PF_FRAME_RECOVERY_POINT)
        r->recovery_points++;
    return (flags & (PF_FRAME_IDR | PF_FRAME_RECOVERY_ANCHOR)) || r->recovery_points >= 2;
}

/* Several gaps become their hull; one too long is left to a keyframe. */
static void note_gap(struct probe_recovery *r, uint32_t first, uint32_t last)
{
    if (!r->repairs)
        return;
    if (!r->has_gap)
        r->gap_first = first;
    r->gap_last = last;
    r->has_gap = true;
    if (r->gap_last - r->gap_first > PROBE_REPAIR_FRAMES) {
        r->has_gap = false;
        r->ask = true;
    }
}

void probe_recovery_frame(struct probe_recovery *r, uint32_t index, uint32_t flags, uint64_t now_ns)
{
    int32_t ahead = r->started ? (int32_t)(index - r->next_index) : 0;
    r->started = true;
    if (ahead < 0) { /* a late one: it fills a gap */
        r->lost -= r->lost > 0;
        if (r->missing > 0 && --r->missing == 0 && !r->ask)
            heal(r);
        return;
    }
    if (ahead > 0)
        note_gap(r, r->next_index, index - 1);
    r->next_index = index + 1;
    if (ahead > 0) {
        r->missing += (uint32_t)ahead;
        r->lost += (uint32_t)ahead;
        freeze(r, now_ns);
    }
    if (r->frozen && heals(r, flags))
        heal(r);
}

void probe_recovery_dropped(struct probe_recovery *r, uint64_t frames_dropped, uint64_t now_ns)
{
    if (frames_dropped == r->dropped)
        return;
    r->dropped = frames_dropped;
    if (!r->frozen && r->started && r->missing == 0)
        return; /* healed before the loss was noticed */
    freeze(r, now_ns);
    r->ask = true;
}

static bool is_throttled(uint64_t asked_at, uint64_t now_ns)
{
    return asked_at && now_ns - asked_at < PROBE_ASK_THROTTLE_NS;
}

static bool wants_keyframe(struct probe_recovery *r, uint64_t now_ns)
{
    bool stuck = r->frozen && now_ns - r->frozen_since >= PROBE_FROZEN_NS;
    return (r->ask || stuck) && !is_throttled(r->asked_at, now_ns);
}

enum probe_ask probe_recovery_poll(
    struct probe_recovery *r, uint64_t now_ns, uint32_t *ret_first, uint32_t *ret_last)
{
    if (wants_keyframe(r, now_ns)) {
        r->ask = false;
        r->frozen_since = now_ns;
        r->asked_at = now_ns;
        r->requests++;
        return PROBE_ASK_KEYFRAME;
    }
    if (!r->has_gap || is_throttled(r->repair_asked_at, now_ns))
        return PROBE_ASK_NOTHING;
    *ret_first = r->gap_first;
    *ret_last = r->gap_last;
    r->has_gap = false;
    r->repair_asked_at = now_ns;
    r->repair_requests++;
    return PROBE_ASK_REPAIR;
}
