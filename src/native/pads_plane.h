/* The gamepads of one session, with what games do with them as datagrams (punktfunk1-control.md 4.3, 4.5).
 * Control loop's thread. */
#ifndef PF_NATIVE_PADS_PLANE_H
#define PF_NATIVE_PADS_PLANE_H

#include "base/error.h"
#include "input/pads/kind.h"
#include "input/pads/pad.h"
#include "net/loop.h"

#include <stddef.h>

struct pf_pads_plane;

struct pf_pads_plane_config {
    enum pf_pad_kind kind; /* of pads that do not say theirs */
    const char *label;     /* of the client, for the log; copied */
    void *user;
    void (*send)(void *user, const uint8_t *datagram, size_t len);
};

int pf_pads_plane_start(struct pf_loop *loop, const struct pf_pads_plane_config *config,
    struct pf_pads_plane **ret_plane, struct pf_error *err);

void pf_pads_plane_event(struct pf_pads_plane *plane, const struct pf_input_event *event);
void pf_pads_plane_rich(struct pf_pads_plane *plane, const struct pf_datagram *rich);

/* As if a game had done it. */
void pf_pads_plane_feedback(struct pf_pads_plane *plane, const struct pf_pad_feedback *feedback);

/* The devices go. NULL is allowed. */
void pf_pads_plane_stop(struct pf_pads_plane *plane);

#endif
