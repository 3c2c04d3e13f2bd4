#include "gamestream/gamestream.h"

#include "base/log.h"
#include "base/time.h"
#include "gamestream/nvhttp/service.h"
#include "gamestream/well_known.h"
#include "net/address.h"
#include "net/exposure.h"
#include "trust/gamestream_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "gamestream"

struct pf_gamestream {
    struct pf_gamestream_callbacks callbacks;
    struct pf_gamestream_store *store;
    struct pf_gs_service service;
    struct pf_gs_http *http, *https;
    struct pf_gs_play *play;
};

/* ---- starting -------------------------------------------------------------------------------------------
 */

static int refuse_public(const char *address, struct pf_error *err)
{
    struct sockaddr_storage bind_to, found;
    char shown[PF_ADDRESS_TEXT];
    int rc = pf_address_parse(address, 0, &bind_to, err);
    if (rc < 0)
        return pf_error_prefix(err, rc, "the GameStream address");
    rc = pf_exposure_find((struct sockaddr *)&bind_to, &found);
    if (rc < 0)
        return pf_error_set(
            err, rc, "cannot tell whether the internet reaches this machine: %s", strerror(-rc));
    if (rc == 0)
        return 0;
    return pf_error_set(err, -EPERM,
        "GameStream is not started: this machine has the public address %s, where everybody could reach it; "
        "bind it to a private one (--gamestream-bind IP), or say --gamestream-public",
        pf_address_format_ip((struct sockaddr *)&found, shown));
}

static void on_removed(void *user, const uint8_t fingerprint[32])
{
    struct pf_gamestream *g = user;
    pf_log_info(SCOPE, "removed the pairing of a Moonlight client");
    pf_gs_play_cut(g->play, fingerprint);
}

static void on_changed(void *user)
{
    struct pf_gamestream *g = user;
    if (g->callbacks.changed)
        g->callbacks.changed(g->callbacks.user);
}

static void on_play_stopped(void *user)
{
    struct pf_gamestream *g = user;
    struct pf_gamestream_callbacks callbacks = g->callbacks;
    free(g);
    callbacks.stopped(callbacks.user);
}

static int start_servers(struct pf_gamestream *g, struct pf_loop *loop,
    const struct pf_gamestream_config *config, const struct pf_identity *identity, const char *address,
    struct pf_error *err)
{
    struct pf_gs_http_config c = {.bind_address = address,
        .port = config->any_port ? 0 : PF_GAMESTREAM_HTTP_PORT,
        .user = &g->service,
        .handle = pf_gs_service_handle,
        .lost = pf_gs_service_lost};
    int rc = pf_gs_http_start(loop, &c, &g->http, err);
    if (rc < 0)
        return rc;
    c.port = config->any_port ? 0 : PF_GAMESTREAM_HTTPS_PORT;
    c.identity = identity;
    rc = pf_gs_http_start(loop, &c, &g->https, err);
    if (rc < 0)
        return rc;
    g->service.http_port = pf_gs_http_port(g->http);
    g->service.https_port = pf_gs_http_port(g->https);
    return 0;
}

static int start_play(struct pf_gamestream *g, struct pf_loop *loop,
    const struct pf_gamestream_config *config, const struct pf_gamestream_deps *deps, const char *address,
    struct pf_error *err)
{
    struct pf_gs_play_config c = config->ports;
    const struct pf_gs_play_callbacks callbacks = {
        .user = g, .changed = on_changed, .stopped = on_play_stopped};
    c.bind_address = address;
    int rc = pf_gs_play_start(loop, &c, &deps->play, &callbacks, &g->play, err);
    g->service.config.play = g->play;
    return rc;
}

static void close_servers(struct pf_gamestream *g)
{
    pf_gs_service_finish(&g->service); /* held requests are answered before their servers go */
    pf_gs_http_stop(g->http);
    pf_gs_http_stop(g->https);
}

int pf_gamestream_start(struct pf_loop *loop, const struct pf_gamestream_config *config,
    const struct pf_gamestream_deps *deps, const struct pf_gamestream_callbacks *callbacks,
    struct pf_gamestream **ret_gamestream, struct pf_error *err)
{
    const char *address = config->bind_address ? config->bind_address : PF_GAMESTREAM_DEFAULT_BIND;
    const struct pf_gs_service_config service = {.hostname = config->hostname,
        .uniqueid = config->uniqueid,
        .config_dir = deps->play.config_dir,
        .codecs = config->codecs,
        .identity = deps->identity,
        .store = deps->store,
        .titles = deps->titles,
        .titles_user = deps->titles_user,
        .library = deps->library};
    int rc = config->allow_public ? 0 : refuse_public(address, err);
    if (rc < 0)
        return rc;
    struct pf_gamestream *g = calloc(1, sizeof(*g));
    if (!g)
        return pf_error_set(err, -ENOMEM, "cannot start GameStream: out of memory");
    g->callbacks = *callbacks;
    g->store = deps->store;
    rc = pf_gs_service_init(&g->service, loop, &service, err);
    if (rc < 0) {
        free(g);
        return rc;
    }
    rc = start_servers(g, loop, config, deps->identity, address, err);
    if (rc == 0) /* last, because it does not stop at once */
        rc = start_play(g, loop, config, deps, address, err);
    if (rc < 0) {
        close_servers(g);
        free(g);
        return rc;
    }
    pf_gamestream_store_on_removal(deps->store, on_removed, g);
    *ret_gamestream = g;
    return 0;
}

void pf_gamestream_stop(struct pf_gamestream *g)
{
    pf_gamestream_store_on_removal(g->store, NULL, NULL);
    close_servers(g);
    pf_gs_play_stop(g->play);
}

uint16_t pf_gamestream_http_port(const struct pf_gamestream *g)
{
    return g->service.http_port;
}

uint16_t pf_gamestream_https_port(const struct pf_gamestream *g)
{
    return g->service.https_port;
}

/* ---- for the host ---------------------------------------------------------------------------------------
 */

size_t pf_gamestream_attempts(struct pf_gamestream *g, struct pf_gamestream_attempt *ret, size_t cap)
{
    uint64_t now = pf_time_boot_ns();
    size_t n = 0;
    pf_gs_pairing_expire(&g->service.pairing, now);
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX && n < cap; i++) {
        const struct pf_gs_attempt *a = &g->service.pairing.attempts[i];
        if (a->phase != PF_GS_PAIRING_WANTS_PIN)
            continue;
        ret[n].id = a->id;
        ret[n].age_s = (unsigned)((now - a->begun_ns) / PF_NS_PER_S);
        memcpy(ret[n++].address, a->address, sizeof(a->address));
    }
    return n;
}

int pf_gamestream_submit_pin(struct pf_gamestream *g, uint32_t id, const char *pin)
{
    return pf_gs_service_submit_pin(&g->service, id, pin);
}

enum pf_gs_pin_result pf_gamestream_pin_result(const struct pf_gamestream *g, uint32_t *ret_id)
{
    *ret_id = g->service.pin_id;
    return g->service.pin_result;
}

void pf_gamestream_info(const struct pf_gamestream *g, struct pf_gs_play_info *ret_info)
{
    pf_gs_play_info(g->play, ret_info);
}

int pf_gamestream_request_idr(struct pf_gamestream *g)
{
    return pf_gs_play_request_idr(g->play);
}

int pf_gamestream_end(struct pf_gamestream *g)
{
    return pf_gs_play_end(g->play);
}
