#include "errand.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

enum { WAITING_MAX = 64 };

struct errand {
    void (*run)(void *arg);
    void *arg;
};

static struct pf_signal *signal_of_loop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* the following */
static struct errand waiting[WAITING_MAX];
static unsigned first, count;

static bool take(struct errand *ret)
{
    pthread_mutex_lock(&lock);
    bool some = count > 0;
    if (some) {
        *ret = waiting[first];
        first = (first + 1) % WAITING_MAX;
        count--;
    }
    pthread_mutex_unlock(&lock);
    return some;
}

/* Those that wait now: what they post comes after what else the loop has to do. */
static void run_waiting(void *user)
{
    struct errand e;
    pthread_mutex_lock(&lock);
    unsigned now = count;
    pthread_mutex_unlock(&lock);
    while (now-- && take(&e))
        e.run(e.arg);
}

int errand_loop_create(struct pf_loop **ret_loop)
{
    int rc = pf_loop_create(ret_loop);
    return rc < 0 ? rc : pf_signal_create(*ret_loop, run_waiting, NULL, &signal_of_loop);
}

void errand_loop_destroy(struct pf_loop *loop)
{
    run_waiting(NULL);
    pf_signal_destroy(signal_of_loop);
    signal_of_loop = NULL;
    pf_loop_destroy(loop);
}

void errand_post(void (*run)(void *arg), void *arg)
{
    pthread_mutex_lock(&lock);
    if (count == WAITING_MAX)
        abort();
    waiting[(first + count++) % WAITING_MAX] = (struct errand){run, arg};
    pthread_mutex_unlock(&lock);
    pf_signal_raise(signal_of_loop);
}

struct awaited {
    struct errand errand;
    sem_t done;
};

static void run_awaited(void *arg)
{
    struct awaited *a = arg;
    a->errand.run(a->errand.arg);
    sem_post(&a->done);
}

void errand_do(void (*run)(void *arg), void *arg)
{
    struct awaited a = {.errand = {run, arg}};
    sem_init(&a.done, 0, 0);
    errand_post(run_awaited, &a);
    while (sem_wait(&a.done) < 0)
        ;
    sem_destroy(&a.done);
}
