/* The input socket of fakescope. Without libeis it is one that nobody answers on. */
#ifndef FAKESCOPE_EIS_H
#define FAKESCOPE_EIS_H

#include <spa/support/loop.h>
#include <stddef.h>

struct pw_loop;

/* Takes the first free name "gamescope-<n>-ei" in $XDG_RUNTIME_DIR, and says it. Exits when there is none. */
void fakescope_eis_start(struct pw_loop *loop, unsigned width, unsigned height, char *ret_name, size_t cap);
void fakescope_eis_stop(void);

/* What a compositor may do at any time. */
void fakescope_eis_pause(void); /* or lets it go on */
void fakescope_eis_replace_seat(void);
void fakescope_eis_hang_up(void);

#endif
