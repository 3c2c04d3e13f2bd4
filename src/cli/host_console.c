/* The web console of the running host. A host that cannot show it still streams. */
#include "cli/host_parts.h"

#include "base/log.h"
#include "console/server.h"
#include "console/setup_link.h"
#include "mgmt/server.h"
#include "net/address.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

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

/* Where a browser finds it, "IP" or "[IP]". */
static void address_of(const struct pf_host *host, char out[PF_ADDRESS_TEXT + 2])
{
    struct sockaddr_storage a, any = {.ss_family = AF_INET}, any6 = {.ss_family = AF_INET6};
    char ip[PF_ADDRESS_TEXT];
    const struct sockaddr *bound = (const struct sockaddr *)&a;
    bool everywhere = pf_address_parse(host->config->console_bind, 0, &a, NULL) < 0 ||
                      pf_address_same_ip(bound, (const struct sockaddr *)&any) ||
                      pf_address_same_ip(bound, (const struct sockaddr *)&any6);
    if (everywhere)
        snprintf(out, PF_ADDRESS_TEXT + 2, "%s", host->local_ip);
    else
        snprintf(out, PF_ADDRESS_TEXT + 2, bound->sa_family == AF_INET6 ? "[%s]" : "%s",
            pf_address_format_ip(bound, ip));
}

void pf_host_announce_console(const struct pf_host *host)
{
    char token[PF_SETUP_TOKEN_SIZE], address[PF_ADDRESS_TEXT + 2];
    struct pf_error err;
    if (!host->console)
        return;
    address_of(host, address);
    uint16_t port = pf_console_port(host->console);
    if (pf_console_is_set_up(host->console))
        pf_log_info(SCOPE, "console on https://%s:%u", address, port);
    else if (pf_setup_link_make(host->dir, time(NULL), token, &err) < 0)
        pf_log_warn(SCOPE, "nobody can set the password of the console: %s", err.text);
    else
        pf_log_info(SCOPE,
            "set the password of the console at https://%s:%u/setup#%s (good once, for an hour)", address,
            port, token);
}

void pf_host_stop_console(struct pf_host *host)
{
    pf_console_stop(host->console);
    host->console = NULL;
}
