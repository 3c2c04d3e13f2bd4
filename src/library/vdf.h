/* Steam's text files, read as lines `"key"  "value"`. */
#ifndef PF_LIBRARY_VDF_H
#define PF_LIBRARY_VDF_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the next line whose key is `key`, without regard to case, from *at on, and copies its value, with \\
 * and \" taken back. *at moves behind the line. False at the end; values that do not fit are skipped. */
bool pf_vdf_next(const char **at, const char *key, char *ret_value, size_t size);

#endif
