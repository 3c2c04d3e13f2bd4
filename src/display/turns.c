#include "display/turns.h"

#include "base/time.h"
#include "display/display.h"

#include <errno.h>
#include <time.h>

#define TURN_NS (30 * PF_NS_PER_S)
#define LOOK_NS (50 * PF_NS_PER_MS) /* so often a wait looks whether it is cancelled */

void pf_turns_init(struct pf_turns *t)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &attr);
    pthread_condattr_destroy(&attr);
    t->first = NULL;
}

void pf_turns_finish(struct pf_turns *t)
{
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
}

static bool is_taken(const struct pf_turns *t, const struct pf_display_backend *backend)
{
    const struct pf_turn *turn = t->first;
    while (turn && turn->backend != backend)
        turn = turn->next;
    return turn != NULL;
}

/* Until something changes, or it is time to look again; locked. */
static void wait_until(struct pf_turns *t, uint64_t mono_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(mono_ns / PF_NS_PER_S), .tv_nsec = (long)(mono_ns % PF_NS_PER_S)};
    pthread_cond_timedwait(&t->changed, &t->lock, &until);
}

int pf_turns_take(struct pf_turns *t, struct pf_turn *turn, const struct pf_display_backend *backend,
    const struct pf_cancel *cancel)
{
    uint64_t now = pf_time_mono_ns(), deadline = now + TURN_NS;
    *turn = (struct pf_turn){0};
    if (backend->group_per_output)
        return pf_cancel_is_set(cancel) ? -ECANCELED : 0;
    pthread_mutex_lock(&t->lock);
    while (is_taken(t, backend) && now < deadline && !pf_cancel_is_set(cancel)) {
        wait_until(t, cancel && now + LOOK_NS < deadline ? now + LOOK_NS : deadline);
        now = pf_time_mono_ns();
    }
    int rc = pf_cancel_is_set(cancel) ? -ECANCELED : is_taken(t, backend) ? -ETIMEDOUT : 0;
    if (rc == 0) {
        *turn = (struct pf_turn){.next = t->first, .backend = backend};
        t->first = turn;
    }
    pthread_mutex_unlock(&t->lock);
    return rc;
}

void pf_turns_end(struct pf_turns *t, struct pf_turn *turn)
{
    if (!turn->backend)
        return;
    pthread_mutex_lock(&t->lock);
    struct pf_turn **link = &t->first;
    while (*link != turn)
        link = &(*link)->next;
    *link = turn->next;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}
