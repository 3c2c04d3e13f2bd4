/* The file <config>/mgmt-endpoint, which tells other programs on this machine where the management API is
 * (management-and-operations.md 2.7). */
#ifndef PF_CLI_ENDPOINT_H
#define PF_CLI_ENDPOINT_H

#include "base/error.h"

#include <stdint.h>

int pf_endpoint_write(const char *dir, uint16_t port, struct pf_error *err);

/* The port that the file names, or `fallback` if there is no such file or it cannot be understood. */
uint16_t pf_endpoint_read(const char *dir, uint16_t fallback);

#endif
