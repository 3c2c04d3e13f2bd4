#include "net/loop.h"

#include "base/time.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pf_loop {
    uv_loop_t uv;
    uv_async_t wake;
    atomic_bool stop;
};

static void woken(uv_async_t *handle)
{
    struct pf_loop *loop = handle->data;
    if (atomic_load(&loop->stop))
        uv_stop(&loop->uv);
}

int pf_loop_create(struct pf_loop **ret_loop)
{
    struct pf_loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return -ENOMEM;
    int rc = uv_loop_init(&loop->uv);
    if (rc) {
        free(loop);
        return rc;
    }
    rc = uv_async_init(&loop->uv, &loop->wake, woken);
    if (rc) {
        uv_loop_close(&loop->uv);
        free(loop);
        return rc;
    }
    loop->wake.data = loop;
    *ret_loop = loop;
    return 0;
}

void pf_loop_destroy(struct pf_loop *loop)
{
    if (!loop)
        return;
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    free(loop);
}

int pf_loop_run(struct pf_loop *loop)
{
    if (!atomic_load(&loop->stop))
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    atomic_store(&loop->stop, false);
    return 0;
}

void pf_loop_stop(struct pf_loop *loop)
{
    atomic_store(&loop->stop, true);
    uv_async_send(&loop->wake);
}

uv_loop_t *pf_loop_uv(struct pf_loop *loop)
{
    return &loop->uv;
}

struct pf_signal {
    uv_async_t uv;
    void (*raised)(void *user);
    void *user;
};

static void signal_raised(uv_async_t *handle)
{
    struct pf_signal *signal = handle->data;
    signal->raised(signal->user);
}

int pf_signal_create(
    struct pf_loop *loop, void (*raised)(void *user), void *user, struct pf_signal **ret_signal)
{
    struct pf_signal *signal = calloc(1, sizeof(*signal));
    if (!signal)
        return -ENOMEM;
    *signal = (struct pf_signal){.raised = raised, .user = user};
    int rc = uv_async_init(&loop->uv, &signal->uv, signal_raised);
    if (rc) {
        free(signal);
        return rc;
    }
    signal->uv.data = signal;
    *ret_signal = signal;
    return 0;
}

void pf_signal_raise(struct pf_signal *signal)
{
    uv_async_send(&signal->uv);
}

static void free_signal(uv_handle_t *handle)
{
    free(handle->data);
}

void pf_signal_destroy(struct pf_signal *signal)
{
    if (signal)
        uv_close((uv_handle_t *)&signal->uv, free_signal);
}

struct pf_timer {
    uv_timer_t uv;
    void (*fired)(void *user);
    void *user;
};

static void timer_fired(uv_timer_t *handle)
{
    struct pf_timer *timer = handle->data;
    timer->fired(timer->user);
}

int pf_timer_create(struct pf_loop *loop, void (*fired)(void *user), void *user, struct pf_timer **ret_timer)
{
    struct pf_timer *timer = calloc(1, sizeof(*timer));
    if (!timer)
        return -ENOMEM;
    *timer = (struct pf_timer){.fired = fired, .user = user};
    uv_timer_init(&loop->uv, &timer->uv);
    timer->uv.data = timer;
    *ret_timer = timer;
    return 0;
}

void pf_timer_arm(struct pf_timer *timer, uint64_t delay_ns)
{
    uv_update_time(timer->uv.loop);
    uv_timer_start(&timer->uv, timer_fired, (delay_ns + PF_NS_PER_MS - 1) / PF_NS_PER_MS, 0);
}

void pf_timer_disarm(struct pf_timer *timer)
{
    uv_timer_stop(&timer->uv);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle->data);
}

void pf_timer_destroy(struct pf_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->uv, free_timer);
}
