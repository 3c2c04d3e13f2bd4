/* Access units to the datagrams of GameStream video (docs/spec/gamestream.md 5). Pure; one thread.
 *
 * A frame is cut into data shards, these into at most four blocks, and each block gets its own parity. A
 * datagram is 16 bytes longer than the packet size that the client asked for; sealed ones have 32 more in
 * front. After creation nothing is allocated.
 */
#ifndef PF_GAMESTREAM_WIRE_VIDEO_PACKET_H
#define PF_GAMESTREAM_WIRE_VIDEO_PACKET_H

#include "gamestream/wire/aes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_VIDEO_SEAL_PREFIX 32u /* nonce, frame index, tag */
#define PF_GS_VIDEO_BLOCKS_MAX  4u
#define PF_GS_VIDEO_SHARDS_MAX  1023u /* of a block, parity included */

enum pf_gs_frame_type {
    PF_GS_FRAME_P = 1,
    PF_GS_FRAME_IDR = 2,
    PF_GS_FRAME_INTRA_REFRESHED = 4,
    PF_GS_FRAME_RECOVERY = 5, /* the first that avoids references which the client lost */
};

struct pf_gs_frame {
    const uint8_t *data; /* access unit, borrowed until its last block is written */
    size_t len;
    enum pf_gs_frame_type type;
    uint32_t rtp_time;      /* of the capture, 90 kHz */
    uint16_t latency_100us; /* capture to now; 0 unknown */
    bool long_term_reference;
};

struct pf_gs_packetiser_config {
    unsigned packet_size;    /* P: 32 … 2048, a multiple of 16 */
    unsigned parity_percent; /* 0 … 255 */
    unsigned min_parity;     /* of a block that has any: 0 … 16 */
    /* What was sent before, if a stream is continued. */
    uint32_t packets_before, frames_before;
};

struct pf_gs_packetiser;

/* -EINVAL for a configuration out of range, -ENOMEM. */
int pf_gs_packetiser_create(
    const struct pf_gs_packetiser_config *config, struct pf_gs_packetiser **ret_packetiser);
void pf_gs_packetiser_destroy(struct pf_gs_packetiser *packetiser); /* NULL is allowed */

/* From the next frame on; 0 … 255. */
void pf_gs_packetiser_set_parity(struct pf_gs_packetiser *packetiser, unsigned percent);

/* Bytes of a datagram before sealing. */
size_t pf_gs_packetiser_datagram_len(const struct pf_gs_packetiser *packetiser);

/* Begins the next frame and returns its number of blocks. -EMSGSIZE if it is too large for any client; it is
 * then skipped without a trace. */
int pf_gs_packetiser_begin(struct pf_gs_packetiser *packetiser, const struct pf_gs_frame *frame);

/* Datagrams of the frame that was begun last, parity included. */
unsigned pf_gs_packetiser_packets(const struct pf_gs_packetiser *packetiser);
/* Those that are not parity. */
unsigned pf_gs_packetiser_data(const struct pf_gs_packetiser *packetiser);

/* Index of the frame that was begun last; the first is 1. */
uint32_t pf_gs_packetiser_frame_index(const struct pf_gs_packetiser *packetiser);

/* Writes all datagrams of the next block of the frame, the n-th to out + n · stride, and returns their
 * number. `stride` is at least the length of a datagram; `out` has room for PF_GS_VIDEO_SHARDS_MAX. */
unsigned pf_gs_packetiser_block(struct pf_gs_packetiser *packetiser, uint8_t *out, size_t stride);

/* Seals a datagram of `len` bytes at `text`; the 32 bytes in front of it are written too. `counter` never
 * repeats with one key. */
void pf_gs_video_seal(
    struct pf_gs_gcm *gcm, uint64_t counter, uint32_t frame_index, uint8_t *text, size_t len);

#endif
