#include "display/kwin/kwin.h"

#include "base/log.h"
#include "base/time.h"
#include "display/kwin/stream.h"
#include "display/kwin/topology.h"
#include "kwin/desk.h"
#include "kwin/permit.h"
#include "pipewire/connection.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "kwin"

#define POLL_NS    (50 * PF_NS_PER_MS)
#define APPEAR_NS  (5 * PF_NS_PER_S) /* for a new output to be listed */
#define REMOVAL_NS (3 * PF_NS_PER_S)
#define BORN_MHZ   60000 /* what every virtual output has at first */
#define BIRTH_ROWS 16    /* see `raise_rate` */

struct kwin_output {
    struct pf_output base;
    struct pf_kwin_stream *stream;
    const struct pf_cancel *cancel; /* of the request; only while it is made */
};

static_assert(sizeof(((struct pf_source *)0)->output_name) == PF_KWIN_HEAD_NAME, "names of outputs");

/* Names of new outputs are chosen by what is listed. */
static pthread_mutex_t creation = PTHREAD_MUTEX_INITIALIZER;

/* ---- waiting --------------------------------------------------------------------------------------------
 */

static int await_listed(struct pf_kwin_desk *d, const char *name, const struct pf_cancel *cancel,
    struct pf_kwin_head *ret_head, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + APPEAR_NS;
    for (;;) {
        struct pf_kwin_heads now;
        if (pf_kwin_desk_refresh(d) < 0)
            return pf_error_set(err, -ECONNRESET, "KWin closed the connection");
        pf_kwin_desk_heads(d, &now);
        const struct pf_kwin_head *h = pf_kwin_heads_find(&now, name);
        if (h) {
            *ret_head = *h;
            return 0;
        }
        if (pf_time_mono_ns() >= deadline)
            return pf_error_set(err, -ETIMEDOUT, "KWin made an output but listed no %s within 5 s", name);
        if (pf_cancel_sleep_until(cancel, pf_time_mono_ns() + POLL_NS))
            return pf_display_check_wanted(cancel, err);
    }
}

static void await_removal(const char *socket, const char *name)
{
    uint64_t deadline = pf_time_mono_ns() + REMOVAL_NS;
    struct pf_kwin_desk desk;
    struct pf_kwin_heads now;
    if (pf_kwin_desk_open(&desk, socket, NULL) < 0)
        return;
    while (pf_kwin_desk_refresh(&desk) == 0) {
        pf_kwin_desk_heads(&desk, &now);
        if (!pf_kwin_heads_find(&now, name))
            break;
        if (pf_time_mono_ns() >= deadline) {
            pf_log_warn(SCOPE, "KWin still lists output %s", name);
            break;
        }
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
    pf_kwin_desk_close(&desk);
}

/* ---- the output -----------------------------------------------------------------------------------------
 */

static int change(struct pf_kwin_desk *d, const struct pf_kwin_head *want, struct pf_error *err)
{
    struct pf_kwin_heads one = {.count = 1};
    one.item[0] = *want;
    int rc = pf_kwin_desk_arrange(d, &one, err);
    if (rc == 0 && !pf_kwin_await(d, want))
        rc = pf_error_set(err, -EIO, "KWin accepted a mode for %s but does not show it", want->name);
    return rc;
}

/* Outputs may be born switched off, or as the mirror of another one. */
static int wake_up(struct pf_kwin_desk *d, struct pf_kwin_head *head, struct pf_error *err)
{
    if (head->enabled && !head->mirrored[0])
        return 0;
    head->enabled = true;
    head->mirrored[0] = 0;
    int rc = change(d, head, err);
    return rc < 0 ? rc : await_listed(d, head->name, NULL, head, err);
}

/* Gives the output another mode. */
static int choose_mode(
    struct pf_kwin_desk *d, struct pf_kwin_head *head, const struct pf_mode *wanted, struct pf_error *err)
{
    int rc = 0;
    struct pf_mode mode;
    if (!pf_kwin_desk_find_mode(d, head->name, wanted, &mode))
        rc = pf_kwin_desk_make_mode(d, head->name, wanted, err);
    if (rc == 0 && !pf_kwin_desk_find_mode(d, head->name, wanted, &mode))
        rc = pf_error_set(err, -EIO, "KWin made no mode of %ux%u", wanted->width, wanted->height);
    if (rc < 0)
        return rc;
    head->mode = mode;
    return change(d, head, err);
}

/* Makes the output and finds it. One that comes to nothing has gone, as the name is used again. */
static int bear(struct pf_kwin_desk *d, struct kwin_output *o, const struct pf_mode *size,
    struct pf_kwin_head *ret_head, struct pf_error *err)
{
    const char *listed = o->base.source.output_name;
    int rc = pf_kwin_stream_open(o->base.source.wayland_socket, listed + strlen("Virtual-"), size,
        o->base.source.cursor_apart, o->cancel, &o->stream, err);
    if (rc < 0) {
        await_removal(o->base.source.wayland_socket, listed);
        return rc;
    }
    rc = await_listed(d, listed, o->cancel, ret_head, err);
    return rc < 0 ? rc : wake_up(d, ret_head, err);
}

static void bury(struct kwin_output *o)
{
    pf_kwin_stream_close(o->stream);
    o->stream = NULL;
    await_removal(o->base.source.wayland_socket, o->base.source.output_name);
}

/* KWin tells PipeWire the rate that an output is born with, and again only when its size changes: so it is
 * born a little higher and then gets its mode. */
static int raise_rate(struct pf_kwin_desk *d, struct kwin_output *o, const struct pf_mode *wanted,
    struct pf_kwin_head *ret_head, struct pf_error *err)
{
    struct pf_mode birth = *wanted;
    birth.height += BIRTH_ROWS;
    int rc = bear(d, o, &birth, ret_head, err);
    return rc < 0 ? rc : choose_mode(d, ret_head, wanted, err);
}

static bool needs_mode(const struct pf_kwin_desk *d, const struct pf_mode *wanted)
{
    uint32_t off = wanted->refresh_mhz > BORN_MHZ ? wanted->refresh_mhz - BORN_MHZ : 0;
    return off > 500 && pf_kwin_desk_makes_modes(d);
}

/* An output of the wanted mode, as far as this KWin can. */
static int obtain(
    struct pf_kwin_desk *d, struct kwin_output *o, struct pf_kwin_head *ret_head, struct pf_error *err)
{
    const struct pf_mode wanted = o->base.source.mode;
    struct pf_error why = {""};
    int rc = -ENOTSUP;
    if (needs_mode(d, &wanted)) {
        rc = raise_rate(d, o, &wanted, ret_head, &why);
        if (rc < 0 && rc != -ECANCELED && o->stream) {
            pf_log_warn(SCOPE, "the display stays at 60 Hz: %s", why.text);
            bury(o);
        }
    }
    if (pf_cancel_is_set(o->cancel))
        return pf_display_check_wanted(o->cancel, err);
    if (rc < 0)
        rc = bear(d, o, &wanted, ret_head, err);
    /* KWin remembers sizes by name. */
    if (rc == 0 && (ret_head->mode.width != wanted.width || ret_head->mode.height != wanted.height) &&
        !pf_kwin_mode_is_near(&ret_head->mode, &wanted) && choose_mode(d, ret_head, &wanted, &why) < 0)
        pf_log_warn(SCOPE, "the display has another size than asked for: %s", why.text);
    if (rc < 0)
        return rc;
    o->base.source.node_id = pf_kwin_stream_node(o->stream);
    o->base.source.mode = (struct pf_mode){ret_head->mode.width, ret_head->mode.height,
        pf_kwin_rate(ret_head->mode.refresh_mhz, wanted.refresh_mhz)};
    return 0;
}

/* Beside the heads that stay lit KWin finds a place by itself; alone, or placed by hand, it lies where the
 * layout says. */
static int place(struct pf_kwin_desk *d, const struct pf_kwin_head *head,
    const struct pf_display_request *request, struct pf_error *err)
{
    struct pf_kwin_head want = *head;
    if (request->topology != PF_TOPOLOGY_EXCLUSIVE && !request->placed)
        return 0;
    want.x = request->x;
    want.y = request->y;
    return want.x == head->x && want.y == head->y ? 0 : change(d, &want, err);
}

/* Output, other heads, place. */
static int furnish(struct pf_kwin_desk *d, struct kwin_output *o, const struct pf_display_request *request,
    struct pf_error *err)
{
    char session[PF_JOURNAL_SESSION_SIZE];
    struct pf_kwin_head head;
    const char *socket = o->base.source.wayland_socket, *name = o->base.source.output_name;
    int rc = obtain(d, o, &head, err);
    pf_kwin_desk_instance(d, socket, session, sizeof(session));
    if (rc == 0 && request->first_in_group && request->topology != PF_TOPOLOGY_EXTEND) {
        rc = pf_kwin_restore_of(socket, session, request->journal, &o->base.restore);
        if (rc == 0)
            rc = pf_kwin_take_over(
                d, session, request->journal, name, request->topology == PF_TOPOLOGY_EXCLUSIVE, err);
        if (rc == 0)
            rc = await_listed(d, name, NULL, &head, err);
    }
    return rc < 0 ? rc : place(d, &head, request, err);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static bool output_alive(struct pf_output *base)
{
    struct kwin_output *o = (struct kwin_output *)base;
    struct pf_kwin_desk desk;
    struct pf_kwin_heads now;
    if (!pf_kwin_stream_is_open(o->stream) || pf_kwin_desk_open(&desk, base->source.wayland_socket, NULL) < 0)
        return false;
    pf_kwin_desk_heads(&desk, &now);
    const struct pf_kwin_head *h = pf_kwin_heads_find(&now, base->source.output_name);
    bool alive = h && h->enabled && h->mode.width == base->source.mode.width &&
                 h->mode.height == base->source.mode.height;
    pf_kwin_desk_close(&desk);
    return alive;
}

static void output_destroy(struct pf_output *base)
{
    struct kwin_output *o = (struct kwin_output *)base;
    bury(o);
    free(o);
}

static const struct pf_output_ops output_ops = {.alive = output_alive, .destroy = output_destroy};

static struct kwin_output *new_output(
    const struct pf_desktop_env *env, const struct pf_display_request *request)
{
    struct kwin_output *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->base = (struct pf_output){
        .ops = &output_ops,
        .source = {.kind = PF_SOURCE_PIPEWIRE,
            .mode = request->mode,
            .remote_fd = -1,
            .cursor_apart = request->hardware_cursor,
            .input = "kwin"},
        .keepable = true,
    };
    strcpy(o->base.source.wayland_socket, env->wayland_socket);
    o->cancel = request->cancel;
    return o;
}

static void give_up(struct kwin_output *o)
{
    if (o->base.restore.finish)
        o->base.restore.finish(o->base.restore.data, true);
    if (o->stream)
        bury(o);
}

static int create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (!pf_display_mode_is_possible(&request->mode))
        return pf_error_set(err, -EINVAL, "no display could be made: %ux%u at %u mHz is no possible mode",
            request->mode.width, request->mode.height, request->mode.refresh_mhz);
    struct kwin_output *o = new_output(env, request);
    struct pf_kwin_desk desk;
    struct pf_kwin_heads now;
    if (!o)
        return pf_error_set(err, -ENOMEM, "no display could be made: out of memory");
    int rc = pf_kwin_desk_open(&desk, env->wayland_socket, err);
    if (rc == 0) {
        pthread_mutex_lock(&creation);
        pf_kwin_desk_heads(&desk, &now);
        pf_kwin_name(&now, request->identity_slot, o->base.source.output_name);
        rc = furnish(&desk, o, request, err);
        if (rc < 0)
            give_up(o);
        pthread_mutex_unlock(&creation);
        pf_kwin_desk_close(&desk);
    }
    if (rc < 0) {
        free(o);
        return pf_error_prefix(err, rc, "no display could be made");
    }
    o->cancel = NULL;
    *ret_output = &o->base;
    return 0;
}

static int probe(const struct pf_desktop_env *env, struct pf_error *err)
{
    struct pf_kwin_desk desk;
    struct pf_pw_connection pipewire;
    if (env->kind != PF_DESKTOP_KWIN)
        return pf_error_set(err, -ENODEV, "KDE Plasma is not running");
    int rc = pf_kwin_desk_open(&desk, env->wayland_socket, err);
    if (rc < 0)
        return rc;
    if (!desk.screencast.version && desk.fake_input.version)
        rc = pf_error_set(err, -ENOTSUP,
            "KWin has no zkde_screencast_unstable_v1; install its screencast plugin (Debian: kwin-common)");
    else if (!desk.screencast.version)
        rc = pf_kwin_permit_explain("zkde_screencast_unstable_v1", err);
    pf_kwin_desk_close(&desk);
    if (rc == 0 && (rc = pf_pw_connect(&pipewire, "pf-probe", err)) == 0)
        pf_pw_disconnect(&pipewire);
    return rc;
}

/* ---- recovery -------------------------------------------------------------------------------------------
 */

/* The entries of one session: in it, or in the run of KWin that came after it on the same socket. */
static void undo_session(const char *session, struct pf_journal_list *dead)
{
    struct pf_kwin_desk desk;
    struct pf_journal_list part = {.item = calloc(dead->count, sizeof(*part.item))};
    bool settled[PF_JOURNAL_MAX] = {false};
    size_t from[PF_JOURNAL_MAX];
    char socket[108];
    if (!part.item)
        return;
    if (pf_journal_socket_of(session, socket) && pf_kwin_desk_open(&desk, socket, NULL) == 0) {
        for (size_t i = 0; i < dead->count && part.count < PF_JOURNAL_MAX; i++) {
            if (strcmp(dead->item[i].owner, PF_KWIN_OWNER) != 0 ||
                strcmp(dead->item[i].session, session) != 0)
                continue;
            from[part.count] = i;
            part.item[part.count++] = dead->item[i]; /* borrowed */
        }
        pf_log_info(SCOPE, "putting outputs back as they were before a host died outputs=%zu", part.count);
        pf_kwin_put_back(&desk, &part, settled);
        pf_kwin_desk_close(&desk);
        for (size_t i = part.count; i-- > 0;)
            if (settled[i])
                pf_journal_list_remove(dead, from[i]);
    }
    free(part.item);
}

static void undo(const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead)
{
    (void)env; /* each entry says which KWin it was */
    (void)own;
    for (size_t i = dead->count; i-- > 0;) {
        char session[PF_JOURNAL_SESSION_SIZE];
        bool done = i >= dead->count || strcmp(dead->item[i].owner, PF_KWIN_OWNER) != 0;
        for (size_t k = i + 1; !done && k < dead->count; k++) /* what is left of a session was tried before */
            done = !strcmp(dead->item[k].owner, PF_KWIN_OWNER) &&
                   !strcmp(dead->item[k].session, dead->item[i].session);
        if (done)
            continue;
        strcpy(session, dead->item[i].session);
        undo_session(session, dead);
    }
}

const struct pf_display_backend pf_display_kwin = {
    .name = "kwin", .kind = PF_DESKTOP_KWIN, .probe = probe, .create = create, .undo = undo};
