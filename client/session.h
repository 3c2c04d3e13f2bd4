/* One streaming session: handshake, clock, control messages, tests, end. */
#ifndef PF_CLIENT_SESSION_H
#define PF_CLIENT_SESSION_H

#include "client/options.h"
#include "client/report.h"

struct pf_identity;
struct pf_loop;

struct probe_session;

/* Starts on the loop; stops the loop when the session is over. Everything passed in is borrowed until
 * probe_session_destroy. Loop thread only. */
int probe_session_start(struct pf_loop *loop, const struct probe_options *options,
    const struct pf_identity *identity, struct probe_report *report, struct probe_session **ret_session,
    struct pf_error *err);

/* Ends it early, as if its time were up. */
void probe_session_interrupt(struct probe_session *s);

/* A script of input that waits goes on. */
void probe_session_go_on(struct probe_session *s);

/* After the loop has stopped. NULL is allowed. */
void probe_session_destroy(struct probe_session *s);

#endif
