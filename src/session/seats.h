/* Who plays now, over both protocols, and what becomes of whom when one more wants to: a pure state machine
 * (displays-and-capture.md 4.4, punktfunk1-control.md 6.10, gamestream.md 12.5).
 *
 * A front end embeds a seat in each of its sessions. It asks for a judgement, claims the seat, which ends
 * those that the new session replaces, waits for them to be gone, takes it, and leaves it when the session's
 * display is free. A client is its certificate: who has one for each protocol is two clients. Time is an
 * argument, nothing is allocated; one thread.
 */
#ifndef PF_SESSION_SEATS_H
#define PF_SESSION_SEATS_H

#include "display/policy.h"
#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

enum pf_seat_protocol {
    PF_SEAT_NATIVE,
    PF_SEAT_GAMESTREAM, /* has one session at a time, whoever it is for: its ports are fixed */
};

enum pf_seat_state {
    PF_SEAT_OUT,     /* not, or no longer, known here */
    PF_SEAT_CLAIMED, /* may still be refused; in nobody's way */
    PF_SEAT_TAKEN,
    PF_SEAT_ENDING, /* being stopped: nobody is refused because of it */
};

struct pf_seat;

struct pf_seat_ops {
    /* The mode in force, and a name of the client for people; PF_SEAT_LABEL bytes. */
    void (*describe)(const struct pf_seat *seat, struct pf_mode *ret_mode, char *ret_label);
    /* Its session shall end, as another one replaces it: it calls pf_seat_leave, now or later. */
    void (*end)(struct pf_seat *seat, const char *why);
    /* Those it waited for are gone. Must not call back into the seats. */
    void (*wake)(struct pf_seat *seat);
};

#define PF_SEAT_LABEL 65u

struct pf_seat {
    /* the front end's, before it asks */
    const struct pf_seat_ops *ops;
    void *user; /* not touched here */
    enum pf_seat_protocol protocol;
    bool needs_display;   /* test frames need none, so nobody can be in their way, nor they in anybody's */
    bool replaces_own;    /* a new session of this client ends its older ones */
    bool has_fingerprint; /* anonymous clients never match anyone */
    uint8_t fingerprint[32];

    /* not the front end's */
    enum pf_seat_state state;
    bool steals;                 /* it replaces the sessions of all other clients */
    uint64_t wait_until_ns;      /* for those it replaces, at the latest; 0: it does not wait */
    struct pf_seat *prev, *next; /* order of arrival */
};

struct pf_seats {
    struct pf_seat list; /* its head */
};

enum pf_verdict {
    PF_VERDICT_SEPARATE, /* a display in its own mode */
    PF_VERDICT_JOIN,     /* a display in the mode of the oldest session of another client */
    PF_VERDICT_STEAL,    /* its own mode; the sessions of other clients end */
    PF_VERDICT_BUSY,     /* nothing: another client plays */
    PF_VERDICT_FULL,     /* nothing: there are as many displays as there may be */
};

struct pf_judgement {
    enum pf_verdict verdict;
    struct pf_mode joined; /* JOIN; else its width is 0 */
    char why[160];         /* BUSY, FULL: for the user */
};

void pf_seats_init(struct pf_seats *seats);

/* What a client that wants to play gets under the owner's policy. `seat` need not be known; its own session,
 * and those that it would replace, are not in its way. */
void pf_seats_judge(const struct pf_seats *seats, const struct pf_seat *seat,
    const struct pf_display_policy *policy, struct pf_judgement *ret_judgement);

/* The client is let in by this judgement: the sessions that it replaces are ended, and it may wait for them
 * until now_ns + patience_ns. */
void pf_seat_claim(struct pf_seats *seats, struct pf_seat *seat, const struct pf_judgement *judgement,
    uint64_t now_ns, uint64_t patience_ns);

/* Some that it replaces, or an older session of this client that ends anyway, have not left yet, and there is
 * time. Its display may be had in a moment. */
bool pf_seat_must_wait(const struct pf_seats *seats, const struct pf_seat *seat, uint64_t now_ns);

/* Its session begins: it counts from now on. Claimed before. */
void pf_seat_take(struct pf_seats *seats, struct pf_seat *seat);

/* Its session is being stopped. A seat that was only claimed is out at once. */
void pf_seat_end(struct pf_seats *seats, struct pf_seat *seat);

/* Its session is over, and its display is free. A seat that is out is fine. */
void pf_seat_leave(struct pf_seats *seats, struct pf_seat *seat);

#endif
