/* The host's id: <config>/uniqueid, 32 hex digits, shared by both protocols
 * (management-and-operations.md 2.3). */
#ifndef PF_TRUST_UNIQUEID_H
#define PF_TRUST_UNIQUEID_H

#include "base/error.h"

#define PF_UNIQUEID_SIZE 33u /* with the NUL */

/* Reads the id, or makes and stores one. A file that holds something else is set aside as .bad. Errors: the
 * file cannot be read or written. */
int pf_uniqueid_load(const char *dir, char ret_id[PF_UNIQUEID_SIZE], struct pf_error *err);

#endif
