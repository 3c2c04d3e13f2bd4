#include "display/pool.h"

#include "base/time.h"
#include "display/layout.h"

#include <stdio.h>
#include <string.h>

#define LAYOUT_MAX 64 /* displays of one group that get a place; far above what any desktop can show */

static bool same_group(const struct pf_pool_entry *a, const struct pf_pool_entry *b)
{
    return a == b || (a->backend == b->backend && !a->backend->group_per_output);
}

/* True if an output made now with this back end would be in the entry's group. */
static bool is_sibling(
    const struct pf_pool_entry *e, const struct pf_display_backend *backend, uint64_t except)
{
    return e->backend == backend && !backend->group_per_output && e->generation != except;
}

static bool is_kept(const struct pf_pool_entry *e)
{
    return e->life.state == PF_LIFECYCLE_LINGERING || e->life.state == PF_LIFECYCLE_PINNED;
}

/* Outputs of a desktop do not outlive it; a gamescope that we started is its own session. */
static bool is_stale(const struct pf_pool *pool, const struct pf_pool_entry *e)
{
    return e->epoch != pool->epoch && !e->backend->group_per_output;
}

static struct pf_pool_entry **link_to(struct pf_pool *pool, const struct pf_pool_entry *entry)
{
    struct pf_pool_entry **link = &pool->first;
    while (*link && *link != entry)
        link = &(*link)->next;
    return link;
}

static void append(struct pf_pool *pool, struct pf_pool_entry *entry)
{
    entry->generation = ++pool->generations;
    entry->next = NULL;
    *link_to(pool, NULL) = entry;
}

static bool group_in_use(const struct pf_pool *pool, unsigned group)
{
    for (const struct pf_pool_entry *e = pool->first; e; e = e->next)
        if (e->group == group)
            return true;
    return false;
}

static unsigned group_of(const struct pf_pool *pool, const struct pf_pool_entry *entry)
{
    for (const struct pf_pool_entry *e = pool->first; e; e = e->next)
        if (same_group(e, entry))
            return e->group;
    unsigned group = 1;
    while (group_in_use(pool, group))
        group++;
    return group;
}

static struct pf_pool_entry *sibling_of(const struct pf_pool *pool, const struct pf_pool_entry *entry)
{
    for (struct pf_pool_entry *e = pool->first; e; e = e->next)
        if (e != entry && same_group(e, entry))
            return e;
    return NULL;
}

static bool group_has_restore(const struct pf_pool *pool, const struct pf_pool_entry *entry)
{
    for (const struct pf_pool_entry *e = pool->first; e; e = e->next)
        if (e != entry && same_group(e, entry) && e->restore.finish)
            return true;
    return false;
}

void pf_pool_insert(struct pf_pool *pool, struct pf_pool_entry *entry, struct pf_restore *ret_superfluous)
{
    entry->group = group_of(pool, entry);
    entry->epoch = pool->epoch;
    *ret_superfluous = (struct pf_restore){0};
    if (group_has_restore(pool, entry)) {
        *ret_superfluous = entry->restore;
        entry->restore = (struct pf_restore){0};
    }
    append(pool, entry);
}

void pf_pool_restamp(struct pf_pool *pool, struct pf_pool_entry *entry)
{
    *link_to(pool, entry) = entry->next;
    append(pool, entry);
}

void pf_pool_unlink(struct pf_pool *pool, struct pf_pool_entry *entry)
{
    *link_to(pool, entry) = entry->next;
    entry->next = NULL;
    entry->life = (struct pf_lifecycle){0};
    struct pf_pool_entry *sibling = sibling_of(pool, entry);
    if (sibling && entry->restore.finish) {
        sibling->restore = entry->restore;
        entry->restore = (struct pf_restore){0};
    }
}

struct pf_pool_entry *pf_pool_find(const struct pf_pool *pool, uint64_t generation)
{
    struct pf_pool_entry *e = pool->first;
    while (e && e->generation != generation)
        e = e->next;
    return e;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* In whatever mode it is. */
static bool fits(const struct pf_pool *pool, const struct pf_pool_entry *e,
    const struct pf_display_backend *backend, const struct pf_display_request *request)
{
    return is_kept(e) && e->backend == backend && !is_stale(pool, e) &&
           same_text(e->launch, request->launch) && e->hdr == request->hdr &&
           e->hardware_cursor == request->hardware_cursor;
}

struct pf_pool_entry *pf_pool_find_kept(const struct pf_pool *pool, const struct pf_display_backend *backend,
    const struct pf_display_request *request)
{
    struct pf_pool_entry *found = NULL;
    for (struct pf_pool_entry *e = pool->first; e; e = e->next) {
        if (!fits(pool, e, backend, request) || !pf_mode_equal(&e->mode, &request->mode))
            continue;
        if ((request->client && !strcmp(e->client, request->client)) ||
            (request->identity_slot && e->identity_slot == request->identity_slot))
            return e;
        if (!e->launch) /* with a title in it, it is nobody else's business */
            found = found ? found : e;
    }
    return found;
}

struct pf_pool_entry *pf_pool_find_changeable(const struct pf_pool *pool,
    const struct pf_display_backend *backend, const struct pf_display_request *request)
{
    struct pf_pool_entry *e = pool->first;
    while (e && !(e->only_one && e->in_place && !e->launch && fits(pool, e, backend, request)))
        e = e->next;
    return e;
}

bool pf_pool_is_first(const struct pf_pool *pool, const struct pf_display_backend *backend, uint64_t except)
{
    for (const struct pf_pool_entry *e = pool->first; e; e = e->next)
        if (e->life.state == PF_LIFECYCLE_ACTIVE && is_sibling(e, backend, except))
            return false;
    return true;
}

static struct pf_layout_item layout_item(const struct pf_pool_entry *e)
{
    return (struct pf_layout_item){.width = e->source.mode.width, .pinned = e->placed, .x = e->x, .y = e->y};
}

void pf_pool_next_position(const struct pf_pool *pool, const struct pf_display_backend *backend,
    uint64_t except, int32_t *ret_x, int32_t *ret_y)
{
    struct pf_layout_item items[LAYOUT_MAX + 1];
    size_t n = 0;
    for (const struct pf_pool_entry *e = pool->first; e && n < LAYOUT_MAX; e = e->next)
        if (is_sibling(e, backend, except))
            items[n++] = layout_item(e);
    items[n] = (struct pf_layout_item){0};
    pf_layout_arrange(items, n + 1);
    *ret_x = items[n].x;
    *ret_y = items[n].y;
}

struct pf_pool_entry *pf_pool_take_expired(
    struct pf_pool *pool, const struct pf_display_backend *backend, uint64_t now_ns)
{
    for (struct pf_pool_entry *e = pool->first; e; e = e->next) {
        if ((backend && e->backend != backend) ||
            (!pf_lifecycle_poll_expiry(&e->life, now_ns) && !(is_kept(e) && is_stale(pool, e))))
            continue;
        pf_pool_unlink(pool, e);
        return e;
    }
    return NULL;
}

uint64_t pf_pool_next_expiry(const struct pf_pool *pool)
{
    uint64_t next = UINT64_MAX;
    for (const struct pf_pool_entry *e = pool->first; e; e = e->next) {
        if (is_kept(e) && is_stale(pool, e))
            return 0;
        if (e->life.state == PF_LIFECYCLE_LINGERING && e->life.until_ns < next)
            next = e->life.until_ns;
    }
    return next;
}

struct pf_pool_entry *pf_pool_take_kept(struct pf_pool *pool, uint64_t generation)
{
    for (struct pf_pool_entry *e = pool->first; e; e = e->next) {
        if ((generation && e->generation != generation) || !pf_lifecycle_force_release(&e->life))
            continue;
        pf_pool_unlink(pool, e);
        return e;
    }
    return NULL;
}

/* Index of the entry in its group, and its place there. */
static unsigned place_in_group(
    const struct pf_pool *pool, const struct pf_pool_entry *entry, int32_t *ret_x, int32_t *ret_y)
{
    struct pf_layout_item items[LAYOUT_MAX];
    unsigned n = 0, index = 0;
    for (const struct pf_pool_entry *e = pool->first; e && n < LAYOUT_MAX; e = e->next) {
        if (!same_group(e, entry))
            continue;
        if (e == entry)
            index = n;
        items[n++] = layout_item(e);
    }
    pf_layout_arrange(items, n);
    *ret_x = n ? items[index].x : 0;
    *ret_y = n ? items[index].y : 0;
    return index;
}

static int64_t expires_in_ms(const struct pf_lifecycle *life, uint64_t now_ns)
{
    if (life->state != PF_LIFECYCLE_LINGERING || life->until_ns == UINT64_MAX)
        return -1;
    return life->until_ns > now_ns ? (int64_t)((life->until_ns - now_ns) / PF_NS_PER_MS) : 0;
}

void pf_pool_row(const struct pf_pool *pool, const struct pf_pool_entry *entry, uint64_t now_ns,
    struct pf_display_row *ret_row)
{
    struct pf_display_row row = {
        .slot = entry->generation,
        .backend = entry->backend->name,
        .mode = entry->source.mode,
        .state = entry->life.state,
        .sessions = entry->life.refs,
        .expires_in_ms = expires_in_ms(&entry->life, now_ns),
        .group = entry->group,
        .identity_slot = entry->identity_slot,
        .topology = entry->topology,
        .age_ms = now_ns > entry->born_ns ? (now_ns - entry->born_ns) / PF_NS_PER_MS : 0,
    };
    row.display_index = place_in_group(pool, entry, &row.x, &row.y);
    snprintf(row.client, sizeof(row.client), "%s", entry->client);
    memcpy(row.output, entry->source.output_name, sizeof(row.output));
    *ret_row = row;
}

size_t pf_pool_rows(const struct pf_pool *pool, uint64_t now_ns, struct pf_display_row *rows, size_t max)
{
    size_t n = 0;
    for (const struct pf_pool_entry *e = pool->first; e; e = e->next, n++)
        if (n < max)
            pf_pool_row(pool, e, now_ns, &rows[n]);
    return n;
}
