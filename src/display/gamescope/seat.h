/* Whether the user is logged in to a desktop: as logind says, for whom a desktop that runs inside a gamescope
 * is none (displays-and-capture.md 11.4).
 */
#ifndef PF_DISPLAY_GAMESCOPE_SEAT_H
#define PF_DISPLAY_GAMESCOPE_SEAT_H

#include <stdbool.h>

enum pf_seat_use {
    PF_SEAT_UNKNOWN, /* a session on a seat, but not of what */
    PF_SEAT_WITHOUT_DESKTOP,
    PF_SEAT_WITH_DESKTOP,
};

/* Reads what `loginctl show-session` wrote of the user's sessions: blocks of "Key=Value" lines. Pure. */
enum pf_seat_use pf_seat_parse(const char *text);

/* Asks logind; where it is not there or does not know, looks at the processes. Blocks, at most 10 s. */
bool pf_seat_has_desktop(void);

#endif
