/* The running host: builds all its parts, runs the control loop, and takes everything down again. */
#ifndef PF_CLI_HOST_H
#define PF_CLI_HOST_H

#include "base/error.h"
#include "native/native.h"

#include <stdbool.h>

#define PF_HOST_NATIVE_PORT 9777

struct pf_host_config {
    struct pf_native_config native;
    const char *encoder;      /* as pf_encoder_open takes it */
    bool compositor_required; /* virtual source: do not start without one */

    bool mgmt;              /* run the management API */
    const char *mgmt_bind;  /* "IP" or "IP:PORT" */
    uint16_t mgmt_port;     /* if mgmt_bind names none */
    const char *mgmt_token; /* NULL: variable or file */

    const char *console_bind; /* of the web console, "IP" or "IP:PORT"; NULL: none */

    bool gamestream;             /* serve stock Moonlight clients too */
    const char *gamestream_bind; /* numeric; NULL: every IPv4 address */
    bool gamestream_public;      /* even where the internet reaches it */

    bool mdns; /* announce the host on the local network */

    bool arm_at_start;       /* open a pairing window without expiry and log its PIN */
    const char *pairing_pin; /* its PIN; NULL: a new one */
};

/* Runs until SIGTERM, SIGINT or the last of native.max_sessions. Returns the exit status: 1 if the host could
 * not start, which was logged in one sentence. Call it once, on the main thread, before other threads exist.
 */
int pf_host_run(const struct pf_host_config *config);

/* PUNKTFUNK_IDLE_TIMEOUT_MS: 1000 or more. */
int pf_host_idle_timeout_from_env(unsigned *ret_ms, struct pf_error *err);

#endif
