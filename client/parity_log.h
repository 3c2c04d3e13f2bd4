/* How much parity the host put into its frames, as their packets say: one entry for each change. */
#ifndef PF_CLIENT_PARITY_LOG_H
#define PF_CLIENT_PARITY_LOG_H

#include "punktfunk/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define PROBE_PARITY_CHANGES 64u

struct probe_parity_log {
    bool started;
    uint32_t newest;       /* frame */
    uint16_t data, parity; /* of it */
    unsigned count;        /* changes seen; the first PROBE_PARITY_CHANGES are kept */
    struct {
        uint32_t frame;
        uint16_t data, parity; /* shards of its first block */
    } changes[PROBE_PARITY_CHANGES];
};

/* Notes the frame of an opened packet. Old frames, later blocks, filler and what is no packet are ignored. */
void probe_parity_log_packet(struct probe_parity_log *log, const uint8_t *packet, size_t len);

#endif
