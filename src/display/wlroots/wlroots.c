#include "display/wlroots/wlroots.h"

#include "base/log.h"
#include "base/time.h"
#include "display/wlroots/record.h"
#include "display/wlroots/sway_ipc.h"
#include "display/wlroots/sway_outputs.h"
#include "display/wlroots/topology.h"

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
#define SIDE_MAX   16384 /* pixels */

struct sway_output {
    struct pf_output base;
    char socket[108];
    char runtime_dir[108];
};

/* Outputs of this process. The lock also serialises creations, because a new output is known only by
 * comparing the lists before and after. */
static struct {
    pthread_mutex_t lock;
    bool ready;
    struct pf_sway_record record;
} ours = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock_ours(void)
{
    pthread_mutex_lock(&ours.lock);
    if (!ours.ready)
        pf_sway_record_init(&ours.record);
    ours.ready = true;
}

static void unlock_ours(void)
{
    pthread_mutex_unlock(&ours.lock);
}

/* The record only matters after a crash: failing to write it must not keep anybody from playing. */
static void save_record(const char *runtime_dir)
{
    struct pf_error err;
    if (pf_sway_record_save(&ours.record, runtime_dir, &err))
        pf_log_warn(SCOPE, "displays will not be cleaned up after a crash: %s", err.text);
}

/* -- Reading back -------------------------------------------------------------------------------------- */

struct expectation {
    const char *name;
    struct pf_mode mode; /* all 0: any */
    bool active;
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
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* -- Mode ---------------------------------------------------------------------------------------------- */

static bool is_possible(const struct pf_mode *m)
{
    return m->width && m->height && m->refresh_mhz && m->width <= SIDE_MAX && m->height <= SIDE_MAX;
}

static int command_mode(int fd, const char *name, const struct pf_mode *mode, struct pf_error *err)
{
    /* Sway reads the rate as a float and cuts it to thousandths: the trailing 3 keeps 59.940 from becoming
     * 59939. */
    return pf_sway_command(fd, err, "output %s mode --custom %ux%u@%u.%03u3Hz", name, mode->width,
        mode->height, mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
}

static int apply_mode(int fd, const char *name, const struct pf_mode *mode, struct pf_error *err)
{
    struct expectation want = {.name = name, .mode = *mode, .active = true};
    struct pf_sway_outputs last;
    int rc = command_mode(fd, name, mode, err);
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

/* For a sway without `unplug`. Its headless outputs refuse to be disabled as well ("Failed to commit" in its
 * log, yet success in the answer), so the output is made too small to cost anything. It is no slower, because
 * the first picture of whoever takes it next comes only when the frame that is under way is over. */
static int park(int fd, const char *name, struct pf_error *err)
{
    static const struct pf_mode tiny = {64, 64, 30000};
    struct pf_sway_outputs outputs;
    int rc = apply_mode(fd, name, &tiny, err);
    if (!rc)
        rc = pf_sway_outputs_get(fd, &outputs, err);
    const struct pf_sway_output *other = rc ? NULL : other_output(&outputs, name);
    if (other)
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

/* Removes the output and brings the record up to date; the lock is held. What cannot be removed stays on
 * record as parked: the next display takes it, or the next host removes it. fd < 0: sway has ended. */
static void discard(int fd, const char *socket, const char *name, const char *runtime_dir)
{
    struct pf_error err = {"it is still listed"};
    bool parked = false;
    int rc = fd < 0 ? -ENODEV : remove_output(fd, name, &parked, &err);
    if (rc && rc != -ENODEV)
        pf_log_warn(SCOPE, "could not remove output %s: %s", name, err.text);
    if (parked || (rc && rc != -ENODEV))
        pf_sway_record_put(&ours.record, socket, name, true);
    else
        pf_sway_record_remove(&ours.record, socket, name);
    save_record(runtime_dir);
}

/* -- Creation ------------------------------------------------------------------------------------------ */

/* An output that a former display of ours left in this sway, or NULL. */
static struct pf_sway_record_item *find_parked(const char *socket, const struct pf_sway_outputs *outputs)
{
    for (size_t i = 0; i < ours.record.count; i++) {
        struct pf_sway_record_item *item = &ours.record.item[i];
        if (item->parked && !strcmp(item->socket, socket) && pf_sway_outputs_find(outputs, item->name))
            return item;
    }
    return NULL;
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

/* Gets hold of an output, new or parked, and notes it in the record; the lock is held. */
static int obtain(int fd, const struct pf_session_env *env, char name[64], struct pf_error *err)
{
    struct pf_sway_outputs before;
    int rc = pf_sway_outputs_get(fd, &before, err);
    if (rc)
        return rc;
    struct pf_sway_record_item *parked = find_parked(env->sway_socket, &before);
    if (parked) {
        strcpy(name, parked->name);
        parked->parked = false;
        save_record(env->runtime_dir);
        return 0;
    }
    if (ours.record.count == PF_SWAY_RECORD_MAX)
        return pf_error_set(err, -ENOSPC, "this sway already has %d displays of ours", PF_SWAY_RECORD_MAX);
    strcpy(ours.record.creating_socket, env->sway_socket);
    ours.record.creating_after = highest_headless(&before);
    save_record(env->runtime_dir);
    rc = pf_sway_command(fd, err, "create_output");
    if (!rc)
        rc = await_new(fd, &before, name, err);
    ours.record.creating_socket[0] = 0;
    if (!rc)
        pf_sway_record_put(&ours.record, env->sway_socket, name, false);
    save_record(env->runtime_dir);
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

static int output_set_mode(struct pf_output *base, const struct pf_mode *mode, struct pf_error *err)
{
    struct sway_output *o = (struct sway_output *)base;
    if (!is_possible(mode))
        return pf_error_set(err, -EINVAL, "%ux%u at %u mHz is no possible mode", mode->width, mode->height,
            mode->refresh_mhz);
    int fd = pf_sway_connect(o->socket, err);
    if (fd < 0)
        return fd;
    int rc = apply_mode(fd, base->source.output_name, mode, err);
    if (rc)
        apply_mode(fd, base->source.output_name, &base->source.mode, NULL);
    else
        base->source.mode = *mode;
    close(fd);
    return rc;
}

static void output_destroy(struct pf_output *base)
{
    struct sway_output *o = (struct sway_output *)base;
    int fd = pf_sway_connect(o->socket, NULL);
    lock_ours();
    discard(fd, o->socket, base->source.output_name, o->runtime_dir);
    unlock_ours();
    if (fd >= 0)
        close(fd);
    free(o);
}

static const struct pf_output_ops output_ops = {
    .alive = output_alive,
    .set_mode = output_set_mode,
    .destroy = output_destroy,
};

/* Sets the output up as asked; it exists already. */
static int furnish(
    int fd, struct sway_output *o, const struct pf_display_request *request, struct pf_error *err)
{
    const char *name = o->base.source.output_name;
    int rc = apply_mode(fd, name, &request->mode, err);
    if (!rc && request->topology == PF_TOPOLOGY_EXCLUSIVE && request->first_in_group)
        rc = pf_sway_isolate(fd, o->socket, &o->base.restore, err);
    /* New windows open on the focused output; create_output does not move the focus. */
    return rc ? rc : pf_sway_command(fd, err, "focus output %s", name);
}

static int create(const struct pf_session_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (!env->wayland_socket[0])
        return pf_error_set(err, -ENOENT,
            "no display could be made: sway's Wayland socket was not found in %s", env->runtime_dir);
    if (!is_possible(&request->mode))
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
    strcpy(o->runtime_dir, env->runtime_dir);
    strcpy(o->base.source.wayland_socket, env->wayland_socket);
    strcpy(o->base.source.control_socket, env->sway_socket);

    lock_ours();
    int rc = 0, fd = pf_sway_connect(env->sway_socket, err);
    if (fd < 0) {
        rc = fd;
        goto fail;
    }
    rc = obtain(fd, env, o->base.source.output_name, err);
    if (rc)
        goto fail;
    rc = furnish(fd, o, request, err);
    if (rc) {
        if (o->base.restore.finish)
            o->base.restore.finish(o->base.restore.data, true);
        discard(fd, o->socket, o->base.source.output_name, o->runtime_dir);
        goto fail;
    }
    unlock_ours();
    close(fd);
    *ret_output = &o->base;
    return 0;

fail:
    unlock_ours();
    if (fd >= 0)
        close(fd);
    free(o);
    return pf_error_prefix(err, rc, "no display could be made");
}

static int probe(const struct pf_session_env *env, struct pf_error *err)
{
    int fd = pf_sway_connect(env->sway_socket, err);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* -- Recovery ------------------------------------------------------------------------------------------ */

/* The output of a creation that a crash interrupted before its name was known. It still has its first mode.
 */
static void recover_unnamed(int fd, struct pf_sway_record *record)
{
    struct pf_sway_outputs now;
    const struct pf_sway_output *found = NULL;
    if (pf_sway_outputs_get(fd, &now, NULL))
        return;
    for (size_t i = 0; i < now.count; i++) {
        const struct pf_sway_output *o = &now.item[i];
        unsigned n = pf_sway_headless_number(o->name);
        if (n > record->creating_after && (!found || n < pf_sway_headless_number(found->name)))
            found = o;
    }
    if (found && found->mode.width == 1920 && found->mode.height == 1080)
        pf_sway_record_put(record, record->creating_socket, found->name, false);
}

static void recover_record(const char *path, void *user)
{
    const char *runtime_dir = user;
    struct pf_sway_record dead;
    int rc = pf_sway_record_load(path, &dead);
    if (!rc && pf_sway_record_is_live(&dead))
        return;
    if (rc) {
        pf_log_warn(SCOPE, "removing a damaged record of displays: %s", path);
        unlink(path);
        return;
    }
    int fd = dead.creating_socket[0] ? pf_sway_connect(dead.creating_socket, NULL) : -1;
    if (fd >= 0) {
        recover_unnamed(fd, &dead);
        close(fd);
    }
    for (size_t i = 0; i < dead.count; i++) {
        const struct pf_sway_record_item *item = &dead.item[i];
        fd = pf_sway_connect(item->socket, NULL);
        if (fd < 0)
            continue; /* its sway is gone, and the output with it */
        pf_log_info(SCOPE, "removing output %s that a dead host left behind", item->name);
        discard(fd, item->socket, item->name, runtime_dir);
        close(fd);
    }
    unlink(path);
}

static void recover(const struct pf_session_env *env)
{
    char runtime_dir[sizeof(env->runtime_dir)];
    strcpy(runtime_dir, env->runtime_dir);
    lock_ours();
    pf_sway_record_each(runtime_dir, recover_record, runtime_dir);
    unlock_ours();
}

int pf_sway_focus(const char *control_socket, const char *output_name, struct pf_error *err)
{
    int fd = pf_sway_connect(control_socket, err);
    if (fd < 0)
        return fd;
    int rc = pf_sway_command(fd, err, "focus output %s", output_name);
    close(fd);
    return rc;
}

const struct pf_display_backend pf_display_wlroots = {
    .name = "wlroots",
    .kind = PF_SESSION_WLROOTS,
    .probe = probe,
    .create = create,
    .recover = recover,
};
