#include "display/mutter/plan.h"

#include "display/layout.h"

#include <math.h>
#include <string.h>

#define FAR         (1 << 24) /* pixels */
#define SCALE_SLACK 0.01      /* scales of the listing are rounded */

struct rect {
    int64_t left, top, right, bottom;
};

/* ---- what is there --------------------------------------------------------------------------------------
 */

static bool has(const struct pf_mutter_logical *logical, unsigned monitor)
{
    for (unsigned i = 0; i < logical->count; i++)
        if (logical->monitor[i] == monitor)
            return true;
    return false;
}

static bool is_ours(
    const struct pf_mutter_logical *logical, const struct pf_mutter_place *places, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (has(logical, places[i].monitor))
            return true;
    return false;
}

static bool any_recorded(const struct pf_mutter_state *state, const struct pf_mutter_logical *logical)
{
    for (unsigned i = 0; i < logical->count; i++)
        if (pf_mutter_is_recorded(&state->monitor[logical->monitor[i]]))
            return true;
    return false;
}

/* Room that it takes on the desktop. */
static struct rect room_of(const struct pf_mutter_state *state, const struct pf_mutter_logical *l)
{
    const struct pf_mode *mode = &state->monitor[l->monitor[0]].mode;
    bool turned = l->transform % 2;
    double scale = state->logical_pixels && l->scale > 0 ? l->scale : 1;
    return (struct rect){.left = l->x,
        .top = l->y,
        .right = l->x + lround((turned ? mode->height : mode->width) / scale),
        .bottom = l->y + lround((turned ? mode->width : mode->height) / scale)};
}

/* ---- what Mutter takes ----------------------------------------------------------------------------------
 */

static bool overlap(const struct rect *a, const struct rect *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static bool touch(const struct rect *a, const struct rect *b)
{
    bool beside = (a->right == b->left || b->right == a->left) && a->top < b->bottom && b->top < a->bottom;
    bool below = (a->bottom == b->top || b->bottom == a->top) && a->left < b->right && b->left < a->right;
    return beside || below;
}

static bool is_possible(const struct pf_mutter_state *state, const struct pf_mutter_plan *plan)
{
    for (unsigned i = 0; i < plan->count; i++) {
        struct rect a = room_of(state, &plan->logical[i]);
        bool alone = plan->count > 1;
        for (unsigned j = 0; j < plan->count; j++) {
            struct rect b = room_of(state, &plan->logical[j]);
            if (i != j && overlap(&a, &b))
                return false;
            alone = alone && !(i != j && touch(&a, &b));
        }
        if (alone)
            return false;
    }
    return true;
}

/* ---- planning -------------------------------------------------------------------------------------------
 */

static struct rect around(const struct pf_mutter_state *state, const struct pf_mutter_plan *plan)
{
    struct rect all = {0};
    for (unsigned i = 0; i < plan->count; i++) {
        struct rect one = room_of(state, &plan->logical[i]);
        all.left = !i || one.left < all.left ? one.left : all.left;
        all.top = !i || one.top < all.top ? one.top : all.top;
        all.right = !i || one.right > all.right ? one.right : all.right;
        all.bottom = !i || one.bottom > all.bottom ? one.bottom : all.bottom;
    }
    return all;
}

static void shift(struct pf_mutter_plan *plan, int64_t x, int64_t y)
{
    for (unsigned i = 0; i < plan->count; i++) {
        plan->logical[i].x = (int32_t)(plan->logical[i].x + x);
        plan->logical[i].y = (int32_t)(plan->logical[i].y + y);
    }
}

static bool is_primary(const struct pf_mutter_state *state, unsigned monitor)
{
    for (unsigned i = 0; i < state->logicals; i++)
        if (has(&state->logical[i], monitor))
            return state->logical[i].primary;
    return false;
}

static double scale_of(const struct pf_mutter_state *state, unsigned monitor)
{
    double scale;
    return pf_mutter_state_scale(state, monitor, &scale) ? scale : 1;
}

double pf_mutter_snap_scale(const struct pf_mutter_monitor *monitor, double wanted)
{
    double best = 1;
    for (unsigned i = 0; i < monitor->scales; i++)
        if (!i || fabs(monitor->scale[i] - wanted) < fabs(best - wanted))
            best = monitor->scale[i];
    return best;
}

/* Ours, as the layout puts them; `row` leaves out what the owner chose. */
static void lay_ours(const struct pf_mutter_state *state, const struct pf_mutter_place *places,
    unsigned count, enum pf_topology topology, bool row, struct pf_mutter_plan *ours)
{
    struct pf_layout_item items[PF_MUTTER_MONITORS];
    ours->count = count;
    for (unsigned i = 0; i < count; i++) {
        struct pf_mutter_logical *l = &ours->logical[i];
        *l = (struct pf_mutter_logical){
            .scale = places[i].scale > 0
                         ? pf_mutter_snap_scale(&state->monitor[places[i].monitor], places[i].scale)
                         : scale_of(state, places[i].monitor),
            .count = 1,
            .monitor = {places[i].monitor}};
        l->primary = topology == PF_TOPOLOGY_EXTEND ? is_primary(state, places[i].monitor) : places[i].leader;
        struct rect room = room_of(state, l);
        items[i] = (struct pf_layout_item){.width = (uint32_t)(room.right - room.left),
            .pinned = places[i].pinned && !row,
            .x = places[i].x,
            .y = places[i].y};
    }
    pf_layout_arrange(items, count);
    for (unsigned i = 0; i < count; i++) {
        ours->logical[i].x = items[i].x;
        ours->logical[i].y = items[i].y;
    }
}

/* The monitors of others that stay lit. */
static void take_others(const struct pf_mutter_state *state, const struct pf_mutter_place *places,
    unsigned count, enum pf_topology topology, struct pf_mutter_plan *others)
{
    others->count = 0;
    for (unsigned i = 0; i < state->logicals && others->count + count < PF_MUTTER_MONITORS; i++) {
        const struct pf_mutter_logical *old = &state->logical[i];
        if (is_ours(old, places, count) || (topology == PF_TOPOLOGY_EXCLUSIVE && !any_recorded(state, old)))
            continue;
        others->logical[others->count] = *old;
        others->logical[others->count++].primary &= topology == PF_TOPOLOGY_EXTEND;
    }
}

/* In a row to the right of ours, which lie at the left. */
static void lay_others(
    const struct pf_mutter_state *state, const struct pf_mutter_plan *ours, struct pf_mutter_plan *others)
{
    struct rect all = around(state, ours), edge = {0};
    for (unsigned i = 0; i < ours->count; i++) {
        struct rect one = room_of(state, &ours->logical[i]);
        edge = one.right == all.right ? one : edge;
    }
    for (unsigned i = 0; i < others->count; i++) {
        struct pf_mutter_logical *l = &others->logical[i];
        l->x = (int32_t)edge.right;
        l->y = (int32_t)edge.top;
        edge = room_of(state, l);
    }
}

static void join(const struct pf_mutter_state *state, const struct pf_mutter_plan *ours,
    const struct pf_mutter_plan *others, struct pf_mutter_plan *plan)
{
    *plan = *ours;
    for (unsigned i = 0; i < others->count; i++)
        plan->logical[plan->count++] = others->logical[i];
    struct rect all = around(state, plan);
    shift(plan, -all.left, -all.top);
}

/* So far away that positions could overflow, nothing is worth a try. */
static bool is_near(const struct pf_mutter_plan *ours)
{
    for (unsigned i = 0; i < ours->count; i++) {
        const struct pf_mutter_logical *l = &ours->logical[i];
        if (l->x < -FAR || l->x > FAR || l->y < -FAR || l->y > FAR)
            return false;
    }
    return true;
}

/* Beside monitors of others that are not to be touched: verbatim if that is possible, else to their right. */
static void extend(const struct pf_mutter_state *state, const struct pf_mutter_plan *others,
    struct pf_mutter_plan *ours, struct pf_mutter_plan *plan)
{
    join(state, ours, others, plan);
    if (is_possible(state, plan))
        return;
    struct rect theirs = around(state, others), mine = around(state, ours);
    shift(ours, theirs.right - mine.left, theirs.top - mine.top);
    join(state, ours, others, plan);
}

static bool is_there(const struct pf_mutter_state *state, const struct pf_mutter_logical *want)
{
    for (unsigned i = 0; i < state->logicals; i++) {
        const struct pf_mutter_logical *l = &state->logical[i];
        if (has(l, want->monitor[0]))
            return l->count == want->count && l->x == want->x && l->y == want->y &&
                   l->primary == want->primary && l->transform == want->transform &&
                   fabs(l->scale - want->scale) < SCALE_SLACK;
    }
    return false;
}

bool pf_mutter_plan(const struct pf_mutter_state *state, const struct pf_mutter_place *places, unsigned count,
    enum pf_topology topology, struct pf_mutter_plan *ret_plan)
{
    struct pf_mutter_plan ours, others;
    bool free = true;
    for (unsigned i = 0; i < count; i++)
        free = free && !places[i].pinned && !(places[i].scale > 0);
    if (!count || count > PF_MUTTER_MONITORS || (topology == PF_TOPOLOGY_EXTEND && free))
        return false;
    for (unsigned row = 0; row < 2; row++) {
        lay_ours(state, places, count, topology, row, &ours);
        take_others(state, places, count, topology, &others);
        if (!is_near(&ours))
            continue;
        if (topology == PF_TOPOLOGY_EXTEND) {
            extend(state, &others, &ours, ret_plan);
        } else {
            lay_others(state, &ours, &others);
            join(state, &ours, &others, ret_plan);
        }
        if (is_possible(state, ret_plan))
            break;
    }
    bool there = ret_plan->count == state->logicals;
    for (unsigned i = 0; i < ret_plan->count; i++)
        there = there && is_there(state, &ret_plan->logical[i]);
    return !there;
}
