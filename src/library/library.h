/* The games of this machine: what launchers have installed and what the owner added
 * (management-and-operations.md 5).
 *
 * Titles are JSON objects in the API's form GameEntry. Everything is looked up anew at each call, so
 * everything here blocks on files (and art on the network); any thread but the control loop. A launcher that
 * is absent, or whose files are damaged, adds nothing.
 */
#ifndef PF_LIBRARY_LIBRARY_H
#define PF_LIBRARY_LIBRARY_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pf_library;

/* What this build has, for people: the launchers, and what gets pictures from the network. */
extern const char pf_library_lutris[]; /* "lutris" or "" */
extern const char pf_library_fetch[];  /* "libcurl" or "none" */

/* `dir` is the configuration folder. Launchers are looked for in the home of this process's user. */
int pf_library_create(const char *dir, struct pf_library **ret_library);
void pf_library_destroy(struct pf_library *library); /* NULL is allowed */

/* All titles, sorted by name without regard to case; a new reference. */
json_t *pf_library_titles(struct pf_library *library);

struct pf_launch_command;

/* How the title, or the entry of apps.json, is started on this machine. The id may come from a client: it
 * names a title of this library, and nothing of it becomes part of a command. -ENOENT: there is no such
 * title, or it cannot be started; else as pf_launch_command_make. */
int pf_library_recipe(
    struct pf_library *library, const char *id, struct pf_launch_command *ret_command, struct pf_error *err);

/* ---- titles that the owner added; `entry` has the form CustomInput, with a title that is not blank ---- */

/* *ret_entry (a new reference) has the form CustomEntry. Errors: the file cannot be written, nothing changes.
 */
int pf_library_add(struct pf_library *library, const json_t *input, json_t **ret_entry, struct pf_error *err);
/* -ENOENT: there is no such entry. */
int pf_library_replace(struct pf_library *library, const char *id, const json_t *input, json_t **ret_entry,
    struct pf_error *err);
int pf_library_remove(struct pf_library *library, const char *id, struct pf_error *err);

/* ---- pictures ---- */

struct pf_art {
    void *data; /* free() it */
    size_t len;
    const char *media; /* "image/jpeg" or "image/png" */
};

/* The picture `kind` ("portrait", "hero", "logo", "header") of a title of Steam: from Steam's own files, else
 * from its servers. -ENOENT: there is none; -EBUSY: ask again later. Both texts come from the network. */
int pf_library_art(struct pf_library *library, const char *id, const char *kind, struct pf_art *ret_art);

/* The picture of any title for a list of covers: the first of portrait, header, hero and logo that can be
 * had, wherever its launcher or the owner says it is (management-and-operations.md 5.7). Errors as above. */
int pf_library_cover(struct pf_library *library, const char *id, struct pf_art *ret_art);

#endif
