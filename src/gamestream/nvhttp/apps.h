/* What clients can start (docs/spec/gamestream.md 2.5, 12.4): the desktop, or what <config>/apps.json lists
 * instead of it, then the titles of the library. Control loop's thread.
 */
#ifndef PF_GAMESTREAM_NVHTTP_APPS_H
#define PF_GAMESTREAM_NVHTTP_APPS_H

#include "library/apps.h"
#include "session/request.h"

#include <stddef.h>
#include <stdint.h>

#define PF_GS_APPS_MAX      PF_APPS_MAX
#define PF_GS_APP_TITLE_MAX PF_APP_TITLE_MAX
#define PF_GS_DESKTOP_ID    1u

/* One title of the library that can be started. */
struct pf_gs_title {
    char library_id[129];
    char title[PF_GS_APP_TITLE_MAX + 1];
};

/* Fills at most `max` entries and returns how many; the order stays from call to call. */
typedef size_t (*pf_gs_titles_fn)(void *user, struct pf_gs_title *ret_titles, size_t max);

struct pf_gs_app {
    uint32_t id; /* 1 to 2^31 − 1 */
    char title[PF_GS_APP_TITLE_MAX + 1];
    char library_id[129]; /* "": the desktop */
    enum pf_compositor compositor;
};

struct pf_gs_apps {
    struct pf_gs_app *list;
    size_t count; /* never 0 */
};

/* Reads apps.json as it is now (library/apps.h). `titles` may be NULL. -ENOMEM. */
int pf_gs_apps_load(const char *config_dir, pf_gs_titles_fn titles, void *user, struct pf_gs_apps *ret_apps);
void pf_gs_apps_finish(struct pf_gs_apps *apps);

/* NULL: there is none with this id. */
const struct pf_gs_app *pf_gs_apps_find(const struct pf_gs_apps *apps, uint32_t id);

/* Id of a library title, before clashes are resolved. */
uint32_t pf_gs_app_id_of(const char *library_id);

#endif
