/* The attempts of GameStream clients to pair (docs/spec/gamestream.md 2.4): a pure state machine.
 *
 * The client shows the PIN and its user types it in at the host, for one attempt chosen there. An attempt
 * goes through its phases in order, each once; anything else ends it. It lives for five minutes and belongs
 * to the address and the id that began it: the phases carry no other mark.
 *
 * Time (pf_time_boot_ns) is an argument. Control loop's thread.
 */
#ifndef PF_GAMESTREAM_NVHTTP_PAIRING_H
#define PF_GAMESTREAM_NVHTTP_PAIRING_H

#include "base/time.h"
#include "gamestream/nvhttp/pair_crypto.h"

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stdint.h>

#define PF_GS_PAIRINGS_MAX     4u
#define PF_GS_PAIRING_LIFE_NS  (300 * PF_NS_PER_S)
#define PF_GS_PAIRING_ID_MAX   64u
#define PF_GS_PAIRING_ADDR_MAX 80u

enum pf_gs_pairing_phase {
    PF_GS_PAIRING_FREE,       /* no attempt here */
    PF_GS_PAIRING_WANTS_PIN,  /* phase 1 came; its request is held */
    PF_GS_PAIRING_HAS_PIN,    /* phase 1 was answered; 2 may come */
    PF_GS_PAIRING_CHALLENGED, /* 3 may come */
    PF_GS_PAIRING_COMMITTED,  /* 4 may come */
};

struct pf_gs_attempt {
    enum pf_gs_pairing_phase phase;
    uint32_t id; /* what the user chooses by; never 0, never used twice */
    uint64_t begun_ns;
    char uniqueid[PF_GS_PAIRING_ID_MAX + 1];
    char address[PF_GS_PAIRING_ADDR_MAX];
    uint8_t salt[PF_GS_PAIR_SECRET_LEN];
    struct pf_gs_certificate client;
    struct pf_gs_pair_secrets secrets;
    void *held; /* the request of phase 1; the caller's */
};

struct pf_gs_pairing {
    struct pf_gs_certificate host; /* our own */
    gnutls_privkey_t key;          /* its key; borrowed */
    uint32_t next_id;
    struct pf_gs_attempt attempts[PF_GS_PAIRINGS_MAX];
    /* Ends the request that an attempt holds, if it has one; `paired` says how. */
    void (*answer)(void *user, struct pf_gs_attempt *attempt, bool paired);
    void *user;
};

/* `host_pem`: our certificate; `key` outlives it. -EBADMSG, -ENOTSUP (the key is no RSA), -ENOMEM. */
int pf_gs_pairing_init(struct pf_gs_pairing *p, const char *host_pem, gnutls_privkey_t key,
    void (*answer)(void *user, struct pf_gs_attempt *attempt, bool paired), void *user);
void pf_gs_pairing_finish(struct pf_gs_pairing *p);

/* Who sends a phase. */
struct pf_gs_pairing_peer {
    const char *uniqueid, *address;
};

/* Phase 1. Holds the request until the PIN comes; an unfinished attempt of the same peer ends. 0; -EBUSY:
 * as many as may be are under way; -EINVAL: salt or certificate (both hexadecimal, the latter of PEM text)
 * are damaged; -ENOTSUP: the certificate's key is not RSA. */
int pf_gs_pairing_begin(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *salt_hex, const char *certificate_hex, void *held);

/* The user typed the PIN for an attempt (`id`; 0: the only one that waits). 0; -EINVAL: not four digits (the
 * attempt goes on waiting); -ENOENT: no such attempt waits; -EEXIST: several wait and none was named. */
int pf_gs_pairing_submit_pin(struct pf_gs_pairing *p, uint64_t now_ns, uint32_t id, const char *pin);

/* Phases 2 and 3: write the hexadecimal answer. False: the attempt, if there was one, has ended. */
bool pf_gs_pairing_challenge(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *challenge_hex, char ret_hex[2 * PF_GS_PAIR_RESPONSE_LEN + 1]);
bool pf_gs_pairing_commit(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *response_hex, char ret_hex[2 * (PF_GS_PAIR_SECRET_LEN + PF_GS_SIGNATURE_MAX) + 1]);

/* Phase 4: true, and the client's certificate (the caller's to finish), if it is paired now. The attempt ends
 * either way. */
bool pf_gs_pairing_conclude(struct pf_gs_pairing *p, uint64_t now_ns, const struct pf_gs_pairing_peer *peer,
    const char *secret_hex, struct pf_gs_certificate *ret_client);

/* The peer gives up. */
void pf_gs_pairing_abandon(struct pf_gs_pairing *p, const struct pf_gs_pairing_peer *peer);
/* The held request is gone: its connection broke. */
void pf_gs_pairing_lost(struct pf_gs_pairing *p, const void *held);
/* Ends what is too old. Returns when to call again, UINT64_MAX: not needed. */
uint64_t pf_gs_pairing_expire(struct pf_gs_pairing *p, uint64_t now_ns);

#endif
