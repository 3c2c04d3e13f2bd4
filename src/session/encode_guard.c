#include "session/encode_guard.h"

#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>

struct pf_encode_guard {
    pthread_mutex_t lock; /* the following */
    unsigned refs, stuck;
    uint64_t calls; /* made so far */
    uint64_t call;  /* as pf_encode_guard_call says */
    bool on_cpu;    /* its encoder's */
};

struct pf_encode_guard *pf_encode_guard_create(void)
{
    struct pf_encode_guard *g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    g->refs = 1;
    pthread_mutex_init(&g->lock, NULL);
    return g;
}

void pf_encode_guard_unref(struct pf_encode_guard *g)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->lock);
    bool last = --g->refs == 0;
    pthread_mutex_unlock(&g->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&g->lock);
    free(g);
}

static uint64_t begin(struct pf_encode_guard *g, const struct pf_encoder *encoder)
{
    pthread_mutex_lock(&g->lock);
    g->on_cpu = encoder->backend && encoder->backend->on_cpu;
    uint64_t call = g->call = ++g->calls;
    pthread_mutex_unlock(&g->lock);
    return call;
}

/* False: the thread was left behind. */
static bool end(struct pf_encode_guard *g, uint64_t call)
{
    pthread_mutex_lock(&g->lock);
    bool ours = g->call == call;
    if (ours)
        g->call = 0;
    else
        g->stuck--;
    pthread_mutex_unlock(&g->lock);
    return ours;
}

int pf_encode_guard_encode(struct pf_encode_guard *g, struct pf_encoder *encoder, struct pf_frame *frame,
    bool want_idr, struct pf_access_unit *au)
{
    uint64_t call = begin(g, encoder);
    pf_frame_ref(frame);
    int rc = encoder->ops->encode(encoder, frame, want_idr, au);
    pf_frame_unref(frame);
    if (end(g, call))
        return rc;
    pf_log_info("stream", "an encoder that was given up has returned after all rc=%d", rc);
    pf_encoder_close(encoder);
    pf_access_unit_return(au);
    pf_encode_guard_unref(g);
    pthread_exit(NULL);
}

uint64_t pf_encode_guard_call(struct pf_encode_guard *g, bool *ret_on_cpu)
{
    pthread_mutex_lock(&g->lock);
    *ret_on_cpu = g->on_cpu;
    uint64_t call = g->call;
    pthread_mutex_unlock(&g->lock);
    return call;
}

bool pf_encode_guard_leave(struct pf_encode_guard *g, uint64_t call)
{
    pthread_mutex_lock(&g->lock);
    bool left = call && g->call == call;
    if (left) {
        g->call = 0;
        g->stuck++;
        g->refs++; /* the thread's */
    }
    pthread_mutex_unlock(&g->lock);
    return left;
}

unsigned pf_encode_guard_stuck(struct pf_encode_guard *g)
{
    pthread_mutex_lock(&g->lock);
    unsigned stuck = g->stuck;
    pthread_mutex_unlock(&g->lock);
    return stuck;
}
