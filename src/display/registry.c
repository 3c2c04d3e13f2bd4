/* Blocking work (back ends, restores, callbacks) happens outside `lock`; every function here shows the same
 * pattern: look and change under the lock, unlock, act, look again. An entry stays in memory as long as
 * somebody holds a reference, so a slow call can never lose the output under its feet. */
#include "display/registry.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "display/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCOPE   "display"
#define TURN_NS (30 * PF_NS_PER_S)
/* The reaper looks this often in any case: a display that stays is worse than a thread that wakes up, and the
 * condition variables of glibc before 2.41 are known to lose a wake-up (its bug 25847). */
#define REAPER_NS (5 * PF_NS_PER_S)

struct pf_registry {
    struct pf_registry_config config;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* news for the reaper, and for those who wait for their turn */
    struct pf_pool pool;
    struct pf_session_env session; /* seen last */
    bool turn_taken;               /* a creation, mode change or teardown runs */
    bool closing;
    unsigned acquiring; /* calls of pf_registry_acquire that run */
    bool has_reaper;
    pthread_t reaper;
};

static uint64_t now_ns(const struct pf_registry *r)
{
    return r->config.now_ns ? r->config.now_ns(r->config.user) : pf_time_mono_ns();
}

/* False on time-out. `mono_ns` is real monotonic time. */
static bool wait_until(struct pf_registry *r, uint64_t mono_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(mono_ns / PF_NS_PER_S), .tv_nsec = (long)(mono_ns % PF_NS_PER_S)};
    return pthread_cond_timedwait(&r->changed, &r->lock, &until) != ETIMEDOUT;
}

/* Compositors crash when outputs come and go concurrently, so one of us acts at a time. */
static bool take_turn(struct pf_registry *r)
{
    uint64_t deadline = pf_time_mono_ns() + TURN_NS;
    pthread_mutex_lock(&r->lock);
    bool in_time = true;
    while (r->turn_taken && in_time)
        in_time = wait_until(r, deadline);
    bool mine = !r->turn_taken;
    r->turn_taken = true;
    pthread_mutex_unlock(&r->lock);
    return mine;
}

static void end_turn(struct pf_registry *r)
{
    pthread_mutex_lock(&r->lock);
    r->turn_taken = false;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static void tell(struct pf_registry *r, enum pf_registry_event event, const struct pf_display_row *row)
{
    static const char *const names[] = {"created", "reused", "released"};
    pf_log_info(SCOPE, "display %s slot=%llu backend=%s mode=%ux%u@%u.%03u", names[event],
        (unsigned long long)row->slot, row->backend, row->mode.width, row->mode.height,
        row->mode.refresh_mhz / 1000, row->mode.refresh_mhz % 1000);
    if (r->config.event)
        r->config.event(r->config.user, event, row);
}

static void entry_free(struct pf_pool_entry *e)
{
    if (e)
        free(e->launch);
    free(e);
}

/* Order matters: with the other heads still dark and ours gone the desktop would have no output at all. */
static void destroy_entry(struct pf_registry *r, struct pf_pool_entry *e)
{
    struct pf_display_row row;
    pf_pool_row(&(struct pf_pool){0}, e, 0, &row);
    row.age_ms = (now_ns(r) - e->born_ns) / PF_NS_PER_MS;
    bool mine = take_turn(r);
    if (e->restore.finish)
        e->restore.finish(e->restore.data, true);
    e->output->ops->destroy(e->output);
    if (mine)
        end_turn(r);
    entry_free(e);
    tell(r, PF_DISPLAY_RELEASED, &row);
}

/* Gives up a reference; the last one destroys the output. */
static void entry_unref(struct pf_registry *r, struct pf_pool_entry *e)
{
    pthread_mutex_lock(&r->lock);
    bool last = --e->refs == 0;
    pthread_mutex_unlock(&r->lock);
    if (last)
        destroy_entry(r, e);
}

/* Takes a kept entry back into use; the lock is held. */
static void reuse(struct pf_registry *r, struct pf_pool_entry *e, const struct pf_display_request *request)
{
    pf_lifecycle_acquire(&e->life);
    pf_pool_restamp(&r->pool, e);
    e->identity_slot = request->identity_slot;
    snprintf(e->client, sizeof(e->client), "%s", request->client ? request->client : "");
}

static struct pf_lease lease_of(struct pf_registry *r, const struct pf_pool_entry *e, bool reused)
{
    return (struct pf_lease){
        .registry = r, .generation = e->generation, .source = e->source, .reused = reused};
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
        struct pf_display_row row;
        if (still_kept && alive) {
            reuse(r, e, request);
            pf_pool_row(&r->pool, e, now_ns(r), &row);
            *ret_lease = lease_of(r, e, true);
        } else if (still_kept) {
            pf_pool_unlink(&r->pool, e);
            e->refs--; /* the pool's; ours goes below */
        }
        pthread_mutex_unlock(&r->lock);
        entry_unref(r, e);
        if (still_kept && alive) {
            tell(r, PF_DISPLAY_REUSED, &row);
            return true;
        }
    }
}

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
    e->restore = output->restore;
    output->restore = (struct pf_restore){0};

    struct pf_restore superfluous;
    pthread_mutex_lock(&r->lock);
    pf_lifecycle_acquire(&e->life);
    e->born_ns = now_ns(r);
    pf_pool_insert(&r->pool, e, &superfluous);
    pf_pool_row(&r->pool, e, now_ns(r), ret_row);
    *ret_lease = lease_of(r, e, false);
    pthread_mutex_unlock(&r->lock);
    if (superfluous.finish)
        superfluous.finish(superfluous.data, false);
}

static int create_fresh(struct pf_registry *r, const struct pf_session_env *env,
    const struct pf_display_backend *backend, const struct pf_display_request *wish, uint64_t supersedes,
    struct pf_lease *ret_lease, struct pf_error *err)
{
    struct pf_display_request request = *wish;
    request.journal = r->config.journal;
    request.scales = r->config.scales;
    bool placed = r->config.position && request.identity_slot &&
                  r->config.position(r->config.user, request.identity_slot, &request.x, &request.y);
    request.placed = placed;
    if (!take_turn(r))
        return pf_error_set(err, -ETIMEDOUT,
            "no display could be made: another one has been under way for 30 s; the compositor seems to "
            "hang");
    pthread_mutex_lock(&r->lock);
    request.first_in_group = pf_pool_is_first(&r->pool, backend, supersedes);
    if (!placed)
        pf_pool_next_position(&r->pool, backend, supersedes, &request.x, &request.y);
    bool closing = r->closing;
    pthread_mutex_unlock(&r->lock);

    int rc = 0;
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
    end_turn(r);
    if (!rc)
        tell(r, PF_DISPLAY_CREATED, &row);
    else
        entry_free(e);
    return rc;
}

/* Removes the oldest kept output of this back end; false if there is none. */
static bool give_up_kept(struct pf_registry *r, const struct pf_display_backend *backend)
{
    struct pf_pool_entry *taken = NULL;
    pthread_mutex_lock(&r->lock);
    for (const struct pf_pool_entry *e = r->pool.first, *next; e && !taken; e = next) {
        next = e->next;
        if (e->backend == backend)
            taken = pf_pool_take_kept(&r->pool, e->generation);
    }
    pthread_mutex_unlock(&r->lock);
    if (taken)
        entry_unref(r, taken);
    return taken != NULL;
}

int pf_registry_acquire(struct pf_registry *r, const struct pf_session_env *env,
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
    pf_registry_reap(r);
    int rc = 0;
    if (!try_reuse(r, backend, request, ret_lease))
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

/* Gives the lease's hold up under `policy`; the lease holds nothing afterwards. */
static void release(struct pf_lease *lease, struct pf_linger policy)
{
    struct pf_registry *r = lease->registry;
    pthread_mutex_lock(&r->lock);
    struct pf_pool_entry *e = pf_pool_find(&r->pool, lease->generation);
    bool gone = false;
    if (e) {
        bool keep = e->keepable && !r->closing;
        struct pf_linger linger = keep ? policy : (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};
        gone = pf_lifecycle_release(&e->life, now_ns(r), linger) == PF_LIFECYCLE_TEARDOWN;
        if (gone)
            pf_pool_unlink(&r->pool, e);
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    *lease = (struct pf_lease){0};
    if (gone)
        entry_unref(r, e);
}

void pf_lease_release(struct pf_lease *lease, bool quit)
{
    struct pf_registry *r = lease->registry;
    if (!r)
        return;
    struct pf_linger policy = {.kind = PF_LINGER_IMMEDIATE};
    if (r->config.linger)
        policy = r->config.linger(r->config.user);
    release(lease, pf_linger_effective(quit, policy));
}

void pf_lease_retire(struct pf_lease *lease)
{
    if (lease->registry)
        release(lease, (struct pf_linger){.kind = PF_LINGER_IMMEDIATE});
}

void pf_lease_mark_failed(struct pf_lease *lease)
{
    if (lease->registry)
        pf_log_warn(SCOPE, "a display failed or gave no picture; it is removed slot=%llu",
            (unsigned long long)lease->generation);
    pf_lease_retire(lease);
}

bool pf_lease_has_ended(const struct pf_lease *lease)
{
    struct pf_registry *r = lease->registry;
    if (!r)
        return false;
    pthread_mutex_lock(&r->lock);
    struct pf_pool_entry *e = pf_pool_find(&r->pool, lease->generation);
    if (e)
        e->refs++;
    pthread_mutex_unlock(&r->lock);
    if (!e)
        return false;
    bool ended = e->output->ops->has_ended && e->output->ops->has_ended(e->output);
    entry_unref(r, e);
    return ended;
}

unsigned pf_registry_force_release(struct pf_registry *r, uint64_t slot)
{
    unsigned n = 0;
    for (;;) {
        pthread_mutex_lock(&r->lock);
        struct pf_pool_entry *e = pf_pool_take_kept(&r->pool, slot);
        pthread_mutex_unlock(&r->lock);
        if (!e)
            return n;
        entry_unref(r, e);
        n++;
    }
}

/* Takes out one output that was made in an earlier desktop session of this kind; false if there is none. */
static bool forget_one(struct pf_registry *r, enum pf_session_kind kind)
{
    struct pf_restore restore = {0};
    pthread_mutex_lock(&r->lock);
    struct pf_pool_entry *e = r->pool.first;
    while (e && (e->epoch == r->pool.epoch || e->backend->kind != kind))
        e = e->next;
    if (e) {
        restore = e->restore;
        e->restore = (struct pf_restore){0};
        pf_pool_unlink(&r->pool, e);
    }
    pthread_mutex_unlock(&r->lock);
    if (restore.finish)
        restore.finish(restore.data, false); /* nothing is left to put back in order in a dead compositor */
    if (e)
        entry_unref(r, e);
    return e != NULL;
}

void pf_registry_observe(struct pf_registry *r, const struct pf_session_env *env)
{
    if (!pf_session_env_is_live(env))
        return;
    pthread_mutex_lock(&r->lock);
    enum pf_session_kind before = r->session.kind;
    bool changed = before != PF_SESSION_NONE && !pf_session_env_is_same(&r->session, env);
    bool first = before == PF_SESSION_NONE;
    r->session = *env;
    if (changed) {
        r->pool.epoch++;
        pthread_cond_broadcast(&r->changed); /* kept outputs of other kinds are the reaper's now */
    }
    pthread_mutex_unlock(&r->lock);
    if (changed)
        pf_log_info(SCOPE, "another desktop session runs now kind=%s pid=%d", pf_session_kind_name(env->kind),
            (int)env->pid);
    while (changed && before != PF_SESSION_GAMESCOPE && forget_one(r, before))
        ;
    if ((first || changed) && r->config.session_began)
        r->config.session_began(r->config.user, env);
}

void pf_registry_reap(struct pf_registry *r)
{
    for (;;) {
        pthread_mutex_lock(&r->lock);
        struct pf_pool_entry *e = pf_pool_take_expired(&r->pool, now_ns(r));
        pthread_mutex_unlock(&r->lock);
        if (!e)
            return;
        entry_unref(r, e);
    }
}

size_t pf_registry_snapshot(struct pf_registry *r, struct pf_display_row *rows, size_t max)
{
    pthread_mutex_lock(&r->lock);
    size_t n = pf_pool_rows(&r->pool, now_ns(r), rows, max);
    pthread_mutex_unlock(&r->lock);
    return n;
}

/* The next entry after this generation that wants to be looked after, with a reference; NULL: none. */
static struct pf_pool_entry *next_to_look_after(struct pf_registry *r, uint64_t generation)
{
    struct pf_pool_entry *found = NULL;
    pthread_mutex_lock(&r->lock);
    for (struct pf_pool_entry *e = r->closing ? NULL : r->pool.first; e; e = e->next)
        if (e->output->ops->look_after && e->generation > generation &&
            (!found || e->generation < found->generation))
            found = e;
    if (found)
        found->refs++;
    pthread_mutex_unlock(&r->lock);
    return found;
}

void pf_registry_look_after(struct pf_registry *r)
{
    struct pf_pool_entry *e;
    for (uint64_t generation = 0; (e = next_to_look_after(r, generation));) {
        generation = e->generation;
        e->output->ops->look_after(e->output);
        entry_unref(r, e);
    }
}

static void reaper_main(void *arg)
{
    struct pf_registry *r = arg;
    uint64_t look = pf_time_mono_ns() + REAPER_NS;
    pthread_mutex_lock(&r->lock);
    while (!r->closing) {
        uint64_t next = pf_pool_next_expiry(&r->pool), now = pf_time_mono_ns();
        if (now >= look) {
            pthread_mutex_unlock(&r->lock);
            pf_registry_look_after(r);
            look = pf_time_mono_ns() + REAPER_NS;
            pthread_mutex_lock(&r->lock);
        } else if (now < next) {
            wait_until(r, next < look ? next : look);
        } else {
            pthread_mutex_unlock(&r->lock);
            pf_registry_reap(r);
            pthread_mutex_lock(&r->lock);
        }
    }
    pthread_mutex_unlock(&r->lock);
}

int pf_registry_create(const struct pf_registry_config *config, struct pf_registry **ret_registry)
{
    struct pf_registry *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->config = *config;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);

    int rc = 0;
    if (!config->now_ns) {
        rc = pf_thread_start(&r->reaper, "display-linger", PF_THREAD_NORMAL, reaper_main, r);
        r->has_reaper = rc == 0;
    }
    if (rc)
        pf_registry_destroy(r);
    else
        *ret_registry = r;
    return rc;
}

void pf_registry_destroy(struct pf_registry *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_broadcast(&r->changed);
    while (r->acquiring)
        pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
    if (r->has_reaper)
        pthread_join(r->reaper, NULL);

    for (;;) {
        pthread_mutex_lock(&r->lock);
        struct pf_pool_entry *e = r->pool.first;
        if (e)
            pf_pool_unlink(&r->pool, e);
        pthread_mutex_unlock(&r->lock);
        if (!e)
            break;
        entry_unref(r, e);
    }
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
