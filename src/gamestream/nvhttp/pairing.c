#include "gamestream/nvhttp/pairing.h"

#include "base/hex.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pf_gs_pairing_init(struct pf_gs_pairing *p, const char *host_pem, gnutls_privkey_t key,
    void (*answer)(void *user, struct pf_gs_attempt *attempt, bool paired), void *user)
{
    *p = (struct pf_gs_pairing){.key = key, .next_id = 1, .answer = answer, .user = user};
    return pf_gs_certificate_parse(host_pem, strlen(host_pem), &p->host);
}

/* Ends an attempt and the request it may hold. */
static void end(struct pf_gs_pairing *p, struct pf_gs_attempt *a)
{
    if (a->phase == PF_GS_PAIRING_WANTS_PIN && a->held)
        p->answer(p->user, a, false);
    pf_gs_certificate_finish(&a->client);
    explicit_bzero(a, sizeof(*a));
}

void pf_gs_pairing_finish(struct pf_gs_pairing *p)
{
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++)
        end(p, &p->attempts[i]);
    pf_gs_certificate_finish(&p->host);
}

static struct pf_gs_attempt *find(struct pf_gs_pairing *p, const struct pf_gs_pairing_peer *peer)
{
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++) {
        struct pf_gs_attempt *a = &p->attempts[i];
        if (a->phase != PF_GS_PAIRING_FREE && strcmp(a->uniqueid, peer->uniqueid) == 0 &&
            strcmp(a->address, peer->address) == 0)
            return a;
    }
    return NULL;
}

uint64_t pf_gs_pairing_expire(struct pf_gs_pairing *p, uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++) {
        struct pf_gs_attempt *a = &p->attempts[i];
        if (a->phase == PF_GS_PAIRING_FREE)
            continue;
        uint64_t over = a->begun_ns + PF_GS_PAIRING_LIFE_NS;
        if (now_ns >= over)
            end(p, a);
        else if (over < next)
            next = over;
    }
    return next;
}

/* ---- phase 1 --------------------------------------------------------------------------------------------
 */

static struct pf_gs_attempt *find_free(struct pf_gs_pairing *p)
{
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++)
        if (p->attempts[i].phase == PF_GS_PAIRING_FREE)
            return &p->attempts[i];
    return NULL;
}

static int read_certificate(const char *hex, struct pf_gs_certificate *ret_certificate)
{
    size_t len = strlen(hex) / 2;
    if (!len || strlen(hex) % 2 || len > PF_GS_CERTIFICATE_PEM_MAX)
        return -EINVAL;
    uint8_t *pem = malloc(len);
    if (!pem)
        return -ENOMEM;
    int rc =
        pf_hex_decode(hex, pem, len) ? pf_gs_certificate_parse((char *)pem, len, ret_certificate) : -EINVAL;
    free(pem);
    return rc == -EBADMSG ? -EINVAL : rc;
}

int pf_gs_pairing_begin(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *salt_hex, const char *certificate_hex, void *held)
{
    pf_gs_pairing_expire(p, now_ns);
    pf_gs_pairing_abandon(p, peer);
    struct pf_gs_attempt *slot = find_free(p), a = {.begun_ns = now_ns, .held = held};
    if (strlen(peer->uniqueid) > PF_GS_PAIRING_ID_MAX || strlen(peer->address) >= PF_GS_PAIRING_ADDR_MAX)
        return -EINVAL;
    if (!slot)
        return -EBUSY;
    if (strlen(salt_hex) != 2 * sizeof(a.salt) || !pf_hex_decode(salt_hex, a.salt, sizeof(a.salt)))
        return -EINVAL;
    int rc = read_certificate(certificate_hex, &a.client);
    if (rc < 0)
        return rc;
    snprintf(a.uniqueid, sizeof(a.uniqueid), "%s", peer->uniqueid);
    snprintf(a.address, sizeof(a.address), "%s", peer->address);
    a.id = p->next_id++;
    a.phase = PF_GS_PAIRING_WANTS_PIN;
    *slot = a;
    return 0;
}

static bool is_pin(const char *pin)
{
    return strlen(pin) == 4 && strspn(pin, "0123456789") == 4;
}

int pf_gs_pairing_submit_pin(struct pf_gs_pairing *p, uint64_t now_ns, uint32_t id, const char *pin)
{
    struct pf_gs_attempt *chosen = NULL;
    if (!is_pin(pin))
        return -EINVAL;
    pf_gs_pairing_expire(p, now_ns);
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++) {
        struct pf_gs_attempt *a = &p->attempts[i];
        if (a->phase != PF_GS_PAIRING_WANTS_PIN || (id && a->id != id))
            continue;
        if (chosen)
            return -EEXIST;
        chosen = a;
    }
    if (!chosen)
        return -ENOENT;
    pf_gs_pair_key(chosen->salt, pin, chosen->secrets.key);
    chosen->phase = PF_GS_PAIRING_HAS_PIN;
    p->answer(p->user, chosen, true);
    chosen->held = NULL;
    return 0;
}

void pf_gs_pairing_abandon(struct pf_gs_pairing *p, const struct pf_gs_pairing_peer *peer)
{
    struct pf_gs_attempt *a = find(p, peer);
    if (a)
        end(p, a);
}

void pf_gs_pairing_lost(struct pf_gs_pairing *p, const void *held)
{
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++) {
        struct pf_gs_attempt *a = &p->attempts[i];
        if (a->phase == PF_GS_PAIRING_WANTS_PIN && a->held == held) {
            a->held = NULL;
            end(p, a);
        }
    }
}

/* ---- phases 2 to 4 --------------------------------------------------------------------------------------
 */

/* The peer's attempt if it is in this phase; in any other it ends. */
static struct pf_gs_attempt *expect(struct pf_gs_pairing *p, uint64_t now_ns,
    const struct pf_gs_pairing_peer *peer, enum pf_gs_pairing_phase phase)
{
    pf_gs_pairing_expire(p, now_ns);
    struct pf_gs_attempt *a = find(p, peer);
    if (!a || a->phase == phase)
        return a;
    end(p, a);
    return NULL;
}

static bool read_exactly(const char *hex, uint8_t *out, size_t len)
{
    return strlen(hex) == 2 * len && pf_hex_decode(hex, out, len);
}

bool pf_gs_pairing_challenge(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *challenge_hex, char ret_hex[2 * PF_GS_PAIR_RESPONSE_LEN + 1])
{
    uint8_t challenge[PF_GS_PAIR_SECRET_LEN], response[PF_GS_PAIR_RESPONSE_LEN];
    struct pf_gs_attempt *a = expect(p, now_ns, peer, PF_GS_PAIRING_HAS_PIN);
    if (!a)
        return false;
    struct pf_gs_pair_secrets *s = &a->secrets;
    if (!read_exactly(challenge_hex, challenge, sizeof(challenge)) ||
        gnutls_rnd(GNUTLS_RND_KEY, s->server_secret, sizeof(s->server_secret)) < 0 ||
        gnutls_rnd(GNUTLS_RND_KEY, s->server_challenge, sizeof(s->server_challenge)) < 0) {
        end(p, a);
        return false;
    }
    pf_gs_pair_challenge_response(s, &p->host, challenge, response);
    pf_hex_encode(response, sizeof(response), ret_hex);
    a->phase = PF_GS_PAIRING_CHALLENGED;
    return true;
}

/* Our secret and its signature. */
static int sign_secret(const struct pf_gs_pairing *p, const struct pf_gs_pair_secrets *s,
    char ret_hex[2 * (PF_GS_PAIR_SECRET_LEN + PF_GS_SIGNATURE_MAX) + 1])
{
    const gnutls_datum_t text = {(unsigned char *)s->server_secret, sizeof(s->server_secret)};
    gnutls_datum_t signature;
    if (gnutls_privkey_sign_data2(p->key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature) < 0)
        return -EIO;
    int rc = signature.size <= PF_GS_SIGNATURE_MAX ? 0 : -EIO;
    if (rc == 0) {
        pf_hex_encode(s->server_secret, sizeof(s->server_secret), ret_hex);
        pf_hex_encode(signature.data, signature.size, ret_hex + 2 * sizeof(s->server_secret));
    }
    gnutls_free(signature.data);
    return rc;
}

bool pf_gs_pairing_commit(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *response_hex, char ret_hex[2 * (PF_GS_PAIR_SECRET_LEN + PF_GS_SIGNATURE_MAX) + 1])
{
    uint8_t response[PF_GS_PAIR_HASH_LEN];
    struct pf_gs_attempt *a = expect(p, now_ns, peer, PF_GS_PAIRING_CHALLENGED);
    if (!a)
        return false;
    if (!read_exactly(response_hex, response, sizeof(response)) || sign_secret(p, &a->secrets, ret_hex) < 0) {
        end(p, a);
        return false;
    }
    pf_gs_pair_take_commitment(&a->secrets, response);
    a->phase = PF_GS_PAIRING_COMMITTED;
    return true;
}

bool pf_gs_pairing_conclude(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *secret_hex, struct pf_gs_certificate *ret_client)
{
    uint8_t secret[PF_GS_PAIR_SECRET_LEN + PF_GS_SIGNATURE_MAX];
    size_t len = strlen(secret_hex) / 2;
    struct pf_gs_attempt *a = expect(p, now_ns, peer, PF_GS_PAIRING_COMMITTED);
    if (!a)
        return false;
    bool paired = len <= sizeof(secret) && read_exactly(secret_hex, secret, len) &&
                  pf_gs_pair_check(&a->secrets, &a->client, secret, len);
    if (paired) {
        *ret_client = a->client;
        a->client = (struct pf_gs_certificate){0};
    }
    end(p, a);
    return paired;
}
