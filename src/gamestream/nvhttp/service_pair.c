/* /pair and /unpair (docs/spec/gamestream.md 2.2, 2.4). */
#include "gamestream/nvhttp/service.h"

#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"
#include "trust/gamestream_store.h"

#include <errno.h>
#include <string.h>

#define SCOPE "gamestream"

struct peer {
    struct pf_gs_pairing_peer id;
    char address[PF_ADDRESS_TEXT];
};

static void peer_of(const struct pf_gs_request *r, struct peer *p)
{
    const char *uniqueid = pf_gs_query_get(&r->query, "uniqueid");
    pf_address_format_ip((struct sockaddr *)&r->peer, p->address);
    p->id = (struct pf_gs_pairing_peer){.uniqueid = uniqueid ? uniqueid : "", .address = p->address};
}

/* A phase that went well, or did not: both are 200. */
static void reply_phase(struct pf_gs_reply *ret, bool paired, const char *element, const char *value)
{
    struct pf_gs_xml x;
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    pf_gs_xml_number(&x, "paired", paired);
    if (paired && element)
        pf_gs_xml_text(&x, element, value);
    pf_gs_reply_xml(ret, &x);
}

/* ---- phase 1 --------------------------------------------------------------------------------------------
 */

static void announce(struct pf_gs_service *s, const char *address)
{
    if (pf_rate_limit_pass(&s->log_limit, pf_time_mono_ns(), NULL))
        pf_log_info(SCOPE,
            "a Moonlight client at %s wants to pair as request %u: enter the PIN that it shows, with "
            "\"punktfunk-host pair --gamestream PIN\"",
            address, s->pairing.next_id - 1);
}

static void begin(
    struct pf_gs_service *s, const struct pf_gs_request *r, const struct peer *p, struct pf_gs_reply *ret)
{
    const char *salt = pf_gs_query_get(&r->query, "salt");
    const char *certificate = pf_gs_query_get(&r->query, "clientcert");
    uint64_t now = pf_time_boot_ns();
    int rc = salt && certificate
                 ? pf_gs_pairing_begin(&s->pairing, now, &p->id, salt, certificate, r->exchange)
                 : -EINVAL;
    if (rc == 0) {
        *ret = (struct pf_gs_reply){.held = true};
        pf_timer_arm(s->timer, pf_gs_pairing_expire(&s->pairing, now) - now);
        announce(s, p->address);
    } else if (rc == -EBUSY) {
        reply_phase(ret, true, NULL, NULL); /* without a certificate: "another pairing is in progress" */
    } else {
        pf_gs_reply_failure(ret, rc == -ENOMEM ? 503 : 400,
            rc == -ENOTSUP ? "The client's certificate must have an RSA key of 2048 to 4096 bits"
                           : "The pairing request is damaged",
            "paired");
    }
}

/* Its id; 0: none or several wait. */
static uint32_t only_one(const struct pf_gs_service *s)
{
    uint32_t id = 0;
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++) {
        if (s->pairing.attempts[i].phase != PF_GS_PAIRING_WANTS_PIN)
            continue;
        if (id)
            return 0;
        id = s->pairing.attempts[i].id;
    }
    return id;
}

int pf_gs_service_submit_pin(struct pf_gs_service *s, uint32_t id, const char *pin)
{
    uint32_t meant = id ? id : only_one(s);
    int rc = pf_gs_pairing_submit_pin(&s->pairing, pf_time_boot_ns(), id, pin);
    if (rc < 0)
        return rc;
    s->pin_id = meant;
    s->pin_result = PF_GS_PIN_TRYING;
    return 0;
}

void pf_gs_service_judge(struct pf_gs_service *s, bool paired)
{
    if (s->pin_result != PF_GS_PIN_TRYING)
        return;
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++)
        if (s->pairing.attempts[i].id == s->pin_id)
            return;
    s->pin_result = paired ? PF_GS_PIN_PAIRED : PF_GS_PIN_FAILED;
    if (!paired)
        pf_log_info(SCOPE,
            "the Moonlight client of request %u did not pair: the PIN was wrong, or it gave up", s->pin_id);
}

void pf_gs_service_lost(void *user, struct pf_gs_exchange *exchange)
{
    struct pf_gs_service *s = user;
    pf_gs_pairing_lost(&s->pairing, exchange);
}

/* ---- the others -----------------------------------------------------------------------------------------
 */

static bool conclude(struct pf_gs_service *s, const struct peer *p, const char *secret)
{
    struct pf_gs_certificate client;
    struct pf_error err;
    if (!pf_gs_pairing_conclude(&s->pairing, pf_time_boot_ns(), &p->id, secret, &client))
        return false;
    int rc = pf_gamestream_store_add(s->config.store, client.der, client.der_len, &err);
    if (rc < 0)
        pf_log_error(SCOPE, "the Moonlight client at %s is not paired: %s", p->address, err.text);
    else
        pf_log_info(SCOPE, "paired with a Moonlight client at %s", p->address);
    pf_gs_certificate_finish(&client);
    pf_gs_service_judge(s, rc == 0);
    return rc == 0;
}

void pf_gs_service_pair(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    const char *phrase = pf_gs_query_get(&r->query, "phrase"), *value;
    char hex[2 * (PF_GS_PAIR_SECRET_LEN + PF_GS_SIGNATURE_MAX) + 1];
    uint64_t now = pf_time_boot_ns();
    struct peer p;
    peer_of(r, &p);
    if (phrase && strcmp(phrase, "pairchallenge") == 0)
        reply_phase(ret, pf_gs_service_knows(s, r), NULL, NULL);
    else if (r->secure)
        pf_gs_reply_failure(ret, 400, "Pairing begins over HTTP", "paired");
    else if (phrase && strcmp(phrase, "getservercert") == 0)
        begin(s, r, &p, ret);
    else if ((value = pf_gs_query_get(&r->query, "clientchallenge")))
        reply_phase(
            ret, pf_gs_pairing_challenge(&s->pairing, now, &p.id, value, hex), "challengeresponse", hex);
    else if ((value = pf_gs_query_get(&r->query, "serverchallengeresp")))
        reply_phase(ret, pf_gs_pairing_commit(&s->pairing, now, &p.id, value, hex), "pairingsecret", hex);
    else if ((value = pf_gs_query_get(&r->query, "clientpairingsecret")))
        reply_phase(ret, conclude(s, &p, value), NULL, NULL);
    else {
        pf_gs_pairing_abandon(&s->pairing, &p.id);
        pf_gs_reply_failure(ret, 400, "The pairing request is damaged", "paired");
    }
    pf_gs_service_judge(s, false);
}

/* Nothing in it proves who asks, so no pairing ends. */
void pf_gs_service_unpair(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    struct pf_gs_xml x;
    struct peer p;
    peer_of(r, &p);
    pf_gs_pairing_abandon(&s->pairing, &p.id);
    pf_gs_service_judge(s, false);
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    pf_gs_reply_xml(ret, &x);
}
