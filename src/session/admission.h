/* Who may stream now: a pure state machine of connections and session permits
 * (punktfunk1-control.md 6.2, displays-and-capture.md 4.4).
 *
 * The front end embeds a ticket in each connection. A connection is counted when its TLS handshake is done,
 * asks for a permit when it wants to stream, waits in line while all are in use, and leaves when it is gone.
 * No clock, no allocation; one thread.
 */
#ifndef PF_SESSION_ADMISSION_H
#define PF_SESSION_ADMISSION_H

#include "display/policy.h"

#include <stdbool.h>
#include <stdint.h>

enum pf_ticket_state {
    PF_TICKET_OUT,       /* not, or no longer, known here */
    PF_TICKET_CONNECTED, /* counted, has asked for nothing */
    PF_TICKET_WAITING,   /* in line for a permit */
    PF_TICKET_ADMITTED,  /* holds a permit */
};

struct pf_ticket {
    enum pf_ticket_state state;
    bool ending;          /* its session is being stopped: nobody is refused because of it */
    bool has_fingerprint; /* anonymous clients never match anyone */
    uint8_t fingerprint[32];
    void *user;                    /* the connection; not touched here */
    struct pf_ticket *prev, *next; /* order of arrival in the present state */
};

struct pf_admission {
    unsigned max_concurrent; /* permits; 0: no limit */
    unsigned max_sessions;   /* connections to serve; 0: no limit */
    uint64_t served;         /* connections counted */
    unsigned connected, admitted, waiting;
    struct pf_ticket lists[4]; /* list heads, by state */
};

void pf_admission_init(struct pf_admission *a, unsigned max_concurrent, unsigned max_sessions);

/* The handshake is done: counts the connection, pairing and refused ones included. False once max_sessions
 * connections were counted: close it. The ticket is zeroed except `user` and the fingerprint. */
bool pf_admission_connect(struct pf_admission *a, struct pf_ticket *t);

/* The connection wants to stream. True: it has a permit; false: it waits until pf_admission_leave returns it.
 * Asking again changes nothing. */
bool pf_admission_request(struct pf_admission *a, struct pf_ticket *t);

/* The connection is gone. Returns the ticket that now got its permit, or NULL. A ticket that is out is
 * fine. */
struct pf_ticket *pf_admission_leave(struct pf_admission *a, struct pf_ticket *t);

/* All connections that were to be served have come. */
bool pf_admission_is_full(const struct pf_admission *a);
/* … and the last of them has left. */
bool pf_admission_is_finished(const struct pf_admission *a);

/* The sessions beside the ticket's own: those that hold a permit, oldest first. Start with `after` NULL.
 * NULL: no more. What happens to them is the caller's decision. Two anonymous clients are different ones. */
struct pf_ticket *pf_admission_same_client(
    struct pf_admission *a, const struct pf_ticket *t, const struct pf_ticket *after);
struct pf_ticket *pf_admission_other_client(
    struct pf_admission *a, const struct pf_ticket *t, const struct pf_ticket *after);

/* What a client that wants to stream gets under the owner's display policy. */
enum pf_admission_verdict {
    PF_ADMIT,       /* a display in its own mode */
    PF_ADMIT_JOIN,  /* a display in the mode of the oldest session of another client */
    PF_ADMIT_STEAL, /* the same as ADMIT, once the sessions of other clients have been stopped */
    PF_ADMIT_BUSY,  /* nothing: another client streams */
    PF_ADMIT_FULL,  /* nothing: there are as many displays as there may be */
};

/* Sessions that are ending do not count. *ret_other is the oldest session of another client, NULL: there is
 * none. */
enum pf_admission_verdict pf_admission_judge(struct pf_admission *a, const struct pf_ticket *t,
    const struct pf_display_policy *policy, struct pf_ticket **ret_other);

#endif
