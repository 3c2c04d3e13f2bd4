/* Where launchers keep their files, and small helpers of the scanners. */
#ifndef PF_LIBRARY_PLACES_H
#define PF_LIBRARY_PLACES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pf_places {
    char *home, *data_home, *config_home, *cache_home; /* of the user */
};

/* From HOME and the XDG variables; false if there is no home. */
bool pf_places_init(struct pf_places *places);
void pf_places_finish(struct pf_places *places);

#define PF_TITLES_MAX 10000u /* of each launcher; nobody has more, damaged files might */

bool pf_is_dir(const char *path);

/* "<a>/<b>"; free() it. */
char *pf_place(const char *a, const char *b);

/* A title without pictures. `launch_kind` NULL: it cannot be started. NULL if a text is no UTF-8. */
json_t *pf_title(
    const char *id, const char *store, const char *title, const char *launch_kind, const char *launch_value);

/* The scanners: each appends its titles. */
void pf_scan_steam(const struct pf_places *places, json_t *titles);
void pf_scan_lutris(const struct pf_places *places, json_t *titles);
void pf_scan_heroic(const struct pf_places *places, json_t *titles);

/* Canonical folders of Steam that exist; free each and the list. */
char **pf_steam_roots(const struct pf_places *places, size_t *ret_count);

#endif
