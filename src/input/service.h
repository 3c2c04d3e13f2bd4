/* The input of one session: a queue, and the thread that plays what is in it into the session's display.
 *
 * Every session has a service of its own, because it has a display of its own: a compositor that hangs holds
 * up nobody else. The injector is opened as soon as the display is there, so that programs have met keyboard
 * and pointer before the first event; it follows the display when it changes, and is opened again after it
 * failed. What the client holds down is let go when the service stops, however the
 * session ends (input-audio-encode.md 1.2).
 *
 * An event that finds nothing before it, and needs no waiting for the desktop, is played by whoever brings
 * it: waking the thread would take longer than playing it. Those that come close together wait for the
 * thread, which makes fewer of them.
 */
#ifndef PF_INPUT_SERVICE_H
#define PF_INPUT_SERVICE_H

#include "input/injector.h"

#define PF_INPUT_QUEUE     1024u         /* events that wait; newer ones are dropped */
#define PF_INPUT_RETRY_NS  2000000000ull /* after a failure, unless the display changes */
#define PF_INPUT_GONE_NS   250000000ull  /* after the display vanished: until its session knows, too */
#define PF_INPUT_APART_NS  500000ull     /* events that come faster are the thread's */
#define PF_INPUT_LABEL_MAX 48

struct pf_input_service;

struct pf_input_service_config {
    void *user;
    /* Where input goes now; false if there is no display at the moment. Never blocks; on the service's
     * thread, and on those that push. */
    bool (*target)(void *user, struct pf_input_target *ret_target);
    /* Opens an injector; NULL: pf_injector_open. */
    int (*open)(
        const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);
    uint64_t retry_ns; /* pause after a failure; 0: PF_INPUT_RETRY_NS */
    const char *label; /* of the client, for the log; copied */
};

/* Starts the thread. -errno with a sentence. */
int pf_input_service_start(const struct pf_input_service_config *config,
    struct pf_input_service **ret_service, struct pf_error *err);

/* Any thread, never blocks: plays or queues one event. Those that find the queue full or the service stopped
 * are lost. */
void pf_input_service_push(struct pf_input_service *service, const struct pf_input *event);

/* Any thread, never blocks: there is a display, or another one. Without this it is noticed within a second.
 */
void pf_input_service_look(struct pf_input_service *service);

/* Any thread, never blocks, may be repeated: what waits is dropped, what is held is let go, the injector is
 * closed. `target` may still be called. */
void pf_input_service_stop(struct pf_input_service *service);

/* After stop: waits until all that is done, which a compositor that hangs may delay by some seconds. One
 * thread. */
void pf_input_service_wait(struct pf_input_service *service);

/* Stops, waits if nobody has, frees. NULL is allowed. */
void pf_input_service_destroy(struct pf_input_service *service);

struct pf_input_service_stats {
    uint64_t injected; /* after merging */
    uint64_t dropped;  /* the queue was full */
    uint64_t lost;     /* there was no injector */
};
/* Any thread. */
void pf_input_service_stats(struct pf_input_service *service, struct pf_input_service_stats *ret_stats);

#endif
