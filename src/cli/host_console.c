/* The web console of the running host. A host that cannot show it still streams. */
#include "cli/host_parts.h"

#include "base/log.h"
#include "console/server.h"
#include "mgmt/server.h"

#include <errno.h>

#define SCOPE "console"

void pf_host_start_console(struct pf_host *host)
{
    const struct pf_host_config *wish = host->config;
    struct pf_error err;
    if (!wish->console_bind || !host->server)
        return;
    const struct pf_console_config config = {.bind = wish->console_bind,
        .port = PF_CONSOLE_DEFAULT_PORT,
        .dir = host->dir,
        .identity = host->identity,
        .host = &host->api,
        .mgmt_port = pf_mgmt_server_port(host->server)};
    int rc = pf_console_start(host->loop, &config, &host->console, &err);
    if (rc == -EADDRINUSE)
        pf_log_warn(
            SCOPE, "there is no console: %s; choose another address with --console-bind IP:PORT", err.text);
    else if (rc < 0)
        pf_log_warn(SCOPE, "there is no console: %s", err.text);
}

void pf_host_announce_console(const struct pf_host *host)
{
    if (!host->console)
        return;
    const char *token = pf_console_setup_token(host->console);
    uint16_t port = pf_console_port(host->console);
    if (token)
        pf_log_info(SCOPE, "set the password of the console at https://%s:%u/setup#%s (good once)",
            host->local_ip, port, token);
    else
        pf_log_info(SCOPE, "console on https://%s:%u", host->local_ip, port);
}

void pf_host_stop_console(struct pf_host *host)
{
    pf_console_stop(host->console);
    host->console = NULL;
}
