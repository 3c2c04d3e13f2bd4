/* A frame that is being put together: buffers that grow, are bounded by the caller and are used again. */
#ifndef PF_CORE_PACKET_RX_FRAME_H
#define PF_CORE_PACKET_RX_FRAME_H

#include "core/packet/fec_cache.h"
#include "punktfunk/packet.h"

enum pf_rx_shard {
    PF_RX_MISSING,
    PF_RX_RECEIVED,
    PF_RX_RESTORED, /* computed from parity, not received so far */
};

struct pf_rx_block {
    unsigned k, m;         /* k 0: no packet so far */
    unsigned data, parity; /* shards received */
    unsigned first_parity; /* its first shard among the frame's parity shards */
    bool done;             /* complete, or failed for good */
};

struct pf_rx_frame {
    struct pf_rx_frame *next; /* in the list of spare frames */

    struct pf_packet_header first; /* of the packet that came first */
    unsigned total;                /* data shards */
    unsigned blocks_complete;
    unsigned restored;

    struct pf_rx_block *blocks; /* first.block_count */
    uint8_t *data_state;        /* total, enum pf_rx_shard */
    uint8_t *data;              /* total shards in order: the frame */
    unsigned parity_count;      /* parity shards of the blocks known so far */
    uint8_t *parity_have;       /* parity_count, 0 or 1 */
    uint8_t *parity;            /* parity_count shards */

    size_t blocks_cap, data_state_cap, data_cap, parity_have_cap, parity_cap; /* bytes */
};

/* Work memory for decoding, shared by all frames. */
struct pf_rx_decoder {
    struct pf_fec_cache fec;
    uint8_t **shards; /* K + M pointers */
    uint8_t *present;
    unsigned cap;
};

/* Data shards of a frame. */
unsigned pf_rx_total(const struct pf_packet_header *h);

/* Bytes of shards that the frame holds, for the limit on all frames. */
size_t pf_rx_frame_held(const struct pf_rx_frame *f);
/* Bytes that its buffers keep while it is spare. */
size_t pf_rx_frame_capacity(const struct pf_rx_frame *f);

/* Empties the frame and readies it for the frame of this header, which was checked. 0 or -ENOMEM. */
int pf_rx_frame_start(struct pf_rx_frame *f, const struct pf_packet_header *h);
/* Readies a block for the shape of the header. 0 or -ENOMEM. */
int pf_rx_frame_add_block(struct pf_rx_frame *f, const struct pf_packet_header *h);
/* Stores the shard of a block that is not done; a duplicate changes nothing. */
void pf_rx_frame_store(
    struct pf_rx_frame *f, const struct pf_packet_header *h, const uint8_t *shard, unsigned max_block_data);
/* Finishes the block if enough of it has arrived. Returns 1 if it is complete now, 0 if not yet, negative if
 * it cannot be decoded: the block is then done for good and the frame will never complete. */
int pf_rx_frame_finish_block(
    struct pf_rx_frame *f, unsigned block, unsigned max_block_data, struct pf_rx_decoder *decoder);
void pf_rx_frame_free(struct pf_rx_frame *f);

void pf_rx_decoder_finish(struct pf_rx_decoder *d);

#endif
