#include "display/wlroots/wlroots.h"

#include "base/log.h"
#include "base/time.h"
#include "display/wlroots/sway_ipc.h"
#include "display/wlroots/sway_outputs.h"
#include "display/wlroots/topology.h"
#include "display/wlroots/windows.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE "sway"

#define POLL_NS    (50 * PF_NS_PER_MS)
#define APPEAR_NS  (5 * PF_NS_PER_S) /* for a new output to be listed */
#define SETTLE_NS  (5 * PF_NS_PER_S) /* for a mode to take effect */
#define REMOVAL_NS (3 * PF_NS_PER_S)

struct sway_output {
    struct pf_output base;
    char socket[108];
    char session[PF_JOURNAL_SESSION_SIZE];
    struct pf_journal *journal;
};

/* Serialises creations, because a new output is known only by comparing the lists before and after. */
static pthread_mutex_t creation = PTHREAD_MUTEX_INITIALIZER;

/* -- Notes --------------------------------------------------------------------------------------------- */

static void report_note(int rc, const char *name, const struct pf_error *err)
{
    /* The note only matters after a crash: failing to write it must not keep anybody from playing. */
    if (rc)
        pf_log_warn(SCOPE, "output %s will not be cleaned up after a crash: %s", name, err->text);
}

static void note_output(const struct pf_sway_desktop *d, const char *name, bool parked)
{
    struct pf_error err = {"out of memory"};
    struct pf_journal_entry e = {
        .owner = PF_SWAY_OWNER, .kind = PF_SWAY_OUTPUT, .before = json_pack("{s:b}", "parked", (int)parked)};
    snprintf(e.session, sizeof(e.session), "%s", d->session);
    snprintf(e.name, sizeof(e.name), "%s", name);
    report_note(pf_journal_set(d->journal, &e, &err), name, &err);
    json_decref(e.before);
}

static void forget_output(const struct pf_sway_desktop *d, const char *name)
{
    pf_journal_forget(d->journal, PF_SWAY_OWNER, PF_SWAY_OUTPUT, d->session, name);
}

/* A creation is under way: the output will be the lowest HEADLESS-n with n > after. */
static void note_creation(const struct pf_sway_desktop *d, unsigned after)
{
    struct pf_error err = {"out of memory"};
    struct pf_journal_entry e = {
        .owner = PF_SWAY_OWNER, .kind = PF_SWAY_CREATING, .before = json_pack("{s:i}", "after", (int)after)};
    snprintf(e.session, sizeof(e.session), "%s", d->session);
    report_note(pf_journal_set(d->journal, &e, &err), "HEADLESS", &err);
    json_decref(e.before);
}

static bool is_parked(const struct pf_journal_entry *e)
{
    return json_is_true(json_object_get(e->before, "parked"));
}

/* -- Reading back -------------------------------------------------------------------------------------- */

struct expectation {
    const char *name;
    struct pf_mode mode; /* all 0: any */
    bool active;
    const struct pf_cancel *cancel; /* nobody waits for it any more; may be NULL */
};

static bool met(const struct expectation *want, const struct pf_sway_outputs *outputs)
{
    const struct pf_sway_output *o = pf_sway_outputs_find(outputs, want->name);
    if (!want->active)
        return !o || !o->active;
    return o && o->active && (!want->mode.width || pf_mode_equal(&o->mode, &want->mode));
}

/* Polls until sway's list shows what is expected: its "success" proves nothing. -ETIMEDOUT if it never does;
 * *ret_last is the last list either way. */
static int await_outputs(int fd, const struct expectation *want, uint64_t budget_ns,
    struct pf_sway_outputs *ret_last, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + budget_ns;
    for (;;) {
        int rc = pf_sway_outputs_get(fd, ret_last, err);
        if (rc)
            return rc;
        if (met(want, ret_last))
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ETIMEDOUT;
        if (pf_cancel_sleep_until(want->cancel, pf_time_mono_ns() + POLL_NS))
            return pf_display_check_wanted(want->cancel, err);
    }
}

/* -- Mode ---------------------------------------------------------------------------------------------- */

static int apply_mode(int fd, const char *name, const struct pf_mode *mode, const struct pf_cancel *cancel,
    struct pf_error *err)
{
    struct expectation want = {.name = name, .mode = *mode, .active = true, .cancel = cancel};
    struct pf_sway_outputs last;
    char words[64];
    pf_sway_mode_words(mode, true, words);
    int rc = pf_sway_command(fd, err, "output %s %s", name, words);
    if (!rc)
        rc = pf_sway_command(fd, err, "output %s enable", name);
    if (rc)
        return rc;
    rc = await_outputs(fd, &want, SETTLE_NS, &last, err);
    if (rc != -ETIMEDOUT)
        return rc;
    const struct pf_sway_output *o = pf_sway_outputs_find(&last, name);
    return pf_error_set(err, -EIO,
        "sway accepted %ux%u at %u.%03u Hz for %s but shows %ux%u at %u.%03u Hz%s; its log says why",
        mode->width, mode->height, mode->refresh_mhz / 1000, mode->refresh_mhz % 1000, name,
        o ? o->mode.width : 0, o ? o->mode.height : 0, o ? o->mode.refresh_mhz / 1000 : 0,
        o ? o->mode.refresh_mhz % 1000 : 0, o && o->active ? "" : " (output off)");
}

/* -- Removal ------------------------------------------------------------------------------------------- */

/* Some other active output, for the focus; NULL if there is none. */
static const struct pf_sway_output *other_output(const struct pf_sway_outputs *outputs, const char *name)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->item[i].active && strcmp(outputs->item[i].name, name) != 0)
            return &outputs->item[i];
    return NULL;
}

/* The right edge of the other active outputs. */
static int64_t right_edge(const struct pf_sway_outputs *outputs, const char *name)
{
    int64_t edge = 0;
    for (size_t i = 0; i < outputs->count; i++) {
        const struct pf_sway_output *o = &outputs->item[i];
        int64_t right = (int64_t)o->x + o->mode.width;
        if (o->active && strcmp(o->name, name) != 0 && right > edge)
            edge = right;
    }
    return edge;
}

/* For a sway without `unplug`. Its headless outputs refuse to be disabled as well ("Failed to commit" in its
 * log, yet success in the answer), so the output is made too small to cost anything. It is no slower, because
 * the first picture of whoever takes it next comes only when the frame that is under way is over. */
static int park(int fd, const char *name, struct pf_error *err)
{
    static const struct pf_mode tiny = {64, 64, 30000};
    struct pf_sway_outputs outputs;
    int rc = apply_mode(fd, name, &tiny, NULL, err);
    if (!rc)
        rc = pf_sway_outputs_get(fd, &outputs, err);
    if (rc)
        return rc;
    const struct pf_sway_output *self = pf_sway_outputs_find(&outputs, name);
    int64_t edge = right_edge(&outputs, name);
    if (self && self->x < edge) /* it was placed: nothing shall lie under it */
        pf_sway_command(fd, NULL, "output %s position %lld 0", name, (long long)edge);
    const struct pf_sway_output *other = other_output(&outputs, name);
    if (other && self && self->focused)
        rc = pf_sway_command(fd, err, "focus output %s", other->name);
    return rc;
}

/* Takes the output out of use. *ret_parked: it still exists. -ENODEV if it was gone already. */
static int remove_output(int fd, const char *name, bool *ret_parked, struct pf_error *err)
{
    struct pf_sway_outputs outputs;
    int rc = pf_sway_outputs_get(fd, &outputs, err);
    if (rc)
        return rc;
    *ret_parked = false;
    if (!pf_sway_outputs_find(&outputs, name))
        return -ENODEV;
    rc = pf_sway_command(fd, err, "output %s unplug", name);
    if (rc == -ENOTSUP) {
        *ret_parked = true;
        return park(fd, name, err);
    }
    struct expectation gone = {.name = name};
    return rc ? rc : await_outputs(fd, &gone, REMOVAL_NS, &outputs, err);
}

/* Removes the output. What this sway cannot remove is noted as parked: the next display takes it, or the next
 * host. Negative: it may still be there. desktop->fd < 0: sway has ended. */
static int clear(const struct pf_sway_desktop *d, const char *name)
{
    struct pf_error err = {"it is still listed"};
    bool parked = false;
    int rc = d->fd < 0 ? -ENODEV : remove_output(d->fd, name, &parked, &err);
    rc = rc == -ENODEV ? 0 : rc;
    if (rc)
        pf_log_warn(SCOPE, "could not remove output %s: %s", name, err.text);
    else if (parked)
        note_output(d, name, true);
    return rc ? rc : parked;
}

/* One of this process's own; brings the notes up to date. The next display takes what is still there. */
static void discard(const struct pf_sway_desktop *d, const char *name)
{
    int rc = clear(d, name);
    if (rc < 0)
        note_output(d, name, true);
    else if (rc == 0)
        forget_output(d, name);
}

/* -- Creation ------------------------------------------------------------------------------------------ */

/* An output that a former display of ours left in this sway. False: there is none. */
static bool find_parked(
    const struct pf_sway_desktop *d, const struct pf_sway_outputs *outputs, char ret_name[64])
{
    struct pf_journal_list ours = {0};
    const struct pf_sway_output *found = NULL;
    if (pf_journal_entries(d->journal, PF_SWAY_OWNER, PF_SWAY_OUTPUT, d->session, &ours))
        return false;
    for (size_t i = 0; !found && i < ours.count; i++)
        if (is_parked(&ours.item[i]))
            found = pf_sway_outputs_find(outputs, ours.item[i].name);
    pf_journal_list_finish(&ours);
    if (found)
        strcpy(ret_name, found->name);
    return found;
}

static unsigned highest_headless(const struct pf_sway_outputs *outputs)
{
    unsigned highest = 0;
    for (size_t i = 0; i < outputs->count; i++) {
        unsigned n = pf_sway_headless_number(outputs->item[i].name);
        highest = n > highest ? n : highest;
    }
    return highest;
}

static int await_new(int fd, const struct pf_sway_outputs *before, char name[64], struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + APPEAR_NS;
    for (;;) {
        struct pf_sway_outputs now;
        int rc = pf_sway_outputs_get(fd, &now, err);
        if (rc)
            return rc;
        const struct pf_sway_output *o = pf_sway_outputs_new(before, &now);
        if (o) {
            strcpy(name, o->name);
            return 0;
        }
        if (pf_time_mono_ns() >= deadline)
            return pf_error_set(err, -ETIMEDOUT,
                "sway accepted a new output but did not show it within 5 s; its log says why");
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* Gets hold of an output, new or parked, and notes it before it is there. */
static int obtain(const struct pf_sway_desktop *d, char name[64], struct pf_error *err)
{
    struct pf_sway_outputs before;
    int rc = pf_sway_outputs_get(d->fd, &before, err);
    if (rc)
        return rc;
    if (before.count == PF_SWAY_OUTPUTS_MAX)
        return pf_error_set(err, -ENOSPC, "this sway already has %d outputs", PF_SWAY_OUTPUTS_MAX);
    if (find_parked(d, &before, name)) {
        note_output(d, name, false);
        return 0;
    }
    note_creation(d, highest_headless(&before));
    rc = pf_sway_command(d->fd, err, "create_output");
    if (!rc)
        rc = await_new(d->fd, &before, name, err);
    if (!rc)
        note_output(d, name, false);
    pf_journal_forget(d->journal, PF_SWAY_OWNER, PF_SWAY_CREATING, d->session, NULL);
    return rc;
}

static bool output_alive(struct pf_output *base)
{
    struct sway_output *o = (struct sway_output *)base;
    struct expectation want = {.name = base->source.output_name, .mode = base->source.mode, .active = true};
    struct pf_sway_outputs outputs;
    int fd = pf_sway_connect(o->socket, NULL);
    bool alive = fd >= 0 && pf_sway_outputs_get(fd, &outputs, NULL) == 0 && met(&want, &outputs);
    if (fd >= 0)
        close(fd);
    return alive;
}

static void output_destroy(struct pf_output *base)
{
    struct sway_output *o = (struct sway_output *)base;
    struct pf_sway_desktop d = {
        .fd = pf_sway_connect(o->socket, NULL), .journal = o->journal, .session = o->session};
    pthread_mutex_lock(&creation);
    discard(&d, base->source.output_name);
    pthread_mutex_unlock(&creation);
    if (d.fd >= 0)
        close(d.fd);
    free(o);
}

static const struct pf_output_ops output_ops = {
    .alive = output_alive,
    .destroy = output_destroy,
};

/* Beside the heads that stay lit sway finds a place by itself; alone, or placed by hand, it lies where the
 * layout says. */
static int place(const struct pf_sway_desktop *d, const char *name, const struct pf_display_request *request,
    struct pf_error *err)
{
    if (request->topology != PF_TOPOLOGY_EXCLUSIVE && !request->placed)
        return 0;
    return pf_sway_command(d->fd, err, "output %s position %d %d", name, request->x, request->y);
}

/* Sets the output up as asked; it exists already. */
static int furnish(const struct pf_sway_desktop *d, struct sway_output *o,
    const struct pf_display_request *request, struct pf_error *err)
{
    const char *name = o->base.source.output_name;
    int rc = apply_mode(d->fd, name, &request->mode, request->cancel, err);
    if (!rc && request->first_in_group)
        rc = pf_sway_restore_of(d, o->socket, &o->base.restore);
    if (!rc && request->first_in_group)
        pf_sway_note_focus(d, err);
    if (!rc && request->first_in_group && request->topology == PF_TOPOLOGY_EXCLUSIVE)
        rc = pf_sway_isolate(d, err);
    if (!rc)
        rc = place(d, name, request, err);
    /* New windows open on the focused output; create_output does not move the focus. */
    return rc ? rc : pf_sway_command(d->fd, err, "focus output %s", name);
}

static int create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (!env->wayland_socket[0])
        return pf_error_set(err, -ENOENT,
            "no display could be made: sway's Wayland socket was not found in %s", env->runtime_dir);
    if (!pf_display_mode_is_possible(&request->mode))
        return pf_error_set(err, -EINVAL, "no display could be made: %ux%u at %u mHz is no possible mode",
            request->mode.width, request->mode.height, request->mode.refresh_mhz);
    struct sway_output *o = calloc(1, sizeof(*o));
    if (!o)
        return pf_error_set(err, -ENOMEM, "no display could be made: out of memory");
    o->base = (struct pf_output){
        .ops = &output_ops,
        .source = {.kind = PF_SOURCE_WAYLAND, .mode = request->mode, .remote_fd = -1},
        .keepable = true,
    };
    strcpy(o->socket, env->sway_socket);
    strcpy(o->base.source.wayland_socket, env->wayland_socket);
    strcpy(o->base.source.control_socket, env->sway_socket);
    o->journal = request->journal;

    struct pf_sway_desktop d = {
        .fd = pf_sway_connect(env->sway_socket, err), .journal = o->journal, .session = o->session};
    if (d.fd < 0) {
        free(o);
        return pf_error_prefix(err, d.fd, "no display could be made");
    }
    pf_sway_instance(d.fd, o->socket, o->session, sizeof(o->session));
    pthread_mutex_lock(&creation);
    int rc = obtain(&d, o->base.source.output_name, err);
    if (!rc) {
        rc = furnish(&d, o, request, err);
        if (rc && o->base.restore.finish)
            o->base.restore.finish(o->base.restore.data, true);
        if (rc)
            discard(&d, o->base.source.output_name);
    }
    pthread_mutex_unlock(&creation);
    close(d.fd);
    if (rc) {
        free(o);
        return pf_error_prefix(err, rc, "no display could be made");
    }
    *ret_output = &o->base;
    return 0;
}

static int probe(const struct pf_desktop_env *env, struct pf_error *err)
{
    int fd = pf_sway_connect(env->sway_socket, err);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* -- Recovery ------------------------------------------------------------------------------------------ */

/* The output of a creation that a crash interrupted before its name was known. It still has its first mode.
 * False: it may still be there. */
static bool discard_unnamed(const struct pf_sway_desktop *d, const struct pf_journal_entry *e)
{
    struct pf_sway_outputs now;
    const struct pf_sway_output *found = NULL;
    json_int_t after = json_integer_value(json_object_get(e->before, "after"));
    if (pf_sway_outputs_get(d->fd, &now, NULL))
        return false;
    for (size_t i = 0; i < now.count; i++) {
        const struct pf_sway_output *o = &now.item[i];
        unsigned n = pf_sway_headless_number(o->name);
        if (n > after && (!found || n < pf_sway_headless_number(found->name)))
            found = o;
    }
    bool is_it = found && found->mode.width == 1920 && found->mode.height == 1080;
    return !is_it || clear(d, found->name) >= 0;
}

/* One entry of a session that runs, other than a head. True: it is settled. */
static bool settle(
    const struct pf_sway_desktop *d, const struct pf_journal_entry *e, const struct pf_journal_list *all)
{
    if (!strcmp(e->kind, PF_SWAY_FOCUS)) /* a focus that sway refuses to move is no reason to ask for ever */
        return pf_sway_put_focus_back(d->fd, e, all) != -ETIMEDOUT;
    if (!strcmp(e->kind, PF_SWAY_CREATING))
        return discard_unnamed(d, e);
    if (!strcmp(e->kind, PF_SWAY_OUTPUT) && pf_sway_headless_number(e->name)) {
        pf_log_info(SCOPE, "removing output %s that a dead host left behind", e->name);
        return clear(d, e->name) >= 0; /* what is parked is noted in our own journal */
    }
    return true;
}

/* Other heads first, so that the desktop never lacks one; the focus while our outputs can still be told. */
static void settle_session(const struct pf_sway_desktop *d, struct pf_journal_list *dead)
{
    static const char *const order[] = {PF_SWAY_FOCUS, PF_SWAY_CREATING, PF_SWAY_OUTPUT};
    bool settled[PF_JOURNAL_MAX] = {false};
    for (size_t i = 0; i < dead->count; i++)
        if (!strcmp(dead->item[i].session, d->session) && !strcmp(dead->item[i].kind, PF_SWAY_HEAD))
            pf_log_info(SCOPE, "switching %s on again, which a dead host left off", dead->item[i].name);
    pf_sway_put_heads_back(d->fd, d->session, dead, settled);
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
        for (size_t i = 0; i < dead->count; i++)
            if (!strcmp(dead->item[i].session, d->session) && !strcmp(dead->item[i].owner, PF_SWAY_OWNER) &&
                !strcmp(dead->item[i].kind, order[k]))
                settled[i] = settle(d, &dead->item[i], dead);
    for (size_t i = dead->count; i-- > 0;)
        if (settled[i])
            pf_journal_list_remove(dead, i);
}

static void forget_session(struct pf_journal_list *dead, const char *session)
{
    for (size_t i = dead->count; i-- > 0;)
        if (!strcmp(dead->item[i].owner, PF_SWAY_OWNER) && !strcmp(dead->item[i].session, session))
            pf_journal_list_remove(dead, i);
}

static void undo_session(const char *session, struct pf_journal *own, struct pf_journal_list *dead)
{
    char socket[108], now[PF_JOURNAL_SESSION_SIZE] = "";
    int fd = pf_journal_socket_of(session, socket) ? pf_sway_connect(socket, NULL) : -ENOENT;
    if (fd >= 0)
        pf_sway_instance(fd, socket, now, sizeof(now));
    const struct pf_sway_desktop d = {.fd = fd, .journal = own, .session = session};
    if (fd >= 0 && !strcmp(now, session))
        settle_session(&d, dead);
    else if (fd >= 0 || fd == -ENOENT || fd == -ECONNREFUSED)
        forget_session(dead, session); /* that sway is gone, and with it what was changed in it */
    if (fd >= 0)
        close(fd);
}

static void undo(const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead)
{
    (void)env; /* each entry says which sway it was */
    for (size_t i = dead->count; i-- > 0;) {
        char session[PF_JOURNAL_SESSION_SIZE];
        bool done = i >= dead->count || strcmp(dead->item[i].owner, PF_SWAY_OWNER) != 0;
        for (size_t k = i + 1; !done && k < dead->count; k++) /* what is left of a session was tried before */
            done = !strcmp(dead->item[k].owner, PF_SWAY_OWNER) &&
                   !strcmp(dead->item[k].session, dead->item[i].session);
        if (done)
            continue;
        strcpy(session, dead->item[i].session);
        undo_session(session, own, dead);
    }
}

const struct pf_display_backend pf_display_wlroots = {
    .name = "wlroots",
    .kind = PF_DESKTOP_WLROOTS,
    .probe = probe,
    .create = create,
    .undo = undo,
    .windows = &pf_sway_window_ops,
};
