/* Input through the EI protocol (input-audio-encode.md 1.3): one injector, and the ways to a server. */
#ifndef PF_INPUT_EI_EI_H
#define PF_INPUT_EI_EI_H

#include "input/ei/region.h"
#include "input/injector.h"

/* Keys go by their place on the keyboard. Where the server takes no fingers, the first one is the pointer.
 * Events for a device that is not there, or paused, are dropped. */

/* Into gamescope, through its socket. The layout is gamescope's, which is always American: of text, ASCII is
 * typed, the rest is lost. */
extern const struct pf_input_backend pf_input_gamescope;

/* Into the desktop whose display it is: over the remote desktop session that made it (GNOME), else by asking
 * KWin, else through the portal. */
extern const struct pf_input_backend pf_input_ei;

/* Through the portal, which asks the user. */
extern const struct pf_input_backend pf_input_portal;

/* ---- for the ways ---------------------------------------------------------------------------------------
 */

struct pf_ei_server {
    struct pf_ei_place place;
    bool shares_pointer; /* several sessions have one pointer: it is kept on this one's region */
    bool whole_notches;  /* the server loses what is less than a notch of a wheel: it is saved up */
    void *user;          /* of the following, each of which may be NULL */
    /* Types a character of the desktop's layout; NULL: keys of the American one do. -errno ends it all. */
    int (*type)(void *user, uint32_t character);
    int (*settle)(void *user); /* waits until the desktop has handled what came before */
    /* Takes what the way's own connection says, without blocking. It may correct the place. -errno ends it.
     */
    int (*attend)(void *user, struct pf_ei_place *place);
    void (*leave)(void *user); /* frees the way, after the EI connection has ended */
};

/* Speaks over `fd`, which is taken over like `server->user`, also on failure. Blocks for some seconds at
 * most.
 */
int pf_ei_open(
    const struct pf_ei_server *server, int fd, struct pf_injector **ret_injector, struct pf_error *err);

/* The ways of pf_input_ei. */
int pf_ei_open_mutter(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);
int pf_ei_open_kwin(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);
int pf_ei_open_portal(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);

#endif
