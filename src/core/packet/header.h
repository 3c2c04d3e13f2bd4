/* Writing the headers of one block quickly: all its packets share a template and differ in three fields. */
#ifndef PF_CORE_PACKET_HEADER_H
#define PF_CORE_PACKET_HEADER_H

#include "punktfunk/packet.h"

#include <endian.h>
#include <string.h>

#define PF_SHARD_BYTES_MAX 9152u

/* K + M of a block, at most. */
static inline unsigned pf_fec_ceiling(enum pf_fec_scheme scheme)
{
    return scheme == PF_FEC_GF8 ? 255 : 65535;
}

/* Copies the template and sets what differs from packet to packet. */
static inline void pf_packet_header_stamp(uint8_t *out, const uint8_t template[PF_PACKET_HEADER],
    uint32_t stream_seq, unsigned shard_index, uint8_t flags)
{
    uint32_t seq = htole32(stream_seq);
    uint16_t shard = htole16((uint16_t)shard_index);
    memcpy(out, template, PF_PACKET_HEADER);
    memcpy(out + 12, &seq, sizeof(seq));
    memcpy(out + 32, &shard, sizeof(shard));
    out[39] = flags;
}

#endif
