/* The conversation with xdg-desktop-portal about input: org.freedesktop.portal.RemoteDesktop
 * (input-audio-encode.md 1.3). */
#ifndef PF_INPUT_EI_PORTAL_TALK_H
#define PF_INPUT_EI_PORTAL_TALK_H

#include "base/error.h"
#include "input/ei/portal_token.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

enum pf_portal_stage { PF_PORTAL_CREATING, PF_PORTAL_SELECTING, PF_PORTAL_STARTING, PF_PORTAL_GRANTED };

/* One thread. Must not move in memory. */
struct pf_portal_talk {
    sd_bus *bus;
    enum pf_portal_stage stage;
    char request[256]; /* whose answer is awaited */
    char session[256];
    bool answered, closed;
    uint32_t response;
    char token[PF_PORTAL_TOKEN_SIZE]; /* to be let in by; once granted, the one for the next time */
    unsigned requests;
};

/* Begins. `token` may be "". -ENOTSUP: there is no portal that gives EIS connections. Waits for answers of
 * the portal, none of the user. Finish in any case. */
int pf_portal_talk_begin(
    struct pf_portal_talk *t, const char *dbus_address, const char *token, struct pf_error *err);
/* Ends the session, if there is one. */
void pf_portal_talk_finish(struct pf_portal_talk *t);

/* Takes what the portal says and goes on from there; never waits for the user. 0; -EACCES: the user refused;
 * -ECONNRESET: the session was ended; -errno with a sentence in any case. */
int pf_portal_talk_step(struct pf_portal_talk *t, struct pf_error *err);

/* Once granted: the EIS connection. */
int pf_portal_talk_connect(struct pf_portal_talk *t, struct pf_error *err);

#endif
