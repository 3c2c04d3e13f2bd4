#include "base/queue.h"

#include "base/time.h"

#include <errno.h>
#include <stdlib.h>

int pf_queue_init(struct pf_queue *q, size_t cap)
{
    *q = (struct pf_queue){.cap = cap, .items = calloc(cap, sizeof(void *))};
    if (!q->items)
        return -ENOMEM;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, &attr);
    pthread_condattr_destroy(&attr);
    return 0;
}

void pf_queue_finish(struct pf_queue *q)
{
    if (!q->items)
        return;
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->items);
    q->items = NULL;
}

static int append_locked(struct pf_queue *q, void *item)
{
    if (q->closed)
        return -EPIPE;
    if (q->len == q->cap)
        return -EAGAIN;
    q->items[(q->head + q->len++) % q->cap] = item;
    pthread_cond_broadcast(&q->changed);
    return 0;
}

int pf_queue_push(struct pf_queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (!q->closed && q->len == q->cap)
        pthread_cond_wait(&q->changed, &q->lock);
    int rc = append_locked(q, item);
    pthread_mutex_unlock(&q->lock);
    return rc;
}

int pf_queue_try_push(struct pf_queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    int rc = append_locked(q, item);
    pthread_mutex_unlock(&q->lock);
    return rc;
}

void *pf_queue_pop(struct pf_queue *q, uint64_t mono_deadline_ns)
{
    void *item = NULL;
    bool wait_for_ever = mono_deadline_ns == UINT64_MAX;
    struct timespec until = {.tv_sec = wait_for_ever ? 0 : (time_t)(mono_deadline_ns / PF_NS_PER_S),
        .tv_nsec = wait_for_ever ? 0 : (long)(mono_deadline_ns % PF_NS_PER_S)};

    pthread_mutex_lock(&q->lock);
    while (!q->len && !q->closed && mono_deadline_ns) {
        int rc = wait_for_ever ? pthread_cond_wait(&q->changed, &q->lock)
                               : pthread_cond_timedwait(&q->changed, &q->lock, &until);
        if (rc == ETIMEDOUT)
            break;
    }
    if (q->len) {
        item = q->items[q->head];
        q->head = (q->head + 1) % q->cap;
        q->len--;
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return item;
}

void pf_queue_close(struct pf_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

bool pf_queue_is_closed(struct pf_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}
