/* The control loop: one thread that runs QUIC, HTTP, timers and signals (libuv).
 *
 * Everything on it is single-threaded. Other threads leave their news where its owner looks, under a lock,
 * and wake the loop with a signal (pf_signal).
 */
#ifndef PF_NET_LOOP_H
#define PF_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct pf_loop;

/* Returns 0 or -errno. */
int pf_loop_create(struct pf_loop **ret_loop);
/* Closes the loop. All handles of it must be closed, or closing, before. NULL is allowed. */
void pf_loop_destroy(struct pf_loop *loop);

/* Runs until pf_loop_stop. Returns 0 or -errno. */
int pf_loop_run(struct pf_loop *loop);
/* Any thread. */
void pf_loop_stop(struct pf_loop *loop);

/* For handles of libuv; loop thread only. */
uv_loop_t *pf_loop_uv(struct pf_loop *loop);

/* Wakes the loop from another thread without allocating: raises that happen before the loop gets round to it
 * become one call. For threads that leave news in a place of their own, frame after frame. */
struct pf_signal;
/* Loop thread. */
int pf_signal_create(
    struct pf_loop *loop, void (*raised)(void *user), void *user, struct pf_signal **ret_signal);
/* Any thread, until pf_signal_destroy is called; never blocks. */
void pf_signal_raise(struct pf_signal *signal);
/* Loop thread. NULL is allowed. The callback does not run any more. */
void pf_signal_destroy(struct pf_signal *signal);

/* A one-shot timer that may be re-armed; loop thread only. */
struct pf_timer;
int pf_timer_create(struct pf_loop *loop, void (*fired)(void *user), void *user, struct pf_timer **ret_timer);
void pf_timer_arm(struct pf_timer *timer, uint64_t delay_ns);
void pf_timer_disarm(struct pf_timer *timer);
/* NULL is allowed. The callback does not run any more. */
void pf_timer_destroy(struct pf_timer *timer);

#endif
