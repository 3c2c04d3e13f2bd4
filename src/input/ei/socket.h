/* The way to an EIS socket. */
#ifndef PF_INPUT_EI_SOCKET_H
#define PF_INPUT_EI_SOCKET_H

#include "base/error.h"

#include <stdint.h>

/* Connects to `path`: a socket, or a file with the name of one in its first line (beside the file, or
 * absolute), which may take until `mono_deadline_ns` to appear. Links are refused. Returns the connection,
 * not blocking, or -errno with a sentence: -EAGAIN if it did not appear, -ENOTSUP if the file says that there
 * is none, -ECONNREFUSED if nobody listens. */
int pf_ei_socket_connect(const char *path, uint64_t mono_deadline_ns, struct pf_error *err);

#endif
