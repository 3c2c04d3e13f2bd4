/* How many may stream at once: a pure state machine of connections and session permits
 * (punktfunk1-control.md 6.2). What they do to each other is session/seats.h.
 *
 * The front end embeds a ticket in each connection. A connection is counted when its TLS handshake is done,
 * asks for a permit when it wants to stream, waits in line while all are in use, and leaves when it is gone.
 * No clock, no allocation; one thread.
 */
#ifndef PF_SESSION_ADMISSION_H
#define PF_SESSION_ADMISSION_H

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
 * connections were counted: close it. The ticket is zeroed except `user`. */
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

#endif
