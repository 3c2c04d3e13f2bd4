/* The gamepads of one session: the client's events to the devices, what games do with them back to the
 * protocol. Control loop's thread; the devices have one of their own, which begins with the first event. */
#ifndef PF_SESSION_PADS_H
#define PF_SESSION_PADS_H

#include "base/error.h"
#include "input/pads/kind.h"
#include "input/pads/pad.h"
#include "net/loop.h"

struct pf_session_pads;

struct pf_session_pads_config {
    enum pf_pad_kind kind; /* of pads that do not say theirs */
    const char *label;     /* of the client, for the log; copied */
    void *user;
    /* What a game does with a pad; told on change. */
    void (*feedback)(void *user, const struct pf_pad_feedback *feedback);
};

int pf_session_pads_start(struct pf_loop *loop, const struct pf_session_pads_config *config,
    struct pf_session_pads **ret_pads, struct pf_error *err);

/* An event that pf_pad_set_knows. */
void pf_session_pads_event(struct pf_session_pads *pads, const struct pf_input_event *event);
/* A datagram of tag RICH. */
void pf_session_pads_rich(struct pf_session_pads *pads, const struct pf_datagram *rich);

/* What a game did, as the devices tell it: leads to `feedback` on the loop's thread, in order. Any thread. */
void pf_session_pads_tell(struct pf_session_pads *pads, const struct pf_pad_feedback *feedback);

/* The devices go. NULL is allowed. */
void pf_session_pads_stop(struct pf_session_pads *pads);

#endif
