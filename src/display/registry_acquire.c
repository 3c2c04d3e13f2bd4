/* Making, reusing and changing outputs. */
#include "display/registry_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int explain_turn(int rc, struct pf_error *err)
{
    if (rc == -ECANCELED)
        return pf_error_set(err, rc, "no display is made: nobody waits for it any more");
    return pf_error_set(err, rc,
        "no display could be made: another one has been under way for 30 s; the compositor seems to hang");
}

/* ---- kept ones ------------------------------------------------------------------------------------------
 */

/* Takes a kept entry back into use; the lock is held. True if it had another identity: welcome it. */
static bool reuse(struct pf_registry *r, struct pf_pool_entry *e, const struct pf_display_request *request)
{
    bool is_another = e->identity_slot != request->identity_slot;
    pf_lifecycle_acquire(&e->life);
    pf_pool_restamp(&r->pool, e);
    e->identity_slot = request->identity_slot;
    snprintf(e->client, sizeof(e->client), "%s", request->client ? request->client : "");
    return is_another;
}

/* Has the output belong to its new identity; the caller holds a reference. */
static void welcome(struct pf_pool_entry *e, const struct pf_display_request *request)
{
    if (e->output->ops->change_identity)
        e->output->ops->change_identity(e->output, request->identity_slot);
}

static struct pf_lease lease_of(struct pf_registry *r, const struct pf_pool_entry *e, bool reused)
{
    return (struct pf_lease){.registry = r,
        .generation = e->generation,
        .source = e->source,
        .reused = reused,
        .in_place = e->in_place};
}

/* Looks for a kept output that fits and still lives. Returns true if ret_lease was set. */
static bool try_reuse(struct pf_registry *r, const struct pf_display_backend *backend,
    const struct pf_display_request *request, struct pf_lease *ret_lease)
{
    for (;;) {
        pthread_mutex_lock(&r->lock);
        struct pf_pool_entry *e = pf_pool_find_kept(&r->pool, backend, request);
        uint64_t generation = e ? e->generation : 0;
        if (e)
            e->refs++;
        pthread_mutex_unlock(&r->lock);
        if (!e)
            return false;

        bool alive = e->output->ops->alive(e->output);

        pthread_mutex_lock(&r->lock);
        /* Meanwhile somebody else may have taken it or torn it down. */
        bool still_kept = pf_pool_find(&r->pool, generation) == e && e->life.state != PF_LIFECYCLE_ACTIVE;
        bool is_another = false;
        struct pf_display_row row;
        if (still_kept && alive) {
            is_another = reuse(r, e, request);
            pf_pool_row(&r->pool, e, pf_registry_now_ns(r), &row);
            *ret_lease = lease_of(r, e, true);
        } else if (still_kept) {
            pf_pool_unlink(&r->pool, e);
            e->refs--; /* the pool's; ours goes below */
        }
        pthread_mutex_unlock(&r->lock);
        if (is_another)
            welcome(e, request);
        pf_registry_unref(r, e);
        if (still_kept && alive) {
            pf_registry_tell(r, PF_DISPLAY_REUSED, &row);
            return true;
        }
    }
}

/* ---- new ones -------------------------------------------------------------------------------------------
 */

static struct pf_pool_entry *entry_create(
    const struct pf_display_backend *backend, const struct pf_display_request *request, bool placed)
{
    struct pf_pool_entry *e = calloc(1, sizeof(*e));
    char *launch = request->launch ? strdup(request->launch) : NULL;
    if (!e || (request->launch && !launch)) {
        free(e);
        free(launch);
        return NULL;
    }
    *e = (struct pf_pool_entry){
        .refs = 1,
        .backend = backend,
        .mode = request->mode,
        .hdr = request->hdr,
        .hardware_cursor = request->hardware_cursor,
        .launch = launch,
        .topology = request->topology,
        .identity_slot = request->identity_slot,
        .placed = placed,
        .x = request->x,
        .y = request->y,
    };
    snprintf(e->client, sizeof(e->client), "%s", request->client ? request->client : "");
    return e;
}

/* Puts a finished output into the pool. */
static void adopt(struct pf_registry *r, struct pf_pool_entry *e, struct pf_output *output,
    struct pf_lease *ret_lease, struct pf_display_row *ret_row)
{
    e->output = output;
    e->source = output->source;
    e->keepable = output->keepable;
    e->only_one = output->only_one;
    e->in_place = output->ops->remode != NULL;
    e->restore = output->restore;
    output->restore = (struct pf_restore){0};

    struct pf_restore superfluous;
    pthread_mutex_lock(&r->lock);
    pf_lifecycle_acquire(&e->life);
    e->born_ns = pf_registry_now_ns(r);
    pf_pool_insert(&r->pool, e, &superfluous);
    pf_pool_row(&r->pool, e, pf_registry_now_ns(r), ret_row);
    *ret_lease = lease_of(r, e, false);
    pthread_mutex_unlock(&r->lock);
    if (superfluous.finish)
        superfluous.finish(superfluous.data, false);
}

static int create_fresh(struct pf_registry *r, const struct pf_desktop_env *env,
    const struct pf_display_backend *backend, const struct pf_display_request *wish, uint64_t supersedes,
    struct pf_lease *ret_lease, struct pf_error *err)
{
    struct pf_display_request request = *wish;
    request.journal = r->config.journal;
    request.scales = r->config.scales;
    bool placed = r->config.position && request.identity_slot &&
                  r->config.position(r->config.user, request.identity_slot, &request.x, &request.y);
    request.placed = placed;
    struct pf_turn turn;
    int rc = pf_turns_take(&r->turns, &turn, backend, request.cancel);
    if (rc < 0)
        return explain_turn(rc, err);
    pthread_mutex_lock(&r->lock);
    request.first_in_group = pf_pool_is_first(&r->pool, backend, supersedes);
    if (!placed)
        pf_pool_next_position(&r->pool, backend, supersedes, &request.x, &request.y);
    bool closing = r->closing;
    pthread_mutex_unlock(&r->lock);

    struct pf_output *output = NULL;
    struct pf_pool_entry *e = entry_create(backend, &request, placed);
    if (closing)
        rc = pf_error_set(err, -ECANCELED, "no display is made: the host is stopping");
    else if (!e)
        rc = pf_error_set(err, -ENOMEM, "no display could be made: out of memory");
    else
        rc = backend->create(env, &request, &output, err);
    struct pf_display_row row;
    if (!rc && env)
        strcpy(output->source.dbus_address, env->dbus_address);
    if (!rc)
        adopt(r, e, output, ret_lease, &row);
    pf_turns_end(&r->turns, &turn);
    if (!rc) {
        pf_registry_tell(r, PF_DISPLAY_CREATED, &row);
    } else {
        pf_registry_entry_free(e);
        pf_registry_owe(r, backend);
    }
    return rc;
}

/* Removes the kept output that is the only one its desktop can have; false if there is none. */
static bool give_up_kept(struct pf_registry *r, const struct pf_display_backend *backend)
{
    struct pf_pool_entry *taken = NULL;
    pthread_mutex_lock(&r->lock);
    for (const struct pf_pool_entry *e = r->pool.first, *next; e && !taken; e = next) {
        next = e->next;
        if (e->backend == backend && e->only_one)
            taken = pf_pool_take_kept(&r->pool, e->generation);
    }
    pthread_mutex_unlock(&r->lock);
    if (taken)
        pf_registry_unref(r, taken);
    return taken != NULL;
}

/* ---- another mode ---------------------------------------------------------------------------------------
 */

int pf_registry_remode(struct pf_registry *r, struct pf_pool_entry *e, const struct pf_mode *mode,
    const struct pf_cancel *cancel, struct pf_error *err)
{
    struct pf_turn turn;
    struct pf_output *output = e->output;
    if (!output->ops->remode)
        return pf_error_set(err, -ENOTSUP, "this display cannot change its mode");
    int rc = pf_turns_take(&r->turns, &turn, e->backend, cancel);
    if (rc < 0)
        return explain_turn(rc, err);
    rc = output->ops->remode(output, mode, cancel, err);
    if (rc == 0) {
        pthread_mutex_lock(&r->lock);
        strcpy(output->source.dbus_address, e->source.dbus_address);
        e->source = output->source;
        e->mode = *mode;
        pthread_mutex_unlock(&r->lock);
    }
    pf_turns_end(&r->turns, &turn);
    return rc;
}

/* Takes the one kept output of a desktop that has only one, and gives it the wanted mode: removing it would
 * bring back, for a moment, what it stands in for. True if ret_lease was set. */
static bool try_change(struct pf_registry *r, const struct pf_display_backend *backend,
    const struct pf_display_request *request, struct pf_lease *ret_lease, struct pf_error *err)
{
    pthread_mutex_lock(&r->lock);
    struct pf_pool_entry *e = pf_pool_find_changeable(&r->pool, backend, request);
    bool is_another = false;
    if (e) {
        e->refs++;
        is_another = reuse(r, e, request);
    }
    pthread_mutex_unlock(&r->lock);
    if (!e)
        return false;

    if (is_another)
        welcome(e, request);
    int rc = pf_registry_remode(r, e, &request->mode, request->cancel, err);

    struct pf_display_row row;
    pthread_mutex_lock(&r->lock);
    bool there = pf_pool_find(&r->pool, e->generation) == e;
    if (rc == 0 && there) {
        pf_pool_row(&r->pool, e, pf_registry_now_ns(r), &row);
        *ret_lease = lease_of(r, e, true);
    } else if (there) { /* who knows what it shows */
        pf_pool_unlink(&r->pool, e);
        e->refs--;
    }
    pthread_mutex_unlock(&r->lock);
    pf_registry_unref(r, e);
    if (rc < 0 || !there)
        return false;
    pf_registry_tell(r, PF_DISPLAY_REUSED, &row);
    return true;
}

int pf_registry_acquire(struct pf_registry *r, const struct pf_desktop_env *env,
    const struct pf_display_backend *backend, const struct pf_display_request *request,
    const struct pf_lease *supersedes, struct pf_lease *ret_lease, struct pf_error *err)
{
    pthread_mutex_lock(&r->lock);
    bool closing = r->closing;
    if (!closing)
        r->acquiring++;
    pthread_mutex_unlock(&r->lock);
    if (closing)
        return pf_error_set(err, -ECANCELED, "no display is made: the host is stopping");

    if (env)
        pf_registry_observe(r, env);
    if (!backend->group_per_output) /* else it makes room for nobody */
        pf_registry_expire(r, backend);
    int rc = 0;
    if (!try_reuse(r, backend, request, ret_lease) && !try_change(r, backend, request, ret_lease, err))
        do
            rc = create_fresh(
                r, env, backend, request, supersedes ? supersedes->generation : 0, ret_lease, err);
        while (rc == -EBUSY && give_up_kept(r, backend)); /* a desktop that has one: nobody uses it now */

    pthread_mutex_lock(&r->lock);
    r->acquiring--;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return rc;
}
