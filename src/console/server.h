/* The web console (management-and-operations.md 4): HTTPS for browsers, served by the host itself.
 *
 * It has the pages, logging in, and for who is logged in the management API with all rights. No thread of its
 * own but for hashing passwords: everything runs on the control loop. Limits: 256 connections, 64 from one
 * network, 16 KiB of request head, 4 KiB of a body that is not the API's.
 */
#ifndef PF_CONSOLE_SERVER_H
#define PF_CONSOLE_SERVER_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_CONSOLE_DEFAULT_BIND "::" /* IPv4 as well */
#define PF_CONSOLE_DEFAULT_PORT 47992

struct pf_identity;
struct pf_loop;
struct pf_mgmt_host;
struct pf_console;

struct pf_console_config {
    const char *bind; /* "IP" or "IP:PORT" */
    uint16_t port;    /* if bind names none; 0: any free one */
    const char *dir;  /* configuration folder */
    const struct pf_identity *identity;
    const struct pf_mgmt_host *host; /* borrowed until pf_console_stop */
    uint16_t mgmt_port;              /* where the API is too, for its document */
};

/* Listens and serves. Control loop. Errors: -ENOTSUP if the build has no pages; -EINVAL for the address,
 * -EADDRINUSE, other errnos of the socket and of the files. */
int pf_console_start(struct pf_loop *loop, const struct pf_console_config *config,
    struct pf_console **ret_console, struct pf_error *err);

/* Closes everything at once. Control loop. NULL is allowed. */
void pf_console_stop(struct pf_console *console);

uint16_t pf_console_port(const struct pf_console *console);

/* False: the owner has chosen no password yet (setup_link.h says where). Control loop. */
bool pf_console_is_set_up(const struct pf_console *console);

#endif
