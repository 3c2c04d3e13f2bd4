/* Where a session's pointer is, on desktops that have one pointer for all sessions. */
#ifndef PF_INPUT_POINTER_H
#define PF_INPUT_POINTER_H

#include "input/event.h"

/* The part of the desktop that a session's display is, in the coordinates of whoever takes the events. */
struct pf_area {
    double x, y, width, height;
};

/* The point of the area for the event's position on its surface. Never on the far edges: they belong to the
 * neighbours. Pure. */
void pf_area_point(const struct pf_area *area, const struct pf_input *event, double *ret_x, double *ret_y);

/* Moves a point by a relative motion. True if it would leave the area: then the point is at the edge. Pure.
 */
bool pf_area_move(const struct pf_area *area, double *x, double *y, double dx, double dy);

/* A way that no desktop is too small for and no protocol too. Pure. */
int32_t pf_within_reason(int32_t v);

/* All zero: not on its display yet. One thread each. */
struct pf_pointer {
    double x, y;
    bool placed;
};

/* Before anything that happens where the pointer is. True if it must be put to x, y first: another session
 * moved it since, or it was never there (then x, y become the middle of the area). Any thread. */
bool pf_pointer_come_back(struct pf_pointer *pointer, const struct pf_area *area);
/* It is about to be put somewhere. Any thread. */
void pf_pointer_take_turn(struct pf_pointer *pointer);
/* Its session ends. Any thread. */
void pf_pointer_leave(const struct pf_pointer *pointer);

/* Around whatever one session does with the pointer at a time, so that no other session's motion comes
 * between a motion and its click. Waits for the others, 250 ms at most. Any thread. */
void pf_pointer_begin(void);
/* `settle`, which may be NULL, waits until the desktop has handled what it was told; it is called only if
 * there are several sessions. Its error is returned. */
int pf_pointer_end(int (*settle)(void *user), void *user);

#endif
