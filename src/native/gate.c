/* Who gets in: pairing, paired clients, open hosts, knocks, and the line for a permit. */
#include "native/connection.h"

#include "base/log.h"
#include "native/host.h"
#include "net/identity.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const uint8_t *fingerprint_of(const struct pf_connection *c)
{
    return c->ticket.has_fingerprint ? c->ticket.fingerprint : NULL;
}

/* ---- pairing --------------------------------------------------------------------------------------------
 */

static void pair(struct pf_connection *c, const struct pf_pairing_message *request)
{
    const struct pf_ceremony_deps deps = {.pairing = c->native->deps.pairing,
        .store = c->native->deps.store,
        .knocks = c->native->deps.knocks,
        .host_fingerprint = pf_identity_fingerprint(c->native->deps.identity)};
    uint8_t frame[PF_CEREMONY_FRAME_MAX];
    const char *why = "";
    int len =
        pf_ceremony_begin(&c->ceremony, &deps, request, fingerprint_of(c), pf_time_boot_ns(), frame, &why);
    if (len < 0) {
        pf_connection_close(c, (uint64_t)-len, why);
        return;
    }
    snprintf(c->name, sizeof(c->name), "%s", c->ceremony.name);
    pf_connection_send(c, frame, (size_t)len);
    pf_quic_set_standing(c->quic, PF_QUIC_AWAITED);
    pf_connection_enter(c, PF_CONNECTION_PROVING, c->native->config.limits.pair_proof_ns);
}

void pf_gate_proof(struct pf_connection *c, const uint8_t *data, size_t len)
{
    uint8_t frame[PF_CEREMONY_FRAME_MAX];
    enum pf_pairing_outcome outcome = PF_PAIRING_LEFT;
    int n = pf_ceremony_proof(&c->ceremony, data, len, frame, &outcome);
    if (n < 0) {
        pf_connection_close(c, PF_CLOSE_ERROR, "the pairing proof is damaged");
        return;
    }
    const char *how = outcome == PF_PAIRING_OK ? "succeeded"
                      : outcome == PF_PAIRING_WRONG_PIN
                          ? "failed: wrong PIN"
                          : "failed: the list of paired devices cannot be written";
    pf_log_info("native", "pairing %s client=%s name=\"%s\"", how, c->label, c->name);
    pf_connection_send(c, frame, (size_t)n);
    pf_quic_stream_finish(c->quic, c->stream);
    pf_connection_enter(c, PF_CONNECTION_PAIRED, c->native->config.limits.pair_close_ns);
}

/* ---- permits --------------------------------------------------------------------------------------------
 */

static void stand_in_line(struct pf_connection *c)
{
    struct pf_admission *admission = &c->native->admission;
    if (pf_admission_request(admission, &c->ticket)) {
        pf_gate_permitted(c);
    } else if (admission->waiting > PF_NATIVE_WAITING_MAX) {
        pf_connection_close(c, PF_CLOSE_BUSY, "host busy: all streams are in use and others wait already");
    } else {
        pf_log_info("native", "a client waits for a free stream client=%s name=\"%s\"", c->label, c->name);
        pf_connection_enter(c, PF_CONNECTION_WAITING, 0);
    }
}

/* ---- other sessions -------------------------------------------------------------------------------------
 */

/* Test frames need no display, so nobody can be in their way. */
static enum pf_admission_verdict judge(
    struct pf_connection *c, struct pf_display_policy *ret_policy, struct pf_connection **ret_other)
{
    struct pf_native *native = c->native;
    struct pf_ticket *other = NULL;
    enum pf_admission_verdict verdict = PF_ADMIT;
    *ret_policy = pf_display_policy_default();
    if (native->config.source == PF_SESSION_SOURCE_VIRTUAL) {
        native->hooks.policy(native->hooks.user, ret_policy);
        verdict = pf_admission_judge(&native->admission, &c->ticket, ret_policy, &other);
    }
    *ret_other = other ? other->user : NULL;
    return verdict;
}

static struct pf_mode mode_of(const struct pf_connection *c)
{
    if (c->live)
        return c->control.mode;
    return c->joined.width ? c->joined : pf_terms_mode(&c->hello);
}

static void refuse_busy(struct pf_connection *c, const struct pf_connection *other)
{
    struct pf_mode mode = mode_of(other);
    char why[160];
    int label_len = other->ticket.has_fingerprint ? 8 : (int)sizeof(other->label);
    snprintf(why, sizeof(why), "host busy: streaming %ux%u@%u to %.*s", mode.width, mode.height,
        (mode.refresh_mhz + 500) / 1000, label_len, other->label);
    pf_connection_close(c, PF_CLOSE_BUSY, why);
}

static void refuse_full(struct pf_connection *c, unsigned max)
{
    char why[96];
    snprintf(why, sizeof(why), "host display budget exhausted: %u of %u displays are in use", max, max);
    pf_connection_close(c, PF_CLOSE_BUSY, why);
}

typedef struct pf_ticket *(*each_session)(
    struct pf_admission *a, const struct pf_ticket *t, const struct pf_ticket *after);

static void stop_sessions(struct pf_connection *c, each_session next, const char *why)
{
    for (struct pf_ticket *t = NULL; (t = next(&c->native->admission, &c->ticket, t));)
        pf_connection_close(t->user, PF_CLOSE_DONE, why);
}

static bool has_ending(struct pf_connection *c, each_session next)
{
    struct pf_ticket *t = NULL;
    while ((t = next(&c->native->admission, &c->ticket, t)))
        if (t->ending)
            return true;
    return false;
}

bool pf_gate_has_predecessor(struct pf_connection *c)
{
    return has_ending(c, pf_admission_same_client) || (c->steals && has_ending(c, pf_admission_other_client));
}

static void steal(struct pf_connection *c)
{
    c->steals = true;
    stop_sessions(c, pf_admission_other_client, "another device takes over");
}

void pf_gate_permitted(struct pf_connection *c)
{
    struct pf_display_policy policy;
    struct pf_connection *other;
    switch (judge(c, &policy, &other)) {
    case PF_ADMIT_BUSY:
        refuse_busy(c, other);
        return;
    case PF_ADMIT_FULL:
        refuse_full(c, policy.max_displays);
        return;
    case PF_ADMIT_STEAL: /* somebody slipped in since it was admitted */
        steal(c);
        break;
    case PF_ADMIT_JOIN:
        c->joined = mode_of(other);
        break;
    case PF_ADMIT:
        break;
    }
    pf_setup_begin(c);
}

/* The record of a client that is in because it is paired; NULL: everybody is. */
static const struct pf_native_client *record_of(const struct pf_connection *c)
{
    return c->native->config.require_pairing && c->ticket.has_fingerprint
               ? pf_native_store_find(c->native->deps.store, c->ticket.fingerprint)
               : NULL;
}

uint32_t pf_gate_access_left(const struct pf_connection *c)
{
    const struct pf_native_client *client = record_of(c);
    if (!client || !client->expires_unix)
        return 0;
    int64_t left = client->expires_unix - time(NULL);
    return left > UINT32_MAX ? UINT32_MAX : left > 0 ? (uint32_t)left : 1;
}

/* False: the client wants what it may not. */
static bool grant(struct pf_connection *c)
{
    const struct pf_native_client *client = record_of(c);
    c->grants = client ? client->grants : PF_GRANT_ALL;
    if (c->grants != PF_GRANT_ALL && pf_native_may_log(c->native))
        pf_log_info("native", "this device may not do everything client=%s name=\"%s\" grants=0x%02x",
            c->label, c->name, (unsigned)c->grants);
    if (!c->hello.launch_len || c->grants & PF_GRANT_LAUNCH)
        return true;
    pf_connection_close(c, PF_CLOSE_LAUNCH_DENIED, "this device may not start games");
    return false;
}

/* Clients of v0.31 expect a new session to end their older one; those of the baseline may have several. */
static bool replaces_itself(const struct pf_connection *c)
{
    return c->hello.video_caps & PF_VIDEO_CAP_PROBE_SEQ;
}

static void admit(struct pf_connection *c)
{
    if (!grant(c))
        return;
    pf_quic_set_standing(c->quic, PF_QUIC_ADMITTED);
    struct pf_display_policy policy;
    struct pf_connection *other;
    enum pf_admission_verdict verdict = judge(c, &policy, &other);
    if (verdict == PF_ADMIT_BUSY) {
        refuse_busy(c, other);
        return;
    }
    if (verdict == PF_ADMIT_STEAL)
        steal(c);
    if (replaces_itself(c))
        stop_sessions(c, pf_admission_same_client, "a newer session of this client takes over");
    /* A display that is just being given up can be taken over, so even those that replace nobody wait a
     * moment. */
    if (pf_gate_has_predecessor(c))
        pf_connection_enter(c, PF_CONNECTION_TAKING_OVER, c->native->config.limits.takeover_ns);
    else
        stand_in_line(c);
}

void pf_gate_took_over(struct pf_connection *c)
{
    stand_in_line(c);
}

/* ---- knocks ---------------------------------------------------------------------------------------------
 */

static void decided(struct pf_knock_waiter *waiter, enum pf_knock_outcome outcome)
{
    struct pf_connection *c =
        (struct pf_connection *)((char *)waiter - offsetof(struct pf_connection, knock));
    c->state = PF_CONNECTION_WAITING; /* the queue has let it go */
    switch (outcome) {
    case PF_KNOCK_ADMITTED:
        pf_log_info("native", "a waiting client was approved client=%s name=\"%s\"", c->label, c->name);
        admit(c);
        break;
    case PF_KNOCK_TIMED_OUT:
        pf_connection_close(c, PF_CLOSE_APPROVAL_TIMEOUT, "nobody approved this device in time");
        break;
    case PF_KNOCK_SUPERSEDED:
        pf_connection_close(c, PF_CLOSE_SUPERSEDED, "this device asked again");
        break;
    case PF_KNOCK_DENIED:
        pf_connection_close(c, PF_CLOSE_DENIED, "the request was denied");
        break;
    }
}

static struct pf_knock_address knock_address(const struct pf_connection *c)
{
    struct pf_knock_address a = {.bytes = {[10] = 0xFF, [11] = 0xFF}};
    struct sockaddr_storage peer;
    pf_quic_peer_address(c->quic, &peer);
    if (peer.ss_family == AF_INET6)
        memcpy(a.bytes, &((struct sockaddr_in6 *)&peer)->sin6_addr, sizeof(a.bytes));
    else
        memcpy(a.bytes + 12, &((struct sockaddr_in *)&peer)->sin_addr, 4);
    return a;
}

static void park(struct pf_connection *c)
{
    struct pf_knock_address address = knock_address(c);
    pf_connection_enter(c, PF_CONNECTION_PARKED, 0);
    pf_quic_set_standing(c->quic, PF_QUIC_AWAITED);
    c->knock.decided = decided;
    if (pf_native_may_log(c->native))
        pf_log_info("native",
            "a device that is not paired waits for approval client=%s name=\"%s\" address=%s", c->label,
            c->name, c->address);
    pf_knocks_park(
        c->native->deps.knocks, pf_time_mono_ns(), c->ticket.fingerprint, c->name, &address, &c->knock);
    pf_native_watch_knocks(c->native);
}

void pf_gate_leave(struct pf_connection *c)
{
    if (c->state == PF_CONNECTION_PROVING)
        pf_ceremony_abandon(&c->ceremony);
    if (c->state == PF_CONNECTION_PARKED)
        pf_knocks_leave(c->native->deps.knocks, &c->knock);
}

/* ---- the first message ----------------------------------------------------------------------------------
 */

static void check_trust(struct pf_connection *c)
{
    const struct pf_native_store *store = c->native->deps.store;
    if (!c->native->config.require_pairing)
        admit(c);
    else if (!c->ticket.has_fingerprint)
        pf_connection_close(
            c, PF_CLOSE_CERTIFICATE_REQUIRED, "this host wants paired clients, and those show a certificate");
    else if (pf_native_store_admits(store, c->ticket.fingerprint, time(NULL)))
        admit(c);
    else if (pf_native_store_find(store, c->ticket.fingerprint))
        pf_connection_close(c, PF_CLOSE_ACCESS_ENDED, "the access of this device has expired");
    else
        park(c);
}

static void greet(struct pf_connection *c)
{
    if (c->hello.version != PF_WIRE_VERSION) {
        char why[96];
        snprintf(why, sizeof(why), "the host speaks protocol version %u, the client version %u",
            PF_WIRE_VERSION, c->hello.version);
        pf_connection_close(c, PF_CLOSE_WIRE_VERSION, why);
        return;
    }
    if (c->hello.name_len || c->ticket.has_fingerprint)
        pf_name_sanitise(c->hello.name, c->hello.name_len, fingerprint_of(c), c->name);
    check_trust(c);
}

void pf_gate_first(struct pf_connection *c, const uint8_t *data, size_t len)
{
    struct pf_pairing_message request;
    if (pf_pairing_decode(data, len, &request) == 0 && request.type == PF_PAIRING_REQUEST)
        pair(c, &request);
    else if (pf_hello_decode(data, len, &c->hello) == 0)
        greet(c);
    else
        pf_connection_close(c, PF_CLOSE_ERROR, "the first message is neither Hello nor PairRequest");
}
