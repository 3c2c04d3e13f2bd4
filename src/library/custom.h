/* Titles that the owner added: the file library.json. Not thread-safe; the library guards it. */
#ifndef PF_LIBRARY_CUSTOM_H
#define PF_LIBRARY_CUSTOM_H

#include "base/error.h"

#include <jansson.h>
#include <stdint.h>

/* The entries, in the API's form CustomEntry; a new reference. A damaged file is set aside and counts as
 * empty; entries of another form are left out. */
json_t *pf_custom_load(const char *dir);
int pf_custom_save(const char *dir, const json_t *entries, struct pf_error *err);

/* A new entry; only members that an entry has are taken. NULL if memory is exhausted. */
json_t *pf_custom_make(const char *id, const json_t *input);

/* 12 hexadecimal digits from the title and the time. */
void pf_custom_make_id(const char *title, uint64_t unix_ns, char out[13]);

#endif
