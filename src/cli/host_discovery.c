/* Announcing the host on the local network. */
#include "cli/host_parts.h"

#include "base/hex.h"
#include "base/log.h"
#include "base/time.h"
#include "cli/facts.h"
#include "mgmt/server.h"
#include "native/native.h"
#include "net/identity.h"
#include "net/wake.h"

#include <string.h>
#include <unistd.h>

/* The machine may have joined another network, so that another card is the one to wake. */
#define REFRESH_NS (60 * PF_NS_PER_S)

static struct pf_advert make_advert(const struct pf_host *host)
{
    struct pf_advert a = {.port = pf_native_port(host->native),
        .pairing_required = host->config->native.require_pairing,
        .mgmt_port = host->server ? pf_mgmt_server_port(host->server) : 0,
        .gamestream_port = host->gamestream ? pf_gamestream_http_port(host->gamestream) : 0};
    char ip[64], routed[64], kernel[256] = "";
    strcpy(a.name, host->hostname);
    /* Never the display name: other responders of this machine give its addresses to the kernel's name, and
     * two names for one address are a conflict. */
    gethostname(kernel, sizeof(kernel) - 1);
    pf_advert_target(kernel, a.host);
    pf_hex_encode(pf_identity_fingerprint(host->identity), 32, a.fingerprint);
    memcpy(a.id, host->uniqueid, strlen(host->uniqueid));
    pf_fact_local_ip(ip, sizeof(ip));
    pf_wake_interface_of(ip, routed, sizeof(routed));
    pf_wake_addresses(PF_WAKE_SYSFS, routed, a.macs);
    pf_advert_os("/etc/os-release", a.os);
    return a;
}

static void on_refresh(void *user)
{
    struct pf_host *host = user;
    const struct pf_advert advert = make_advert(host);
    pf_discovery_update(host->discovery, &advert);
    pf_timer_arm(host->discovery_timer, REFRESH_NS);
}

void pf_host_start_discovery(struct pf_host *host)
{
    struct pf_error err;
    if (!host->config->mdns)
        return;
    const struct pf_advert advert = make_advert(host);
    if (pf_discovery_start(&advert, &host->discovery, &err) < 0)
        pf_log_warn("discovery", "%s", err.text);
    else if (pf_timer_create(host->loop, on_refresh, host, &host->discovery_timer) == 0)
        pf_timer_arm(host->discovery_timer, REFRESH_NS);
}

void pf_host_stop_discovery(struct pf_host *host)
{
    pf_timer_destroy(host->discovery_timer);
    host->discovery_timer = NULL;
    pf_discovery_stop(host->discovery);
    host->discovery = NULL;
}
