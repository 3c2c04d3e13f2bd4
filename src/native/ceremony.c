#include "native/ceremony.h"

#include "base/log.h"
#include "trust/knocks.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <errno.h>
#include <string.h>

static int seal_frame(int payload_len, uint8_t *frame)
{
    return payload_len < 0 ? payload_len : pf_frame_seal(frame, (size_t)payload_len);
}

static int refuse(enum pf_close_code code, const char *why, const char **ret_why)
{
    *ret_why = why;
    return -(int)code;
}

static const char *verdict_text(enum pf_pairing_verdict verdict)
{
    switch (verdict) {
    case PF_PAIRING_REFUSE_NOT_ARMED:
        return "pairing is not armed";
    case PF_PAIRING_REFUSE_OTHER_DEVICE:
        return "pairing is armed for another device";
    default:
        return "another attempt was made less than 2 s ago";
    }
}

/* Both halves of SPAKE2: our element goes to `element`, the shared key to c->key. */
static int agree(struct pf_ceremony *c, const char *pin, const struct pf_pairing_message *request,
    uint8_t element[PF_SPAKE2_MSG_LEN])
{
    struct pf_spake2 s;
    int rc = pf_spake2_start(&s, PF_SPAKE2_HOST, pin, strlen(pin), c->fingerprint, sizeof(c->fingerprint),
        c->deps.host_fingerprint, PF_FINGERPRINT_LEN);
    if (rc < 0)
        return rc;
    memcpy(element, s.message, sizeof(s.message));
    return pf_spake2_finish(&s, request->request.spake, request->request.spake_len, c->key);
}

static int write_challenge(
    const struct pf_ceremony *c, const uint8_t element[PF_SPAKE2_MSG_LEN], uint8_t *frame)
{
    struct pf_pairing_message msg = {
        .type = PF_PAIRING_CHALLENGE, .challenge = {.spake = element, .spake_len = PF_SPAKE2_MSG_LEN}};
    pf_spake2_confirm(
        c->key, PF_SPAKE2_HOST, c->fingerprint, c->deps.host_fingerprint, msg.challenge.confirm);
    return seal_frame(pf_pairing_encode(&msg, frame + PF_FRAME_PREFIX, PF_PAIRING_MAX), frame);
}

int pf_ceremony_begin(struct pf_ceremony *c, const struct pf_ceremony_deps *deps,
    const struct pf_pairing_message *request, const uint8_t *fingerprint, uint64_t boot_ns,
    uint8_t frame[PF_CEREMONY_FRAME_MAX], const char **ret_why)
{
    char pin[PF_PAIRING_PIN_MAX + 1];
    uint8_t element[PF_SPAKE2_MSG_LEN];
    *c = (struct pf_ceremony){.deps = *deps};
    if (!fingerprint)
        return refuse(PF_CLOSE_CERTIFICATE_REQUIRED, "pairing needs a client certificate", ret_why);
    memcpy(c->fingerprint, fingerprint, sizeof(c->fingerprint));
    pf_name_sanitise(request->request.name, request->request.name_len, fingerprint, c->name);

    enum pf_pairing_verdict verdict = pf_pairing_begin(deps->pairing, boot_ns, fingerprint, pin);
    if (verdict != PF_PAIRING_ACCEPT)
        return refuse((enum pf_close_code)verdict, verdict_text(verdict), ret_why);

    int len = agree(c, pin, request, element);
    explicit_bzero(pin, sizeof(pin));
    if (len == 0)
        len = write_challenge(c, element, frame);
    if (len < 0)
        return refuse(PF_CLOSE_ERROR, "the pairing request is damaged", ret_why);

    /* From here on the peer can test one guess. */
    c->ticket = pf_pairing_consume(deps->pairing, boot_ns);
    if (!c->ticket)
        return refuse(PF_CLOSE_PAIRING_NOT_ARMED, "pairing is not armed", ret_why);
    return len;
}

static void conclude(struct pf_ceremony *c, enum pf_pairing_outcome outcome)
{
    if (c->ticket)
        pf_pairing_conclude(c->deps.pairing, c->ticket, outcome, c->name, c->fingerprint);
    c->ticket = 0;
    explicit_bzero(c->key, sizeof(c->key));
}

/* A client that could not be stored must not believe that it is paired. */
static bool remember(struct pf_ceremony *c)
{
    struct pf_error err;
    if (pf_native_store_add(c->deps.store, c->fingerprint, c->name, &err) < 0) {
        pf_log_error("native", "a paired client could not be stored: %s", err.text);
        return false;
    }
    return true;
}

int pf_ceremony_proof(struct pf_ceremony *c, const uint8_t *data, size_t len,
    uint8_t frame[PF_CEREMONY_FRAME_MAX], enum pf_pairing_outcome *ret_outcome)
{
    struct pf_pairing_message msg;
    if (pf_pairing_decode(data, len, &msg) != 0 || msg.type != PF_PAIRING_PROOF) {
        conclude(c, PF_PAIRING_LEFT);
        return -EBADMSG;
    }
    enum pf_pairing_outcome outcome = PF_PAIRING_OK;
    if (!pf_spake2_confirmed(
            c->key, PF_SPAKE2_CLIENT, c->fingerprint, c->deps.host_fingerprint, msg.proof.confirm))
        outcome = PF_PAIRING_WRONG_PIN;
    else if (!remember(c))
        outcome = PF_PAIRING_NOT_STORED;
    conclude(c, outcome);
    const bool paired = outcome == PF_PAIRING_OK;
    if (paired)
        pf_knocks_admit(c->deps.knocks, c->fingerprint);
    *ret_outcome = outcome;
    struct pf_pairing_message result = {.type = PF_PAIRING_RESULT, .result_ok = paired};
    return seal_frame(pf_pairing_encode(&result, frame + PF_FRAME_PREFIX, PF_PAIRING_MAX), frame);
}

void pf_ceremony_abandon(struct pf_ceremony *c)
{
    conclude(c, PF_PAIRING_LEFT);
}
