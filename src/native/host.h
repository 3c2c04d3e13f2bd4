/* The front end's own state. Private to src/native. */
#ifndef PF_NATIVE_HOST_H
#define PF_NATIVE_HOST_H

#include "native/connection.h"
#include "session/machine.h"

/* Connections that may wait for a permit; more are told that the host is busy. */
#define PF_NATIVE_WAITING_MAX 16u

/* What tests replace. */
struct pf_native_hooks {
    void *user;
    /* On a worker. */
    struct pf_host_facts (*facts)(void *user);
    /* The owner's display policy in force. */
    void (*policy)(void *user, struct pf_display_policy *ret_policy);
    /* As pf_virtual_feed_start. */
    int (*start_feed)(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
        struct pf_feed **ret_feed, struct pf_error *err);
};

struct pf_native {
    struct pf_loop *loop;
    struct pf_native_config config; /* limits are filled in */
    struct pf_native_deps deps;
    struct pf_native_callbacks callbacks;
    struct pf_native_hooks hooks;
    struct pf_session_policy policy;
    int fec_pin; /* PUNKTFUNK_FEC_PCT; −1: adaptive */

    struct pf_quic_listener *listener;
    struct pf_admission admission;
    struct pf_connection *first, *last;
    struct pf_timer *knock_timer;
    struct pf_rate_limit noise; /* lines that strangers can cause */
    bool stopping, listener_gone, finished_told;
};

/* For tests, before the first connection. */
void pf_native_set_hooks(struct pf_native *native, const struct pf_native_hooks *hooks);

/* True if a line that a stranger caused may be logged now. */
bool pf_native_may_log(struct pf_native *native);

/* Arms the timer for the queue of knocks; after each change of it. */
void pf_native_watch_knocks(struct pf_native *native);

void pf_native_changed(struct pf_native *native);

/* Counts and links a new connection. False if no more are taken. */
bool pf_native_add(struct pf_native *native, struct pf_connection *c);
/* Links it out; its permit goes to the next in line. */
void pf_native_remove(struct pf_native *native, struct pf_connection *c);
/* Call last: a connection is gone. May free `native`. */
void pf_native_removed(struct pf_native *native);

#endif
