/* Opus packets to the datagrams of GameStream audio (docs/spec/gamestream.md 6.2 – 6.4). Pure; one thread.
 *
 * Every packet goes out at once; each fourth is followed by two parity datagrams over the last four as sent.
 */
#ifndef PF_GAMESTREAM_WIRE_AUDIO_PACKET_H
#define PF_GAMESTREAM_WIRE_AUDIO_PACKET_H

#include "gamestream/wire/aes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_AUDIO_PAYLOAD_MAX  1400u /* padding included */
#define PF_GS_AUDIO_DATAGRAM_MAX (24u + PF_GS_AUDIO_PAYLOAD_MAX)
#define PF_GS_AUDIO_DATA         4u
#define PF_GS_AUDIO_PARITY       2u

struct pf_gs_audio {
    unsigned frame_ms;
    struct pf_gs_cbc *cbc; /* NULL: in the clear; borrowed */
    uint32_t key_id;       /* rikeyid: what IVs count from */
    uint16_t next_seq;
    uint32_t next_time;
    size_t len[PF_GS_AUDIO_DATA]; /* payloads of the block in hand */
    uint8_t payload[PF_GS_AUDIO_DATA][PF_GS_AUDIO_PAYLOAD_MAX];
    uint8_t parity[PF_GS_AUDIO_PARITY][PF_GS_AUDIO_DATAGRAM_MAX];
    size_t parity_len;
};

void pf_gs_audio_init(struct pf_gs_audio *audio, unsigned frame_ms, struct pf_gs_cbc *cbc, uint32_t key_id);

/* Writes the datagram of one Opus packet (PF_GS_AUDIO_DATAGRAM_MAX is room enough) and returns its length;
 * -EMSGSIZE if the packet is too long. */
int pf_gs_audio_packet(struct pf_gs_audio *audio, const uint8_t *opus, size_t len, uint8_t *out, size_t cap);

/* After each packet: the parity datagrams that are due now, 0 or 2 of `*ret_len` bytes at audio->parity. None
 * for a block whose packets differ in length: they would only confuse clients. */
unsigned pf_gs_audio_parity(struct pf_gs_audio *audio, size_t *ret_len);

#endif
