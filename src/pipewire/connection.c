#include "pipewire/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define ROUNDTRIP_S 3

static void done(void *user, uint32_t id, int seq)
{
    struct pf_pw_connection *c = user;
    if (id == PW_ID_CORE) {
        c->sync_seq = seq;
        pw_thread_loop_signal(c->loop, false);
    }
}

static void failed(void *user, uint32_t id, int seq, int res, const char *message)
{
    struct pf_pw_connection *c = user;
    if (id != PW_ID_CORE || res != -EPIPE)
        return;
    atomic_store(&c->dead, true);
    pw_thread_loop_signal(c->loop, false);
    if (c->died)
        c->died(c->user);
}

static const struct pw_core_events events = {PW_VERSION_CORE_EVENTS, .done = done, .error = failed};

static struct pw_core *connect_core(struct pf_pw_connection *c, int fd)
{
    if (fd < 0)
        return pw_context_connect(c->context, NULL, 0);
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* PipeWire closes what it gets */
    return copy < 0 ? NULL : pw_context_connect_fd(c->context, copy, NULL, 0);
}

int pf_pw_connect_fd(struct pf_pw_connection *c, const char *name, int fd, struct pf_error *err)
{
    *c = (struct pf_pw_connection){0};
    pw_init(NULL, NULL);
    c->loop = pw_thread_loop_new(name, NULL);
    if (c->loop)
        c->context = pw_context_new(pw_thread_loop_get_loop(c->loop), NULL, 0);
    if (!c->context || pw_thread_loop_start(c->loop) < 0) {
        pf_pw_disconnect(c);
        return pf_error_set(err, -ENOMEM, "PipeWire's library could not start a thread");
    }
    pf_pw_lock(c);
    c->core = connect_core(c, fd);
    int rc = c->core ? 0 : -errno;
    if (rc == 0) {
        pw_core_add_listener(c->core, &c->core_hook, &events, c);
        rc = pf_pw_roundtrip(c);
    }
    pf_pw_unlock(c);
    if (rc == 0)
        return 0;
    pf_pw_disconnect(c);
    return pf_error_set(
        err, rc, "PipeWire does not answer (%s); is it running for this user?", strerror(-rc));
}

int pf_pw_connect(struct pf_pw_connection *c, const char *name, struct pf_error *err)
{
    return pf_pw_connect_fd(c, name, -1, err);
}

void pf_pw_disconnect(struct pf_pw_connection *c)
{
    if (c->loop)
        pw_thread_loop_stop(c->loop);
    if (c->core)
        pw_core_disconnect(c->core);
    if (c->context)
        pw_context_destroy(c->context);
    if (c->loop)
        pw_thread_loop_destroy(c->loop);
    pw_deinit();
    c->loop = NULL;
    c->context = NULL;
    c->core = NULL;
}

void pf_pw_lock(struct pf_pw_connection *c)
{
    pw_thread_loop_lock(c->loop);
}

void pf_pw_unlock(struct pf_pw_connection *c)
{
    pw_thread_loop_unlock(c->loop);
}

int pf_pw_roundtrip(struct pf_pw_connection *c)
{
    struct timespec until;
    int wanted = pw_core_sync(c->core, PW_ID_CORE, 0);
    pw_thread_loop_get_time(c->loop, &until, (int64_t)ROUNDTRIP_S * SPA_NSEC_PER_SEC);
    while (c->sync_seq != wanted && !atomic_load(&c->dead))
        if (pw_thread_loop_timed_wait_full(c->loop, &until) < 0)
            return -ETIMEDOUT;
    return atomic_load(&c->dead) ? -EPIPE : 0;
}
