/* What the owner lists for Moonlight clients instead of the desktop: the file apps.json
 * (management-and-operations.md 5.7). */
#ifndef PF_LIBRARY_APPS_H
#define PF_LIBRARY_APPS_H

#include "media/compositor.h"

#include <stddef.h>
#include <stdint.h>

#define PF_APPS_MAX        512u
#define PF_APP_TITLE_MAX   127u /* bytes of UTF-8 */
#define PF_APP_COMMAND_MAX 511u
#define PF_APP_ID_PREFIX   "app:" /* of the library id of an entry that has a command, then its number */

struct pf_app {
    uint32_t id; /* 1 to 2^31 − 1 */
    char title[PF_APP_TITLE_MAX + 1];
    enum pf_compositor compositor;        /* where it is to be shown */
    char command[PF_APP_COMMAND_MAX + 1]; /* for a shell; "": the desktop itself */
};

/* Reads the file in the configuration folder as it is now: at most `max` entries, no number twice. What is
 * wrong with it is left out, and said once; no file is no entry. Blocks on that small file; any thread. */
size_t pf_apps_load(const char *dir, struct pf_app *ret_apps, size_t max);

/* "app:7"; `id` has room for 16. */
void pf_app_library_id(uint32_t number, char id[16]);

#endif
