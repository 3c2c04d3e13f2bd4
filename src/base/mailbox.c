#include "base/mailbox.h"

#include "base/time.h"

#include <errno.h>
#include <time.h>

void pf_mailbox_init(struct pf_mailbox *m, void (*release)(void *item))
{
    *m = (struct pf_mailbox){.release = release};
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, &attr);
    pthread_condattr_destroy(&attr);
}

void pf_mailbox_finish(struct pf_mailbox *m)
{
    if (m->item)
        m->release(m->item);
    m->item = NULL;
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
}

bool pf_mailbox_put(struct pf_mailbox *m, void *item)
{
    pthread_mutex_lock(&m->lock);
    void *unwanted = m->closed ? item : m->item;
    if (!m->closed)
        m->item = item;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
    if (unwanted)
        m->release(unwanted);
    return unwanted != NULL;
}

void *pf_mailbox_take(struct pf_mailbox *m, uint64_t mono_deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(mono_deadline_ns / PF_NS_PER_S),
        .tv_nsec = (long)(mono_deadline_ns % PF_NS_PER_S)};
    pthread_mutex_lock(&m->lock);
    while (!m->item && !m->poked && !m->closed && mono_deadline_ns)
        if (pthread_cond_timedwait(&m->changed, &m->lock, &until) == ETIMEDOUT)
            break;
    void *item = m->item;
    m->item = NULL;
    m->poked = false;
    pthread_mutex_unlock(&m->lock);
    return item;
}

void pf_mailbox_poke(struct pf_mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    m->poked = true;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

void pf_mailbox_close(struct pf_mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    m->closed = true;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
}
