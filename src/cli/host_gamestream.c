/* The GameStream plane of the host. */
#include "cli/host_parts.h"

#include "base/log.h"
#include "encode/encoder.h"
#include "net/identity.h"
#include "trust/gamestream_store.h"

#include <errno.h>
#include <stdio.h>

#define SCOPE "host"

int pf_host_load_gamestream(struct pf_host *host, struct pf_error *err)
{
    int rc = pf_gamestream_store_open(host->dir, &host->gamestream_store, err);
    if (rc == 0 && host->config->gamestream)
        rc = pf_identity_load_gamestream(host->dir, &host->gamestream_identity, err);
    return rc;
}

static void on_stopped(void *user)
{
    struct pf_host *host = user;
    host->gamestream = NULL;
    pf_host_part_stopped(host);
}

static void announce(const struct pf_host *host)
{
    size_t paired = pf_gamestream_store_count(host->gamestream_store);
    pf_log_warn(SCOPE, "GameStream runs: its pairing and its media are weaker protected than those of "
                       "punktfunk clients; use "
                       "it in networks that you trust");
    pf_log_info(SCOPE, "Moonlight clients connect to %s; %zu %s paired", host->local_ip, paired,
        paired == 1 ? "is" : "are");
}

int pf_host_start_gamestream(struct pf_host *host, struct pf_error *err)
{
    if (!host->config->gamestream)
        return 0;
    host->titles = pf_host_titles_create(host->loop, host->library);
    if (!host->titles)
        return pf_error_set(err, -ENOMEM, "cannot start GameStream: out of memory");
    const struct pf_gamestream_config config = {.bind_address = host->config->gamestream_bind,
        .allow_public = host->config->gamestream_public,
        .hostname = host->hostname,
        .uniqueid = host->uniqueid,
        .codecs = pf_encoder_codecs(host->config->encoder)};
    const struct pf_gamestream_deps deps = {.identity = host->gamestream_identity,
        .store = host->gamestream_store,
        .play = {.machine = &host->machine,
            .audio = host->audio,
            .config_dir = host->dir,
            .recorder = host->config->mgmt ? &host->recorder : NULL,
            .seats = &host->seats},
        .titles = pf_host_titles_get,
        .titles_user = host->titles,
        .library = host->library};
    const struct pf_gamestream_callbacks callbacks = {.user = host, .stopped = on_stopped};
    int rc = pf_gamestream_start(host->loop, &config, &deps, &callbacks, &host->gamestream, err);
    if (rc == 0)
        announce(host);
    return rc;
}

/* ---- for the management API ---- */

static size_t on_pair_attempts(void *user, struct pf_mgmt_attempt *ret, size_t max)
{
    struct pf_host *host = user;
    struct pf_gamestream_attempt list[PF_MGMT_ATTEMPTS_MAX];
    size_t cap = max < PF_MGMT_ATTEMPTS_MAX ? max : PF_MGMT_ATTEMPTS_MAX;
    size_t n = host->gamestream ? pf_gamestream_attempts(host->gamestream, list, cap) : 0;
    for (size_t i = 0; i < n; i++) {
        ret[i] = (struct pf_mgmt_attempt){.id = list[i].id, .age_s = list[i].age_s};
        snprintf(ret[i].address, sizeof(ret[i].address), "%s", list[i].address);
    }
    return n;
}

static int on_submit_pin(void *user, uint32_t id, const char *pin)
{
    struct pf_host *host = user;
    return host->gamestream ? pf_gamestream_submit_pin(host->gamestream, id, pin) : -ENOENT;
}

static const char *on_pin_result(void *user, uint32_t *ret_id)
{
    static const char *const names[] = {[PF_GS_PIN_NONE] = "none",
        [PF_GS_PIN_TRYING] = "trying",
        [PF_GS_PIN_PAIRED] = "paired",
        [PF_GS_PIN_FAILED] = "failed"};
    struct pf_host *host = user;
    return host->gamestream ? names[pf_gamestream_pin_result(host->gamestream, ret_id)] : "none";
}

void pf_host_make_gamestream_api(struct pf_host *host)
{
    host->api.gamestream_store = host->gamestream_store;
    host->api.pair_attempts = on_pair_attempts;
    host->api.submit_pin = on_submit_pin;
    host->api.pin_result = on_pin_result;
}
