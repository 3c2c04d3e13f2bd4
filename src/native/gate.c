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
    return c->seat.has_fingerprint ? c->seat.fingerprint : NULL;
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

static struct pf_connection *connection_of(const struct pf_seat *seat)
{
    return seat->user;
}

static void describe(const struct pf_seat *seat, struct pf_mode *ret_mode, char *ret_label)
{
    const struct pf_connection *c = connection_of(seat);
    *ret_mode = c->live ? c->control.mode : c->joined.width ? c->joined : pf_terms_mode(&c->hello);
    snprintf(ret_label, PF_SEAT_LABEL, "%.*s", seat->has_fingerprint ? 8 : (int)sizeof(c->label), c->label);
}

static void end(struct pf_seat *seat, const char *why)
{
    pf_connection_close(connection_of(seat), PF_CLOSE_DONE, why);
}

static void wake(struct pf_seat *seat)
{
    struct pf_connection *c = connection_of(seat);
    if (c->state == PF_CONNECTION_TAKING_OVER)
        pf_timer_arm(c->timer, 0);
}

void pf_gate_seat_init(struct pf_connection *c)
{
    static const struct pf_seat_ops ops = {.describe = describe, .end = end, .wake = wake};
    c->seat.ops = &ops;
    c->seat.user = c;
    c->seat.protocol = PF_SEAT_NATIVE;
    c->seat.needs_display = c->native->config.source == PF_SESSION_SOURCE_VIRTUAL;
}

void pf_gate_give_up_seat(struct pf_connection *c)
{
    pf_seat_end(c->native->deps.seats, &c->seat);
    if (!c->live)
        pf_seat_leave(c->native->deps.seats, &c->seat);
}

static void judge(struct pf_connection *c, struct pf_judgement *ret_judgement)
{
    struct pf_native *native = c->native;
    struct pf_display_policy policy;
    native->hooks.policy(native->hooks.user, &policy);
    pf_seats_judge(native->deps.seats, &c->seat, &policy, ret_judgement);
}

void pf_gate_permitted(struct pf_connection *c)
{
    struct pf_judgement judgement; /* again: somebody may have slipped in */
    if (c->state == PF_CONNECTION_CLOSING)
        return;
    judge(c, &judgement);
    if (judgement.verdict == PF_VERDICT_BUSY || judgement.verdict == PF_VERDICT_FULL) {
        pf_connection_close(c, PF_CLOSE_BUSY, judgement.why);
        return;
    }
    c->joined = judgement.joined;
    pf_seat_claim(c->native->deps.seats, &c->seat, &judgement, pf_time_mono_ns(), 0);
    pf_seat_take(c->native->deps.seats, &c->seat);
    pf_setup_begin(c);
}

/* The record of a client that is in because it is paired; NULL: everybody is. */
static const struct pf_native_client *record_of(const struct pf_connection *c)
{
    return c->native->config.require_pairing && c->seat.has_fingerprint
               ? pf_native_store_find(c->native->deps.store, c->seat.fingerprint)
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
    struct pf_seats *seats = c->native->deps.seats;
    uint64_t now = pf_time_mono_ns(), patience = c->native->config.limits.takeover_ns;
    struct pf_judgement judgement;
    if (!grant(c))
        return;
    pf_quic_set_standing(c->quic, PF_QUIC_ADMITTED);
    c->seat.replaces_own = replaces_itself(c);
    judge(c, &judgement);
    if (judgement.verdict == PF_VERDICT_BUSY) {
        pf_connection_close(c, PF_CLOSE_BUSY, judgement.why);
        return;
    }
    pf_seat_claim(seats, &c->seat, &judgement, now, patience);
    /* A display that is just being given up can be taken over, so even those that replace nobody wait a
     * moment. */
    if (pf_seat_must_wait(seats, &c->seat, now))
        pf_connection_enter(c, PF_CONNECTION_TAKING_OVER, patience);
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
        c->native->deps.knocks, pf_time_mono_ns(), c->seat.fingerprint, c->name, &address, &c->knock);
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
    else if (!c->seat.has_fingerprint)
        pf_connection_close(
            c, PF_CLOSE_CERTIFICATE_REQUIRED, "this host wants paired clients, and those show a certificate");
    else if (pf_native_store_admits(store, c->seat.fingerprint, time(NULL)))
        admit(c);
    else if (pf_native_store_find(store, c->seat.fingerprint))
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
    if (c->hello.name_len || c->seat.has_fingerprint)
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
