#include "input/wlr/turn.h"

#include <pthread.h>
#include <stddef.h>

static struct {
    pthread_mutex_t lock;
    const void *last;    /* had the turn before; NULL: nobody, or it has left */
    const void *focused; /* has the keyboard focus for certain */
    unsigned members;
} seat = {.lock = PTHREAD_MUTEX_INITIALIZER};

void pf_wlr_turn_join(const void *who)
{
    pthread_mutex_lock(&seat.lock);
    seat.members++;
    pthread_mutex_unlock(&seat.lock);
}

void pf_wlr_turn_leave(const void *who)
{
    pthread_mutex_lock(&seat.lock);
    seat.members--;
    if (seat.last == who)
        seat.last = seat.focused = NULL;
    pthread_mutex_unlock(&seat.lock);
}

bool pf_wlr_turn_begin(const void *who)
{
    pthread_mutex_lock(&seat.lock);
    bool elsewhere = seat.last != who;
    if (elsewhere)
        seat.focused = NULL;
    seat.last = who;
    return elsewhere;
}

bool pf_wlr_turn_try(const void *who, bool needs_focus)
{
    if (pthread_mutex_trylock(&seat.lock) != 0)
        return false;
    if (seat.members == 1 && seat.last == who && (!needs_focus || seat.focused == who))
        return true;
    pthread_mutex_unlock(&seat.lock);
    return false;
}

bool pf_wlr_turn_needs_focus(const void *who)
{
    bool needed = seat.focused != who;
    seat.focused = who;
    return needed;
}

bool pf_wlr_turn_is_shared(void)
{
    return seat.members > 1;
}

void pf_wlr_turn_end(void)
{
    pthread_mutex_unlock(&seat.lock);
}
