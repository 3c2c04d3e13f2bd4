#include "display/kwin/stream.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "display/display.h"
#include "kwin/desk.h"
#include "kwin/permit.h"
#include "wayland/client.h"
#include "zkde-screencast-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE     "kwin"
#define CREATE_NS (15 * PF_NS_PER_S)
#define LEAST_V   2u /* makes virtual outputs */
#define MOST_V    5u /* later ones tell no node */

struct pf_kwin_stream {
    struct pf_kwin_desk desk;
    struct zkde_screencast_unstable_v1 *screencast;
    struct zkde_screencast_stream_unstable_v1 *proxy;
    pthread_t thread;
    bool has_thread;
    int wake_fd;
    atomic_bool stop, ended;

    uint32_t node;
    bool created, failed;
    char why[160]; /* translated: for people, not for programs */
};

/* ---- events ---------------------------------------------------------------------------------------------
 */

static void closed(void *data, struct zkde_screencast_stream_unstable_v1 *proxy)
{
    atomic_store(&((struct pf_kwin_stream *)data)->ended, true);
}

static void created(void *data, struct zkde_screencast_stream_unstable_v1 *proxy, uint32_t node)
{
    struct pf_kwin_stream *s = data;
    s->created = true;
    s->node = node;
}

static void failed(void *data, struct zkde_screencast_stream_unstable_v1 *proxy, const char *why)
{
    struct pf_kwin_stream *s = data;
    s->failed = true;
    snprintf(s->why, sizeof(s->why), "%s", why);
    atomic_store(&s->ended, true);
}

static const struct zkde_screencast_stream_unstable_v1_listener listener = {
    .closed = closed, .created = created, .failed = failed};

static void run(void *arg)
{
    struct pf_kwin_stream *s = arg;
    while (!atomic_load(&s->stop) && !atomic_load(&s->ended))
        if (pf_wayland_dispatch(s->desk.display, s->wake_fd, -1) < 0)
            atomic_store(&s->ended, true);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int bind_screencast(struct pf_kwin_stream *s, struct pf_error *err)
{
    const struct pf_kwin_global *g = &s->desk.screencast;
    uint32_t most = (uint32_t)zkde_screencast_unstable_v1_interface.version;
    most = most < MOST_V ? most : MOST_V;
    if (!g->version)
        return pf_kwin_permit_explain(zkde_screencast_unstable_v1_interface.name, err);
    if (g->version < LEAST_V)
        return pf_error_set(err, -ENOTSUP, "this KWin makes no virtual outputs; 6.5.6 and later do");
    s->screencast = wl_registry_bind(s->desk.registry, g->name, &zkde_screencast_unstable_v1_interface,
        g->version < most ? g->version : most);
    return 0;
}

static int await_created(struct pf_kwin_stream *s, const struct pf_cancel *cancel, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + CREATE_NS;
    while (!s->created && !s->failed) {
        uint64_t now = pf_time_mono_ns();
        if (pf_cancel_is_set(cancel))
            return pf_display_check_wanted(cancel, err);
        if (now >= deadline)
            return pf_error_set(err, -ETIMEDOUT, "KWin made no virtual output within 15 s");
        if (pf_wayland_dispatch(
                s->desk.display, pf_cancel_fd(cancel), (int)((deadline - now) / PF_NS_PER_MS + 1)) < 0)
            return pf_error_set(err, -ECONNRESET, "KWin closed the connection");
    }
    if (s->failed)
        return pf_error_set(err, -ENOTSUP,
            "KWin made no virtual output (\"%s\"); that takes Plasma 6 on a graphics card, or KWin 6.5.6 or "
            "later",
            s->why);
    return 0;
}

static int start_thread(struct pf_kwin_stream *s, struct pf_error *err)
{
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = s->wake_fd < 0 ? -errno : pf_thread_start(&s->thread, "kwin-output", PF_THREAD_NORMAL, run, s);
    s->has_thread = rc == 0;
    return rc < 0 ? pf_error_set(err, rc, "the thread of an output could not be started: %s", strerror(-rc))
                  : 0;
}

int pf_kwin_stream_open(const char *socket, const char *name, const struct pf_mode *size, bool cursor_apart,
    const struct pf_cancel *cancel, struct pf_kwin_stream **ret_stream, struct pf_error *err)
{
    struct pf_kwin_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "out of memory");
    s->wake_fd = -1;
    int rc = pf_kwin_desk_open(&s->desk, socket, err);
    if (rc == 0)
        rc = bind_screencast(s, err);
    if (rc == 0) {
        s->proxy = zkde_screencast_unstable_v1_stream_virtual_output(s->screencast, name,
            (int32_t)size->width, (int32_t)size->height, wl_fixed_from_int(1),
            cursor_apart ? ZKDE_SCREENCAST_UNSTABLE_V1_POINTER_METADATA
                         : ZKDE_SCREENCAST_UNSTABLE_V1_POINTER_EMBEDDED);
        zkde_screencast_stream_unstable_v1_add_listener(s->proxy, &listener, s);
        rc = await_created(s, cancel, err);
    }
    if (rc == 0)
        rc = start_thread(s, err);
    if (rc == 0) {
        *ret_stream = s;
        return 0;
    }
    pf_kwin_stream_close(s);
    return rc;
}

void pf_kwin_stream_close(struct pf_kwin_stream *s)
{
    if (!s)
        return;
    atomic_store(&s->stop, true);
    if (s->has_thread) {
        ssize_t n = write(s->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
        (void)n; /* it is readable already */
        pthread_join(s->thread, NULL);
    }
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    if (s->proxy)
        zkde_screencast_stream_unstable_v1_close(s->proxy);
    if (s->screencast)
        zkde_screencast_unstable_v1_destroy(s->screencast);
    pf_kwin_desk_close(&s->desk); /* flushes */
    free(s);
}

uint32_t pf_kwin_stream_node(const struct pf_kwin_stream *s)
{
    return s->node;
}

bool pf_kwin_stream_is_open(struct pf_kwin_stream *s)
{
    return !atomic_load(&s->ended);
}
