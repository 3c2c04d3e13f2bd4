/* Calls on a control loop that runs on another thread. */
#ifndef PF_TESTS_ERRAND_H
#define PF_TESTS_ERRAND_H

#include "net/loop.h"

#include <semaphore.h>
#include <stdlib.h>

struct errand {
    void (*run)(void *arg);
    void *arg;
    sem_t done;
};

static inline void run_errand(void *arg)
{
    struct errand *e = arg;
    e->run(e->arg);
    sem_post(&e->done);
}

/* Returns once run(arg) has returned there. */
static inline void call_on_loop(struct pf_loop *loop, void (*run)(void *arg), void *arg)
{
    struct errand e = {.run = run, .arg = arg};
    sem_init(&e.done, 0, 0);
    if (pf_loop_post(loop, run_errand, &e) < 0)
        abort();
    while (sem_wait(&e.done) < 0)
        ;
    sem_destroy(&e.done);
}

#endif
