/* Sealing of control messages (docs/spec/gamestream.md 4.3). Pure; one thread.
 *
 * A packet is: u16 LE 1, u16 LE length of the rest, u32 LE sequence, tag, ciphertext. Both directions have
 * one key and counters of their own over all channels.
 */
#ifndef PF_GAMESTREAM_WIRE_CONTROL_SEAL_H
#define PF_GAMESTREAM_WIRE_CONTROL_SEAL_H

#include "gamestream/wire/aes.h"

#include <stdint.h>

#define PF_GS_CONTROL_OVERHEAD  24u
#define PF_GS_CONTROL_PLAIN_MAX 256u /* longest plaintext either side sends (gamestream.md 10) */

enum pf_gs_control_version { PF_GS_CONTROL_V1 = 1, PF_GS_CONTROL_V2 = 2 };
enum pf_gs_sender { PF_GS_FROM_CLIENT = 'C', PF_GS_FROM_HOST = 'H' };

struct pf_gs_control_seal {
    struct pf_gs_gcm *gcm;
    enum pf_gs_control_version version;
    uint32_t next_seq;    /* of what is sealed here */
    uint64_t seen_window; /* bit n: the sequence `seen_top` − n came */
    uint32_t seen_top;
    bool seen_any;
};

/* -ENOMEM. */
int pf_gs_control_seal_init(
    struct pf_gs_control_seal *seal, enum pf_gs_control_version version, const uint8_t key[PF_GS_KEY_LEN]);
void pf_gs_control_seal_finish(struct pf_gs_control_seal *seal);

/* Writes the sealed packet to `out` and returns its length, -EMSGSIZE if it does not fit. */
int pf_gs_control_seal(struct pf_gs_control_seal *seal, enum pf_gs_sender from, const uint8_t *plain,
    size_t len, uint8_t *out, size_t cap);

/* Opens a packet of the other side. Returns the length of the plaintext, -EINVAL if it is no sealed packet,
 * -EMSGSIZE if it is too long, -EBADMSG if the tag is wrong, -EALREADY if its sequence was seen or is too old
 * to tell (unreliable channels reorder: 64 sequences are remembered). */
int pf_gs_control_open(struct pf_gs_control_seal *seal, enum pf_gs_sender from, const uint8_t *packet,
    size_t len, uint8_t *ret_plain, size_t cap);

#endif
