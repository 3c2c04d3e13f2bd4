/* How gamescope is started: its command line and its environment (displays-and-capture.md 11.2). Pure. */
#ifndef PF_DISPLAY_GAMESCOPE_COMMAND_H
#define PF_DISPLAY_GAMESCOPE_COMMAND_H

#include "display/desktop_env.h"
#include "media/mode.h"

#define PF_GAMESCOPE_WORDS 128u /* of the application at most */

/* Where the nested command writes the name of gamescope's input socket. */
#define PF_GAMESCOPE_RELAY_VARIABLE "PUNKTFUNK_GAMESCOPE_EI"
/* Appended to that file's name: a file that is made when the command has ended. */
#define PF_GAMESCOPE_FAREWELL ".ended"

struct pf_gamescope_command {
    const char *argv[PF_GAMESCOPE_WORDS + 20]; /* NULL-terminated; constants, and strings of this structure */
    char width[12], height[12], rate[12];
    char *words; /* of the application, each ended by NUL */
};

/* The application is `program` (NULL-terminated words, borrowed while the command lives); without one `app`
 * (PUNKTFUNK_GAMESCOPE_APP), split at white space; if that is NULL or blank, "sleep infinity". Free with
 * pf_gamescope_command_finish. -ENOMEM, -E2BIG. */
int pf_gamescope_command_init(struct pf_gamescope_command *command, const struct pf_mode *mode,
    const char *const *program, const char *app);
void pf_gamescope_command_finish(struct pf_gamescope_command *command);

/* Whole hertz, at least 1: gamescope knows no others. */
unsigned pf_gamescope_rate(const struct pf_mode *mode);

/* A copy of `before` without the displays of the desktop, with the session's folder and bus, the relay file
 * and, if `nvidia`, the vendor of GLX. Free each and the array, with pf_gamescope_environment_free. NULL: no
 * memory. */
char **pf_gamescope_environment(
    const char *const before[], const struct pf_desktop_env *env, const char *relay, bool nvidia);
void pf_gamescope_environment_free(char **environment);

#endif
