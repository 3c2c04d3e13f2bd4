/* What a Moonlight client sends, over real sockets. Blocks. Private to these tests. */
#ifndef PF_TEST_GAMESTREAM_MOONLIGHT_H
#define PF_TEST_GAMESTREAM_MOONLIGHT_H

#include "party.h"

#include <stdint.h>

struct moonlight {
    uint16_t http_port, https_port;
    const struct party *party;  /* whose certificate is shown; NULL: none */
    const uint8_t *fingerprint; /* of the host, which must be the one; NULL: whatever it is */
};

struct answer {
    unsigned status; /* of HTTP; 0: the connection ended without an answer */
    char *head, *body;
    size_t len; /* of the body */
};

/* GET of the path (with its query). Free the answer with drop_answer. */
struct answer ask_http(const struct moonlight *m, const char *path);
struct answer ask_https(const struct moonlight *m, const char *path);
void drop_answer(struct answer *a);

/* status_code of the XML, and the text of its first element of this name ("" if absent, static). */
int status_code(const struct answer *a);
const char *element(const struct answer *a, const char *name);

/* Sends the bytes and reads to the end; a connection to this port. */
struct answer exchange_bytes(uint16_t port, const void *bytes, size_t len);
int connect_to(uint16_t port);

/* The phases. Each returns what the host said: `paired`. */
struct ceremony {
    const struct moonlight *m;
    const char *uniqueid;
    uint8_t salt[16], key[16], challenge[16], secret[16];
    uint8_t server_hash[32], server_challenge[16];
    char server_secret[1100]; /* hexadecimal */
};
/* Blocks until the PIN is typed. */
bool phase_1(struct ceremony *c, const char *pin, int *ret_code);
bool phase_2(struct ceremony *c);
bool phase_3(struct ceremony *c);
/* Whether the host knew the PIN and owns the key of `host`. */
bool host_is_right(const struct ceremony *c, const struct pf_gs_certificate *host);
bool phase_4(struct ceremony *c, const struct party *signer);
bool phase_5(struct ceremony *c);

#endif
