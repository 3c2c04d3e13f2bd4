#include "session/recovery.h"

static void note_request(struct pf_recovery *r, uint64_t now_ns)
{
    if (now_ns - r->asked_ns >= PF_RECOVERY_EPISODE_NS)
        r->echoes = 0;
    r->asked_ns = now_ns;
}

static bool is_echo(struct pf_recovery *r, uint64_t now_ns)
{
    if (!r->repaired || now_ns - r->repaired_ns >= PF_RECOVERY_ECHO_NS || r->echoes >= PF_RECOVERY_ECHOES)
        return false;
    r->echoes++;
    return true;
}

void pf_recovery_keyframe(struct pf_recovery *r, uint64_t now_ns)
{
    note_request(r, now_ns);
    if (!is_echo(r, now_ns))
        r->wants_idr = true;
}

void pf_recovery_lost(struct pf_recovery *r, uint64_t first, uint64_t last, uint64_t now_ns)
{
    note_request(r, now_ns);
    r->first = r->has_range && r->first < first ? r->first : first;
    r->last = r->has_range && r->last > last ? r->last : last;
    r->has_range = true;
}

static bool take_idr(struct pf_recovery *r, uint64_t now_ns)
{
    if (!r->wants_idr || (r->forced_before && now_ns - r->last_forced_ns < r->cooldown_ns))
        return false;
    pf_recovery_satisfied(r);
    r->forced_before = true;
    r->last_forced_ns = now_ns;
    return true;
}

enum pf_repair pf_recovery_take(
    struct pf_recovery *r, uint64_t now_ns, uint64_t *ret_first, uint64_t *ret_last)
{
    if (take_idr(r, now_ns))
        return PF_REPAIR_IDR;
    if (!r->has_range)
        return PF_REPAIR_NONE;
    *ret_first = r->first;
    *ret_last = r->last;
    r->has_range = false;
    return PF_REPAIR_INVALIDATE;
}

void pf_recovery_repaired(struct pf_recovery *r, uint64_t now_ns)
{
    r->repaired = true;
    r->repaired_ns = now_ns;
}

bool pf_recovery_impossible(struct pf_recovery *r, uint64_t now_ns)
{
    r->wants_idr = true;
    return take_idr(r, now_ns);
}

void pf_recovery_satisfied(struct pf_recovery *r)
{
    r->wants_idr = false;
    r->has_range = false;
}
