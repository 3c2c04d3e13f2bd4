/* Starts titles of the library in the displays of sessions, and ends them (management-and-operations.md 5.6).
 *
 * One thread for all of them: it looks the title up, gives its display the focus, starts the program in the
 * environment of the desktop, writes what it says to the log, brings its windows onto the display where the
 * desktop can be told, and ends it. What begins and ends when is decided by session/titles.h. Nothing that
 * goes wrong here ends a stream: it is logged.
 *
 * Functions may be called from any thread and do not block, but for create, stop and destroy.
 */
#ifndef PF_SESSION_LAUNCHER_H
#define PF_SESSION_LAUNCHER_H

#include "library/launch.h"
#include "media/source.h"
#include "session/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_library;
struct pf_registry;
struct pf_launcher;

struct pf_launcher_config {
    struct pf_library *library;   /* outlives it */
    struct pf_registry *registry; /* of the displays; outlives pf_launcher_stop */
    const char *guard;            /* executable that is the guard (base/guard.h); NULL: the running one */
};

int pf_launcher_create(const struct pf_launcher_config *config, struct pf_launcher **ret_launcher);
/* Ends everything that it started and waits for that, about 7 s at most; nothing is started any more. */
void pf_launcher_stop(struct pf_launcher *launcher);
/* Stops it, too. NULL is allowed. */
void pf_launcher_destroy(struct pf_launcher *launcher);

/* A session begins. Returns what it is known by; 0: it wants no title. */
uint64_t pf_launcher_join(struct pf_launcher *launcher, const struct pf_session_plan *plan);
/* Its picture comes from there, the display with that generation: the title is started, or follows; nothing
 * if it runs inside already. */
void pf_launcher_place(
    struct pf_launcher *launcher, uint64_t session, const struct pf_source *source, uint64_t display);
/* It is over. With `quit` (the client left on purpose) the title ends; else it stays with its display. Call
 * it before the display is given up with `quit`, after that without; once for each join. */
void pf_launcher_leave(struct pf_launcher *launcher, uint64_t session, bool quit);

/* The words of the plan's title, for displays that start it themselves. Looks into files; any thread. -ENOENT
 * and others with the sentence: it cannot be started. */
int pf_launcher_program(struct pf_launcher *launcher, const struct pf_session_plan *plan,
    struct pf_launch_command *ret_command, struct pf_error *err);

/* The client with this certificate quits: ends all its titles. */
void pf_launcher_quit(struct pf_launcher *launcher, const uint8_t fingerprint[32]);
/* Displays were removed. */
void pf_launcher_look(struct pf_launcher *launcher);

#endif
