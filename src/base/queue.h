/* Bounded queue of pointers between threads, first in first out. */
#ifndef PF_BASE_QUEUE_H
#define PF_BASE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void **items;
    size_t cap, len, head;
    bool closed;
};

/* Allocates room for cap pointers; nothing is allocated afterwards. Returns 0 or -ENOMEM. */
int pf_queue_init(struct pf_queue *q, size_t cap);

/* Frees the queue. What is still in it belongs to the caller: pop it first. */
void pf_queue_finish(struct pf_queue *q);

/* Appends, waiting while the queue is full. -EPIPE once closed; the item then stays the caller's. */
int pf_queue_push(struct pf_queue *q, void *item);

/* Appends without waiting: -EAGAIN when full, -EPIPE once closed. */
int pf_queue_try_push(struct pf_queue *q, void *item);

/* Takes the oldest item, waiting until mono_deadline_ns (0: do not wait, UINT64_MAX: for ever). NULL on
 * time-out, or when the queue is closed and empty. */
void *pf_queue_pop(struct pf_queue *q, uint64_t mono_deadline_ns);

/* Wakes everyone; pushes fail from now on, pops drain what is left. */
void pf_queue_close(struct pf_queue *q);

bool pf_queue_is_closed(struct pf_queue *q);

#endif
