#include "client/pairing.h"

#include "base/hex.h"
#include "base/log.h"
#include "base/time.h"
#include "client/link.h"
#include "client/outcome.h"
#include "net/identity.h"
#include "net/loop.h"
#include "punktfunk/pake.h"
#include "punktfunk/wire_pairing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE    "pairing"
#define LIMIT_NS (90 * PF_NS_PER_S)

struct probe_pairing {
    struct pf_loop *loop;
    const struct probe_options *options;
    struct probe_report *report;
    struct probe_link link;
    struct pf_timer *timer;
    struct pf_spake2 spake;
    uint8_t client[32], host[32]; /* fingerprints */
    bool proof_sent, over;
};

static void end(struct probe_pairing *p, uint64_t code)
{
    p->over = true;
    pf_timer_disarm(p->timer);
    if (p->link.conn)
        probe_link_close(&p->link, code, "pair done");
    else
        pf_loop_stop(p->loop);
}

static void send_message(struct probe_pairing *p, const struct pf_pairing_message *m)
{
    uint8_t buf[PF_FRAME_PREFIX + PF_PAIRING_MAX];
    probe_link_send(&p->link, buf, pf_pairing_encode(m, buf + PF_FRAME_PREFIX, PF_PAIRING_MAX));
}

static void on_ready(void *user)
{
    struct probe_pairing *p = user;
    const uint8_t *fingerprint = pf_quic_peer_fingerprint(p->link.conn);
    const char *pin = p->options->pair;
    if (!fingerprint) {
        probe_outcome_fail(p->report, PROBE_NO_CONNECTION, "the host showed no certificate");
        end(p, PF_CLOSE_ERROR);
        return;
    }
    memcpy(p->host, fingerprint, sizeof(p->host));
    pf_hex_encode(p->host, sizeof(p->host), p->report->host_fingerprint);
    int r = pf_spake2_start(&p->spake, PF_SPAKE2_CLIENT, pin, strlen(pin), p->client, sizeof(p->client),
        p->host, sizeof(p->host));
    if (r < 0) {
        probe_outcome_fail(p->report, PROBE_CHECK_FAILED, "no random numbers: %s", strerror(-r));
        end(p, PF_CLOSE_ERROR);
        return;
    }
    struct pf_pairing_message m = {
        .type = PF_PAIRING_REQUEST, .request = {.spake = p->spake.message, .spake_len = PF_SPAKE2_MSG_LEN}};
    m.request.name_len = (uint8_t)snprintf(m.request.name, sizeof(m.request.name), "%s", p->options->name);
    send_message(p, &m);
}

static void take_challenge(struct probe_pairing *p, const struct pf_pairing_message *m)
{
    struct pf_pairing_message proof = {.type = PF_PAIRING_PROOF};
    uint8_t key[PF_SPAKE2_KEY_LEN] = {0};
    bool right = pf_spake2_finish(&p->spake, m->challenge.spake, m->challenge.spake_len, key) == 0 &&
                 pf_spake2_confirmed(key, PF_SPAKE2_HOST, p->client, p->host, m->challenge.confirm);
    if (right) {
        pf_spake2_confirm(key, PF_SPAKE2_CLIENT, p->client, p->host, proof.proof.confirm);
        send_message(p, &proof);
        p->proof_sent = true;
    } else {
        probe_outcome_fail(p->report, PROBE_CHECK_FAILED, "wrong PIN, or somebody in between");
        end(p, PF_CLOSE_ERROR);
    }
    explicit_bzero(key, sizeof(key));
}

static void take_result(struct probe_pairing *p, bool ok)
{
    p->report->paired = ok;
    if (!ok)
        probe_outcome_fail(p->report, PROBE_CHECK_FAILED, "the host did not accept the proof");
    end(p, ok ? PF_CLOSE_DONE : PF_CLOSE_ERROR);
}

static void on_message(void *user, const uint8_t *payload, size_t len)
{
    struct probe_pairing *p = user;
    struct pf_pairing_message m;
    if (p->over)
        return;
    int r = pf_pairing_decode(payload, len, &m);
    if (r == 0 && m.type == PF_PAIRING_CHALLENGE && !p->proof_sent) {
        take_challenge(p, &m);
    } else if (r == 0 && m.type == PF_PAIRING_RESULT && p->proof_sent) {
        take_result(p, m.result_ok);
    } else {
        probe_outcome_fail(p->report, PROBE_CHECK_FAILED, "the host does not keep to the ceremony");
        end(p, PF_CLOSE_ERROR);
    }
}

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
}

static void on_closed(void *user, const struct pf_quic_close_info *info)
{
    struct probe_pairing *p = user;
    probe_outcome_closed(p->report, info, p->over);
    p->over = true;
    pf_timer_disarm(p->timer);
    pf_loop_stop(p->loop);
}

static void on_timer(void *user)
{
    struct probe_pairing *p = user;
    probe_outcome_fail(p->report, PROBE_NO_CONNECTION, "the ceremony took too long");
    end(p, PF_CLOSE_ERROR);
}

static const struct probe_link_handlers link_handlers = {
    .ready = on_ready,
    .message = on_message,
    .datagram = on_datagram,
    .closed = on_closed,
};

int probe_pairing_start(struct pf_loop *loop, const struct probe_options *options,
    const struct pf_identity *identity, struct probe_report *report, struct probe_pairing **ret_pairing,
    struct pf_error *err)
{
    struct probe_pairing *p = calloc(1, sizeof(*p));
    if (!p)
        return pf_error_set(err, -ENOMEM, "out of memory");
    p->loop = loop;
    p->options = options;
    p->report = report;
    report->pairing = true;
    memcpy(p->client, pf_identity_fingerprint(identity), sizeof(p->client));
    int r = pf_timer_create(loop, on_timer, p, &p->timer);
    if (r < 0)
        pf_error_set(err, r, "the control loop has no room: %s", strerror(-r));
    else
        r = probe_link_open(&p->link, loop, options, identity, &link_handlers, p, err);
    if (r < 0) {
        probe_pairing_destroy(p);
        return r;
    }
    pf_timer_arm(p->timer, LIMIT_NS);
    *ret_pairing = p;
    return 0;
}

void probe_pairing_interrupt(struct probe_pairing *p)
{
    if (p->over)
        return;
    probe_outcome_fail(p->report, PROBE_NO_CONNECTION, "interrupted");
    end(p, PF_CLOSE_ERROR);
}

void probe_pairing_destroy(struct probe_pairing *p)
{
    if (!p)
        return;
    pf_spake2_wipe(&p->spake);
    pf_timer_destroy(p->timer);
    free(p);
}
