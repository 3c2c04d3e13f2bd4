#include "display/lifecycle.h"

enum pf_lifecycle_action pf_lifecycle_acquire(struct pf_lifecycle *l)
{
    if (l->state == PF_LIFECYCLE_ACTIVE) {
        l->refs++;
        return PF_LIFECYCLE_JOIN;
    }
    bool kept = l->state != PF_LIFECYCLE_IDLE;
    *l = (struct pf_lifecycle){.state = PF_LIFECYCLE_ACTIVE, .refs = 1};
    return kept ? PF_LIFECYCLE_REUSE : PF_LIFECYCLE_CREATE;
}

/* An instant so far away that the addition would wrap is as good as the end of time. */
static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

enum pf_lifecycle_action pf_lifecycle_release(
    struct pf_lifecycle *l, uint64_t now_ns, struct pf_linger linger)
{
    if (l->state != PF_LIFECYCLE_ACTIVE)
        return PF_LIFECYCLE_NOOP;
    if (l->refs > 1) {
        l->refs--;
        return PF_LIFECYCLE_DECREF;
    }
    switch (linger.kind) {
    case PF_LINGER_FOR:
        *l = (struct pf_lifecycle){
            .state = PF_LIFECYCLE_LINGERING, .until_ns = add_saturating(now_ns, linger.duration_ns)};
        return PF_LIFECYCLE_LINGER;
    case PF_LINGER_FOREVER:
        *l = (struct pf_lifecycle){.state = PF_LIFECYCLE_PINNED};
        return PF_LIFECYCLE_PIN;
    case PF_LINGER_IMMEDIATE:
        break;
    }
    *l = (struct pf_lifecycle){0};
    return PF_LIFECYCLE_TEARDOWN;
}

bool pf_lifecycle_poll_expiry(struct pf_lifecycle *l, uint64_t now_ns)
{
    if (l->state != PF_LIFECYCLE_LINGERING || now_ns < l->until_ns)
        return false;
    *l = (struct pf_lifecycle){0};
    return true;
}

bool pf_lifecycle_force_release(struct pf_lifecycle *l)
{
    if (l->state != PF_LIFECYCLE_LINGERING && l->state != PF_LIFECYCLE_PINNED)
        return false;
    *l = (struct pf_lifecycle){0};
    return true;
}

const char *pf_lifecycle_state_name(enum pf_lifecycle_state state)
{
    switch (state) {
    case PF_LIFECYCLE_ACTIVE:
        return "active";
    case PF_LIFECYCLE_LINGERING:
        return "lingering";
    case PF_LIFECYCLE_PINNED:
        return "pinned";
    case PF_LIFECYCLE_IDLE:
        break;
    }
    return "idle";
}

struct pf_linger pf_linger_effective(bool quit, struct pf_linger policy)
{
    if (quit && policy.kind != PF_LINGER_FOREVER)
        return (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};
    return policy;
}
