/* The registry's book-keeping: entries, generations, groups. Plain data structure without lock, clock or side
 * effect; the registry guards it with its mutex and does everything that blocks outside.
 */
#ifndef PF_DISPLAY_POOL_H
#define PF_DISPLAY_POOL_H

#include "display/display.h"
#include "display/lifecycle.h"
#include "display/registry.h"

#include <stddef.h>

struct pf_pool_entry {
    struct pf_pool_entry *next;
    unsigned refs; /* the pool's own, and one for each blocking call that uses the output */
    uint64_t generation;
    struct pf_lifecycle life;

    const struct pf_display_backend *backend;
    struct pf_output *output; /* touched only outside the lock, by whoever holds a reference */
    struct pf_source source;  /* copy of the output's, readable under the lock */
    struct pf_restore restore;
    bool keepable, only_one, in_place; /* the last: it changes its mode in place */
    uint64_t epoch;
    uint64_t born_ns;

    /* What was asked for; together with backend and epoch the key for reuse. */
    struct pf_mode mode;
    bool hdr, hardware_cursor;
    char *launch; /* NULL: none */

    enum pf_topology topology;
    unsigned identity_slot;
    unsigned group;
    bool placed; /* position comes from a manual layout */
    int32_t x, y;
    char client[64];
};

/* All zero is an empty pool. */
struct pf_pool {
    struct pf_pool_entry *first; /* ascending generation */
    uint64_t generations;        /* handed out so far */
    uint64_t epoch;
};

/* Puts the entry in under a new generation; fixes its group. If the group already knows how to undo its
 * topology, the entry's own way (which saw our changes as the original) goes to *ret_superfluous. */
void pf_pool_insert(struct pf_pool *pool, struct pf_pool_entry *entry, struct pf_restore *ret_superfluous);

/* Gives a kept entry that is taken again a new generation. */
void pf_pool_restamp(struct pf_pool *pool, struct pf_pool_entry *entry);

/* Takes the entry out. Its way to undo the topology goes to a sibling if there is one. */
void pf_pool_unlink(struct pf_pool *pool, struct pf_pool_entry *entry);

struct pf_pool_entry *pf_pool_find(const struct pf_pool *pool, uint64_t generation);

/* First kept entry that satisfies the request and was the same client's, else of anybody, unless a title of
 * his is in it; or NULL. */
struct pf_pool_entry *pf_pool_find_kept(const struct pf_pool *pool, const struct pf_display_backend *backend,
    const struct pf_display_request *request);

/* A kept entry that would satisfy the request in another mode, which it can change to, and that has to be
 * used because there can be no other; or NULL. */
struct pf_pool_entry *pf_pool_find_changeable(const struct pf_pool *pool,
    const struct pf_display_backend *backend, const struct pf_display_request *request);

/* True if an output of this back end that is made now would be alone in its group: no other is in use. The
 * entry with generation `except` does not count. */
bool pf_pool_is_first(const struct pf_pool *pool, const struct pf_display_backend *backend, uint64_t except);

/* Position of an output that is made now and not placed by hand. `except` as above. */
void pf_pool_next_position(const struct pf_pool *pool, const struct pf_display_backend *backend,
    uint64_t except, int32_t *ret_x, int32_t *ret_y);

/* Unlinks and returns one entry that has expired or belongs to an older session, of this back end (NULL: of
 * any); NULL if there is none. */
struct pf_pool_entry *pf_pool_take_expired(
    struct pf_pool *pool, const struct pf_display_backend *backend, uint64_t now_ns);

/* When pf_pool_take_expired has something to do next; UINT64_MAX: never. */
uint64_t pf_pool_next_expiry(const struct pf_pool *pool);

/* Unlinks and returns one kept entry: the one with this generation, or any (0). NULL if there is none. */
struct pf_pool_entry *pf_pool_take_kept(struct pf_pool *pool, uint64_t generation);

/* As pf_registry_snapshot. */
size_t pf_pool_rows(const struct pf_pool *pool, uint64_t now_ns, struct pf_display_row *rows, size_t max);
void pf_pool_row(const struct pf_pool *pool, const struct pf_pool_entry *entry, uint64_t now_ns,
    struct pf_display_row *ret_row);

#endif
