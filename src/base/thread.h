/* Threads with a name and a wish for priority. */
#ifndef PF_BASE_THREAD_H
#define PF_BASE_THREAD_H

#include <pthread.h>

enum pf_thread_class {
    PF_THREAD_NORMAL,
    PF_THREAD_SEND,    /* nice −5 where allowed */
    PF_THREAD_CAPTURE, /* nice −10 where allowed; encode threads too */
};

/* Starts a joinable thread that top, ps and debuggers show as "pf-" and `name`, which has 12 characters at
 * most: the word of docs/architecture.md. All signals are blocked in it, so that they reach the control loop.
 * Returns 0 or -errno. */
int pf_thread_start(
    pthread_t *ret_thread, const char *name, enum pf_thread_class cls, void (*run)(void *arg), void *arg);

#endif
