#include "native/punch.h"

#include "net/address.h"
#include "net/media_socket.h"

#include <errno.h>
#include <stdlib.h>

struct pf_punch {
    uv_poll_t poll;
    struct pf_timer *timer;
    struct pf_media_socket *socket;
    struct sockaddr_storage peer, fallback;
    pf_punch_done done;
    void *user;
};

static void finish(struct pf_punch *p, int rc, const struct sockaddr_storage *to)
{
    struct sockaddr_storage copy = *to;
    uv_poll_stop(&p->poll);
    pf_timer_disarm(p->timer);
    p->done(p->user, rc, &copy);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    struct pf_punch *p = poll->data;
    struct sockaddr_storage source;
    int rc = pf_media_socket_take_punch(p->socket, (const struct sockaddr *)&p->peer, &source);
    if (rc != 0)
        finish(p, rc < 0 ? rc : 0, rc < 0 ? &p->fallback : &source);
}

static void timed_out(void *user)
{
    struct pf_punch *p = user;
    finish(p, 0, &p->fallback);
}

static void free_punch(uv_handle_t *handle)
{
    free(handle->data);
}

int pf_punch_wait(struct pf_loop *loop, struct pf_media_socket *socket, const struct sockaddr_storage *peer,
    uint16_t start_port, uint64_t wait_ns, pf_punch_done done, void *user, struct pf_punch **ret_punch)
{
    struct pf_punch *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    *p = (struct pf_punch){.socket = socket, .peer = *peer, .fallback = *peer, .done = done, .user = user};
    pf_address_set_port(&p->fallback, start_port);
    int rc = pf_timer_create(loop, timed_out, p, &p->timer);
    if (rc == 0)
        rc = uv_poll_init(pf_loop_uv(loop), &p->poll, pf_media_socket_fd(socket));
    if (rc < 0) {
        pf_timer_destroy(p->timer);
        free(p);
        return rc;
    }
    p->poll.data = p;
    uv_poll_start(&p->poll, UV_READABLE, readable);
    pf_timer_arm(p->timer, wait_ns);
    *ret_punch = p;
    return 0;
}

void pf_punch_cancel(struct pf_punch *p)
{
    if (!p)
        return;
    pf_timer_destroy(p->timer);
    uv_close((uv_handle_t *)&p->poll, free_punch);
}
