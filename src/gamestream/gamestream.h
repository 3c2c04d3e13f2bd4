/* The GameStream front end: stock Moonlight clients pair, list what there is, and play.
 *
 * It is nvhttp (HTTP and HTTPS, gamestream/nvhttp) and the one game that is played (gamestream/play.h).
 * Everything runs on the control loop and may be called from its thread only. Behaviour:
 * docs/spec/gamestream.md, sections 1, 2, 8 and 12.
 */
#ifndef PF_GAMESTREAM_GAMESTREAM_H
#define PF_GAMESTREAM_GAMESTREAM_H

#include "base/error.h"
#include "gamestream/nvhttp/apps.h"
#include "gamestream/nvhttp/pin_result.h"
#include "gamestream/play.h"

#include <stddef.h>

#define PF_GAMESTREAM_DEFAULT_BIND "0.0.0.0"

struct pf_gamestream_store;
struct pf_identity;

struct pf_gamestream;

struct pf_gamestream_config {
    const char *bind_address;       /* numeric; NULL: every IPv4 address */
    bool allow_public;              /* also where the internet reaches it; else start refuses */
    bool any_port;                  /* of HTTP and HTTPS, for tests; else those of well_known.h */
    const char *hostname;           /* shown to people */
    const char *uniqueid;           /* 32 hexadecimal digits */
    unsigned codecs;                /* mask of enum pf_codec that can be encoded */
    struct pf_gs_play_config ports; /* of the playing half; its bind_address is not looked at */
};

/* What it uses but does not own; all of it outlives it. */
struct pf_gamestream_deps {
    const struct pf_identity *identity; /* RSA: pf_identity_load_gamestream */
    struct pf_gamestream_store *store;  /* paired clients; it takes the store's removal callback */
    struct pf_gs_play_deps play;
    pf_gs_titles_fn titles; /* of the library; NULL: none */
    void *titles_user;
    struct pf_library *library; /* for their pictures; NULL: none. It outlives the loop's jobs */
};

struct pf_gamestream_callbacks {
    void *user;
    void (*changed)(void *user); /* as of play.h; NULL is allowed */
    /* pf_gamestream_stop is complete; the pf_gamestream is gone. */
    void (*stopped)(void *user);
};

/* Binds the ports. `config` and `deps` are copied, their strings and pointers borrowed. Errors, each with a
 * sentence: -EADDRINUSE, -EPERM: the machine has a public address there and allow_public is not set. */
int pf_gamestream_start(struct pf_loop *loop, const struct pf_gamestream_config *config,
    const struct pf_gamestream_deps *deps, const struct pf_gamestream_callbacks *callbacks,
    struct pf_gamestream **ret_gamestream, struct pf_error *err);
/* Answers nobody any more, ends the session and then calls `stopped`. */
void pf_gamestream_stop(struct pf_gamestream *g);

uint16_t pf_gamestream_http_port(const struct pf_gamestream *g);
/* For tests, which take any port. */
uint16_t pf_gamestream_https_port(const struct pf_gamestream *g);

/* ---- pairing ---- */

/* A client that waits for its PIN. */
struct pf_gamestream_attempt {
    uint32_t id; /* never 0 */
    char address[80];
    unsigned age_s;
};

/* Fills at most `cap` entries; returns how many it filled. At most 4 wait at once. */
size_t pf_gamestream_attempts(
    struct pf_gamestream *g, struct pf_gamestream_attempt *ret_attempts, size_t cap);

/* The user typed the PIN for an attempt (0: the only one that waits). 0; -EINVAL: not four digits (the
 * attempt goes on waiting); -ENOENT: no such attempt waits; -EEXIST: several wait and none was named. Whether
 * it was right shows later. */
int pf_gamestream_submit_pin(struct pf_gamestream *g, uint32_t id, const char *pin);

/* What became of the last PIN, and for which attempt (0: none) it was. */
enum pf_gs_pin_result pf_gamestream_pin_result(const struct pf_gamestream *g, uint32_t *ret_id);

/* A client is unpaired by removing it from the store; its session ends with that. */

/* ---- the game ---- */

void pf_gamestream_info(const struct pf_gamestream *g, struct pf_gs_play_info *ret_info);
/* -ENOENT: nothing streams. */
int pf_gamestream_request_idr(struct pf_gamestream *g);
/* Ends the stream. -ENOENT: nothing runs. */
int pf_gamestream_end(struct pf_gamestream *g);

#endif
