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
}

static bool heals(struct probe_recovery *r, uint32_t flags)
{
    if (flags & PF_FRAME_RECOVERY_POINT)
        r->recovery_points++;
    return (flags & (PF_FRAME_IDR | PF_FRAME_RECOVERY_ANCHOR)) || r->recovery_points >= 2;
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

bool probe_recovery_poll(struct probe_recovery *r, uint64_t now_ns)
{
    bool stuck = r->frozen && now_ns - r->frozen_since >= PROBE_FROZEN_NS;
    bool throttled = r->asked_at && now_ns - r->asked_at < PROBE_ASK_THROTTLE_NS;
    if (throttled || !(r->ask || stuck))
        return false;
    r->ask = false;
    r->frozen_since = now_ns;
    r->asked_at = now_ns;
    r->requests++;
    return true;
}
