/* Life, leases, and what expires. */
#include "display/registry_impl.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The reaper looks this often in any case: a display that stays is worse than a thread that wakes up, and the
 * condition variables of glibc before 2.41 are known to lose a wake-up (its bug 25847). */
#define REAPER_NS (5 * PF_NS_PER_S)

/* Until there is news, at most until this moment of real monotonic time; the lock is held. */
static void wait_until(struct pf_registry *r, uint64_t mono_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(mono_ns / PF_NS_PER_S), .tv_nsec = (long)(mono_ns % PF_NS_PER_S)};
    pthread_cond_timedwait(&r->changed, &r->lock, &until);
}

/* An output of this back end has gone, or came to nothing. */
void pf_registry_owe(struct pf_registry *r, const struct pf_display_backend *backend)
{
    if (!backend->settle)
        return;
    pthread_mutex_lock(&r->lock);
    pf_debts_owe(&r->debts, backend, pf_registry_now_ns(r));
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void pf_registry_tell(struct pf_registry *r, enum pf_registry_event event, const struct pf_display_row *row)
{
    static const char *const names[] = {"created", "reused", "released"};
    pf_log_info(PF_REGISTRY_SCOPE, "display %s slot=%llu backend=%s mode=%ux%u@%u.%03u", names[event],
        (unsigned long long)row->slot, row->backend, row->mode.width, row->mode.height,
        row->mode.refresh_mhz / 1000, row->mode.refresh_mhz % 1000);
    if (r->config.event)
        r->config.event(r->config.user, event, row);
}

void pf_registry_entry_free(struct pf_pool_entry *e)
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
    row.age_ms = (pf_registry_now_ns(r) - e->born_ns) / PF_NS_PER_MS;
    const struct pf_display_backend *backend = e->backend;
    struct pf_turn turn;
    pf_turns_take(&r->turns, &turn, backend, NULL); /* it goes in any case */
    if (e->restore.finish)
        e->restore.finish(e->restore.data, true);
    e->output->ops->destroy(e->output);
    pf_turns_end(&r->turns, &turn);
    pf_registry_entry_free(e);
    pf_registry_owe(r, backend);
    pf_registry_tell(r, PF_DISPLAY_RELEASED, &row);
}

/* Gives up a reference; the last one destroys the output. */
void pf_registry_unref(struct pf_registry *r, struct pf_pool_entry *e)
{
    pthread_mutex_lock(&r->lock);
    bool last = --e->refs == 0;
    pthread_mutex_unlock(&r->lock);
    if (last)
        destroy_entry(r, e);
}

/* Removes what has expired, of one back end or (NULL) of all. */
void pf_registry_expire(struct pf_registry *r, const struct pf_display_backend *backend)
{
    for (;;) {
        pthread_mutex_lock(&r->lock);
        struct pf_pool_entry *e = pf_pool_take_expired(&r->pool, backend, pf_registry_now_ns(r));
        pthread_mutex_unlock(&r->lock);
        if (!e)
            return;
        pf_registry_unref(r, e);
    }
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
        gone = pf_lifecycle_release(&e->life, pf_registry_now_ns(r), linger) == PF_LIFECYCLE_TEARDOWN;
        if (gone)
            pf_pool_unlink(&r->pool, e);
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    *lease = (struct pf_lease){0};
    if (gone)
        pf_registry_unref(r, e);
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
        pf_log_warn(PF_REGISTRY_SCOPE, "a display failed or gave no picture; it is removed slot=%llu",
            (unsigned long long)lease->generation);
    pf_lease_retire(lease);
}

/* The entry of a lease, with a reference for a call that takes its time; NULL if it is gone. */
static struct pf_pool_entry *entry_of(const struct pf_lease *lease)
{
    struct pf_registry *r = lease->registry;
    if (!r)
        return NULL;
    pthread_mutex_lock(&r->lock);
    struct pf_pool_entry *e = pf_pool_find(&r->pool, lease->generation);
    if (e)
        e->refs++;
    pthread_mutex_unlock(&r->lock);
    return e;
}

int pf_lease_remode(
    struct pf_lease *lease, const struct pf_mode *mode, const struct pf_cancel *cancel, struct pf_error *err)
{
    struct pf_pool_entry *e = entry_of(lease);
    if (!e)
        return pf_error_set(err, -ENODEV, "the display is gone");
    int rc = pf_registry_remode(lease->registry, e, mode, cancel, err);
    if (rc == 0) {
        lease->source = e->source;
        pf_log_info(PF_REGISTRY_SCOPE, "display changed slot=%llu backend=%s mode=%ux%u@%u.%03u",
            (unsigned long long)lease->generation, e->backend->name, e->source.mode.width,
            e->source.mode.height, e->source.mode.refresh_mhz / 1000, e->source.mode.refresh_mhz % 1000);
    }
    pf_registry_unref(lease->registry, e);
    return rc;
}

bool pf_lease_has_ended(const struct pf_lease *lease)
{
    struct pf_pool_entry *e = entry_of(lease);
    if (!e)
        return false;
    bool ended = e->output->ops->has_ended && e->output->ops->has_ended(e->output);
    pf_registry_unref(lease->registry, e);
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
        pf_registry_unref(r, e);
        n++;
    }
}

/* Takes out one output that was made in an earlier desktop session of this kind; false if there is none. */
static bool forget_one(struct pf_registry *r, enum pf_desktop_kind kind)
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
        pf_registry_unref(r, e);
    return e != NULL;
}

void pf_registry_observe(struct pf_registry *r, const struct pf_desktop_env *env)
{
    if (!pf_desktop_env_is_live(env))
        return;
    pthread_mutex_lock(&r->lock);
    enum pf_desktop_kind before = r->session.kind;
    bool changed = before != PF_DESKTOP_NONE && !pf_desktop_env_is_same(&r->session, env);
    bool first = before == PF_DESKTOP_NONE;
    r->session = *env;
    if (changed) {
        r->pool.epoch++;
        pthread_cond_broadcast(&r->changed); /* kept outputs of other kinds are the reaper's now */
    }
    pthread_mutex_unlock(&r->lock);
    if (changed)
        pf_log_info(PF_REGISTRY_SCOPE, "another desktop session runs now kind=%s pid=%d",
            pf_desktop_kind_name(env->kind), (int)env->pid);
    while (changed && before != PF_DESKTOP_GAMESCOPE && forget_one(r, before))
        ;
    if ((first || changed) && r->config.session_began)
        r->config.session_began(r->config.user, env);
}

/* True if there was a back end whose time had come. */
static bool settle_one(struct pf_registry *r)
{
    struct pf_debt due;
    struct pf_desktop_env env;
    pthread_mutex_lock(&r->lock);
    bool any = pf_debts_find_due(&r->debts, pf_registry_now_ns(r), &due);
    pthread_mutex_unlock(&r->lock);
    if (!any)
        return false;
    pf_desktop_env_detect_any(NULL, &env);
    bool all_undone = due.backend->settle(&env, r->config.journal);
    pthread_mutex_lock(&r->lock);
    pf_debts_tried(&r->debts, &due, all_undone, pf_registry_now_ns(r));
    pthread_mutex_unlock(&r->lock);
    return true;
}

void pf_registry_reap(struct pf_registry *r)
{
    pf_registry_expire(r, NULL);
    while (settle_one(r))
        ;
}

size_t pf_registry_snapshot(struct pf_registry *r, struct pf_display_row *rows, size_t max)
{
    pthread_mutex_lock(&r->lock);
    size_t n = pf_pool_rows(&r->pool, pf_registry_now_ns(r), rows, max);
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
        pf_registry_unref(r, e);
    }
}

static void reaper_main(void *arg)
{
    struct pf_registry *r = arg;
    uint64_t look = pf_time_mono_ns() + REAPER_NS;
    pthread_mutex_lock(&r->lock);
    while (!r->closing) {
        uint64_t expiry = pf_pool_next_expiry(&r->pool), debt = pf_debts_next(&r->debts),
                 now = pf_time_mono_ns();
        uint64_t next = expiry < debt ? expiry : debt;
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
    pf_turns_init(&r->turns);

    int rc = 0;
    if (!config->now_ns) {
        rc = pf_thread_start(&r->reaper, "linger", PF_THREAD_NORMAL, reaper_main, r);
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
        pf_registry_unref(r, e);
    }
    pf_turns_finish(&r->turns);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
