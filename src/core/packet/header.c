#include "core/packet/header.h"

#include "base/bytes.h"

#include <errno.h>

void pf_packet_header_write(const struct pf_packet_header *h, uint8_t out[PF_PACKET_HEADER])
{
    struct pf_writer w = pf_writer_of(out, PF_PACKET_HEADER);
    pf_write_u64le(&w, h->pts_ns);
    pf_write_u32le(&w, h->frame_index);
    pf_write_u32le(&w, h->stream_seq);
    pf_write_u32le(&w, h->frame_bytes);
    pf_write_u32le(&w, h->user_flags);
    pf_write_u16le(&w, h->block_index);
    pf_write_u16le(&w, h->block_count);
    pf_write_u16le(&w, h->data_shards);
    pf_write_u16le(&w, h->recovery_shards);
    pf_write_u16le(&w, h->shard_index);
    pf_write_u16le(&w, h->shard_bytes);
    pf_write_u8(&w, h->magic);
    pf_write_u8(&w, h->version);
    pf_write_u8(&w, h->fec_scheme);
    pf_write_u8(&w, h->flags);
}

int pf_packet_header_read(const void *data, size_t len, struct pf_packet_header *ret)
{
    struct pf_reader r = pf_reader_of(data, len);
    struct pf_packet_header h;
    h.pts_ns = pf_read_u64le(&r);
    h.frame_index = pf_read_u32le(&r);
    h.stream_seq = pf_read_u32le(&r);
    h.frame_bytes = pf_read_u32le(&r);
    h.user_flags = pf_read_u32le(&r);
    h.block_index = pf_read_u16le(&r);
    h.block_count = pf_read_u16le(&r);
    h.data_shards = pf_read_u16le(&r);
    h.recovery_shards = pf_read_u16le(&r);
    h.shard_index = pf_read_u16le(&r);
    h.shard_bytes = pf_read_u16le(&r);
    h.magic = pf_read_u8(&r);
    h.version = pf_read_u8(&r);
    h.fec_scheme = pf_read_u8(&r);
    h.flags = pf_read_u8(&r);
    if (r.failed || h.magic != PF_PACKET_MAGIC)
        return -EBADMSG;
    *ret = h;
    return 0;
}

static unsigned percent_of(unsigned n, unsigned percent)
{
    return (unsigned)(((uint64_t)n * percent + 99) / 100);
}

unsigned pf_parity_count(enum pf_fec_scheme scheme, unsigned max_block_data, unsigned welcome_percent,
    unsigned k, unsigned percent)
{
    unsigned limit = max_block_data + percent_of(max_block_data, welcome_percent);
    if (limit > pf_fec_ceiling(scheme))
        limit = pf_fec_ceiling(scheme);
    unsigned m = percent_of(k, percent);
    if (k >= limit)
        return 0;
    return m < limit - k ? m : limit - k;
}
