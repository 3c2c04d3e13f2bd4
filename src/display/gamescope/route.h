/* Whether a gamescope is started or an existing one is used (displays-and-capture.md 11.1). Pure. */
#ifndef PF_DISPLAY_GAMESCOPE_ROUTE_H
#define PF_DISPLAY_GAMESCOPE_ROUTE_H

#include <stdbool.h>

enum pf_gamescope_route {
    PF_GAMESCOPE_SPAWN,  /* one of our own for this session, with its command nested */
    PF_GAMESCOPE_ATTACH, /* the one that runs; it stays when the session ends */
    PF_GAMESCOPE_MANAGE, /* the machine's own session, started anew for the client */
};

struct pf_gamescope_facts {
    bool manage;  /* PUNKTFUNK_GAMESCOPE_MANAGED is set */
    bool attach;  /* PUNKTFUNK_GAMESCOPE_ATTACH or PUNKTFUNK_GAMESCOPE_NODE is set */
    bool launch;  /* the session starts a command */
    bool session; /* PUNKTFUNK_GAMESCOPE_SESSION is set, or the machine has a session that can be managed */
    bool foreign; /* a gamescope of this user runs that we did not start */
};

enum pf_gamescope_route pf_gamescope_route(const struct pf_gamescope_facts *facts);

/* "spawn", "attach" or "manage". */
const char *pf_gamescope_route_name(enum pf_gamescope_route route);

#endif
