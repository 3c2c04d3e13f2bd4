#include "input/pointer.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

#define EDGE    (1 - 1.0 / 65536) /* of the way to the far edge */
#define FAR     (1 << 20)         /* more than any desktop reaches */
#define WAIT_NS 250000000l

/* ---- arithmetic -----------------------------------------------------------------------------------------
 */

static double share(int32_t v, uint32_t extent)
{
    double part = extent ? (double)v / extent : 0;
    return part < 0 ? 0 : part > EDGE ? EDGE : part;
}

void pf_area_point(const struct pf_area *area, const struct pf_input *e, double *ret_x, double *ret_y)
{
    *ret_x = area->x + share(e->x, e->width) * area->width;
    *ret_y = area->y + share(e->y, e->height) * area->height;
}

/* One coordinate. */
static bool moved(double from, double extent, double *v, double by)
{
    double to = *v + by, last = from + EDGE * extent;
    *v = to < from ? from : to > last ? last : to;
    return *v != to;
}

bool pf_area_move(const struct pf_area *area, double *x, double *y, double dx, double dy)
{
    bool left = moved(area->x, area->width, x, dx);
    return moved(area->y, area->height, y, dy) || left;
}

int32_t pf_within_reason(int32_t v)
{
    return v < -FAR ? -FAR : v > FAR ? FAR : v;
}

/* ---- turns ----------------------------------------------------------------------------------------------
 */

/* Whose pointer the desktop's pointer is, and how many sessions have used it. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    bool busy;
    unsigned sessions;
    const struct pf_pointer *last;
} turn = {.lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};

/* True if another session moved it since. */
static bool take(struct pf_pointer *p)
{
    pthread_mutex_lock(&turn.lock);
    bool other = turn.last != p;
    turn.last = p;
    turn.sessions += !p->placed;
    pthread_mutex_unlock(&turn.lock);
    return other;
}

void pf_pointer_take_turn(struct pf_pointer *p)
{
    take(p);
    p->placed = true;
}

bool pf_pointer_come_back(struct pf_pointer *p, const struct pf_area *area)
{
    bool other = take(p);
    if (p->placed && !other)
        return false;
    if (!p->placed) {
        p->x = area->x + area->width / 2;
        p->y = area->y + area->height / 2;
    }
    p->placed = true;
    return true;
}

void pf_pointer_leave(const struct pf_pointer *p)
{
    pthread_mutex_lock(&turn.lock);
    if (turn.last == p)
        turn.last = NULL;
    turn.sessions -= p->placed;
    pthread_mutex_unlock(&turn.lock);
}

void pf_pointer_begin(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&turn.lock);
    while (turn.busy && pthread_cond_timedwait(&turn.freed, &turn.lock, &until) == 0)
        ;
    turn.busy = true;
    pthread_mutex_unlock(&turn.lock);
}

int pf_pointer_end(int (*settle)(void *user), void *user)
{
    pthread_mutex_lock(&turn.lock);
    bool several = turn.sessions > 1;
    pthread_mutex_unlock(&turn.lock);
    int rc = several && settle ? settle(user) : 0;
    pthread_mutex_lock(&turn.lock);
    turn.busy = false;
    pthread_cond_signal(&turn.freed);
    pthread_mutex_unlock(&turn.lock);
    return rc;
}
