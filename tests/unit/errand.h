/* A control loop that other threads of a test give calls to. One at a time in a program. */
#ifndef PF_TESTS_ERRAND_H
#define PF_TESTS_ERRAND_H

#include "net/loop.h"

/* Instead of pf_loop_create and pf_loop_destroy; what was posted and has not run is run by the latter. */
int errand_loop_create(struct pf_loop **ret_loop);
void errand_loop_destroy(struct pf_loop *loop);

/* Calls run(arg) on the loop's thread soon, in the order of the posts. Any thread. */
void errand_post(void (*run)(void *arg), void *arg);
/* The same, and returns once it has returned. Not on the loop's thread. */
void errand_do(void (*run)(void *arg), void *arg);

#endif
