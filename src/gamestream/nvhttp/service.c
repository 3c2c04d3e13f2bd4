#include "gamestream/nvhttp/service.h"

#include "base/hex.h"
#include "base/time.h"
#include "gamestream/nvhttp/serverinfo.h"
#include "gamestream/play.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"
#include "net/wake.h"
#include "trust/gamestream_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- replies --------------------------------------------------------------------------------------------
 */

void pf_gs_reply_xml(struct pf_gs_reply *ret, struct pf_gs_xml *x)
{
    *ret = (struct pf_gs_reply){.type = "application/xml"};
    ret->body = pf_gs_xml_end(x, &ret->len);
    ret->status = ret->body ? 200 : 0;
}

void pf_gs_reply_failure(struct pf_gs_reply *ret, int code, const char *message, const char *element)
{
    struct pf_gs_xml x;
    pf_gs_xml_begin(&x, code, message, NULL);
    if (element)
        pf_gs_xml_number(&x, element, 0);
    pf_gs_reply_xml(ret, &x);
}

static void reply_unpaired(struct pf_gs_reply *ret, const char *path)
{
    struct pf_gs_xml x;
    char clean[PF_ADVERT_NAME_SIZE];
    pf_gs_xml_begin(
        &x, 401, "This device is not paired with this host", pf_advert_clean(path, strlen(path), clean));
    pf_gs_reply_xml(ret, &x);
}

/* ---- /serverinfo ----------------------------------------------------------------------------------------
 */

/* Others see a free host: what they could do to a game that is not theirs is none of their business
 * (section 8.3). */
static uint32_t own_app(const struct pf_gs_service *s, const struct pf_gs_request *r)
{
    struct pf_gs_play_info info;
    pf_gs_play_info(s->config.play, &info);
    bool own = info.state != PF_GS_PLAY_IDLE && memcmp(info.fingerprint, r->fingerprint, 32) == 0;
    return own ? pf_gs_play_current_app(s->config.play) : 0;
}

static void serverinfo(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    char ip[PF_ADDRESS_TEXT], card[64] = "", macs[PF_ADVERT_MACS][PF_ADVERT_MAC_SIZE] = {""};
    struct pf_gs_serverinfo info = {.hostname = s->config.hostname,
        .uniqueid = s->config.uniqueid,
        .http_port = s->http_port,
        .https_port = s->https_port,
        .local_ip = "127.0.0.1",
        .codecs = s->config.codecs,
        .paired = pf_gs_service_knows(s, r),
        .mac = macs[0]};
    struct pf_gs_xml x;
    if (r->local.ss_family == AF_INET)
        info.local_ip = pf_address_format_ip((struct sockaddr *)&r->local, ip);
    if (info.paired) {
        pf_wake_interface_of(info.local_ip, card, sizeof(card));
        pf_wake_addresses(PF_WAKE_SYSFS, card, macs);
        info.current_app = own_app(s, r);
    }
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    pf_gs_serverinfo_write(&x, &info);
    pf_gs_reply_xml(ret, &x);
}

/* ---- routes ---------------------------------------------------------------------------------------------
 */

enum where { HTTP = 1, HTTPS = 2 };

static const struct {
    const char *path;
    unsigned where;
    bool anybody; /* over HTTPS, too: it answers for itself */
    void (*answer)(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
} routes[] = {
    {"/serverinfo", HTTP | HTTPS, false, serverinfo},
    {"/pair", HTTP | HTTPS, true, pf_gs_service_pair},
    {"/unpair", HTTP, false, pf_gs_service_unpair},
    {"/applist", HTTPS, false, pf_gs_service_applist},
    {"/appasset", HTTPS, false, pf_gs_service_appasset},
    {"/launch", HTTPS, false, pf_gs_service_launch},
    {"/resume", HTTPS, false, pf_gs_service_resume},
    {"/cancel", HTTPS, false, pf_gs_service_cancel},
};

bool pf_gs_service_knows(const struct pf_gs_service *s, const struct pf_gs_request *r)
{
    return r->secure && r->has_certificate && pf_gamestream_store_knows(s->config.store, r->fingerprint);
}

void pf_gs_service_handle(void *user, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    struct pf_gs_service *s = user;
    unsigned here = r->secure ? HTTPS : HTTP;
    bool welcome = !r->secure || pf_gs_service_knows(s, r);
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if ((routes[i].where & here) && strcmp(routes[i].path, r->path) == 0 &&
            (welcome || routes[i].anybody)) {
            routes[i].answer(s, r, ret);
            return;
        }
    if (welcome)
        *ret = (struct pf_gs_reply){.status = 404};
    else
        reply_unpaired(ret, r->path);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void on_expiry(void *user)
{
    struct pf_gs_service *s = user;
    uint64_t now = pf_time_boot_ns(), next = pf_gs_pairing_expire(&s->pairing, now);
    pf_gs_service_judge(s, false);
    if (next != UINT64_MAX)
        pf_timer_arm(s->timer, next - now);
}

/* Ends a held phase 1. */
static void on_answer(void *user, struct pf_gs_attempt *attempt, bool paired)
{
    struct pf_gs_service *s = user;
    struct pf_gs_reply reply;
    struct pf_gs_xml x;
    if (paired) {
        const char *pem = pf_identity_certificate_pem(s->config.identity);
        size_t len = strlen(pem);
        char *hex = malloc(2 * len + 1);
        pf_gs_xml_begin(&x, 200, NULL, NULL);
        pf_gs_xml_number(&x, "paired", 1);
        if (hex)
            pf_gs_xml_text(&x, "plaincert", pf_hex_encode(pem, len, hex));
        free(hex);
        pf_gs_reply_xml(&reply, &x);
    } else {
        pf_gs_reply_failure(&reply, 408, "Nobody entered the PIN on the host", "paired");
    }
    if (attempt->held)
        pf_gs_http_answer(attempt->held, &reply);
    else
        free(reply.body);
}

static int import_key(struct pf_gs_service *s)
{
    if (gnutls_privkey_init(&s->key) < 0)
        return -ENOMEM;
    if (gnutls_privkey_import_x509(s->key, pf_identity_key(s->config.identity), GNUTLS_PRIVKEY_IMPORT_COPY) ==
        0)
        return 0;
    gnutls_privkey_deinit(s->key);
    return -ENOMEM;
}

int pf_gs_service_init(struct pf_gs_service *s, struct pf_loop *loop,
    const struct pf_gs_service_config *config, struct pf_error *err)
{
    *s = (struct pf_gs_service){.config = *config,
        .covers = {.loop = loop, .library = config->library},
        .log_limit = {.interval_ns = 10 * PF_NS_PER_S, .burst = 3}};
    int rc = import_key(s);
    if (rc < 0)
        return pf_error_set(err, rc, "cannot start GameStream: out of memory");
    rc = pf_gs_pairing_init(&s->pairing, pf_identity_certificate_pem(config->identity), s->key, on_answer, s);
    if (rc == 0)
        rc = pf_timer_create(loop, on_expiry, s, &s->timer);
    if (rc == 0)
        return 0;
    pf_gs_pairing_finish(&s->pairing);
    gnutls_privkey_deinit(s->key);
    return pf_error_set(err, rc,
        rc == -ENOMEM ? "cannot start GameStream: out of memory"
                      : "cannot start GameStream: the host's certificate is not RSA");
}

void pf_gs_service_finish(struct pf_gs_service *s)
{
    pf_gs_covers_finish(&s->covers);
    pf_gs_pairing_finish(&s->pairing);
    pf_timer_destroy(s->timer);
    gnutls_privkey_deinit(s->key);
}
