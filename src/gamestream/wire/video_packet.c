#include "gamestream/wire/video_packet.h"

#include "base/bytes.h"
#include "punktfunk/fec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_HEADER     8u
#define STREAM_HEADER    16u /* behind that of RTP */
#define SHARDS_CODED     255u
#define UNCODED_BLOCKS   PF_GS_VIDEO_BLOCKS_MAX
#define PERCENT_ROUNDING 2u /* parity shards that a raised percentage may add to those wanted */

enum { FLAG_PICTURE = 1, FLAG_EOF = 2, FLAG_SOF = 4 };

/* How a frame is cut. */
struct cut {
    unsigned data, blocks, per_block; /* shards of the frame; blocks; data shards of each but the last */
    unsigned percent;                 /* 0: no parity */
};

struct pf_gs_packetiser {
    struct pf_gs_packetiser_config config;
    struct pf_fec *fec;
    uint32_t frame_index; /* of the frame in hand */
    uint32_t counter;     /* of the next packet */
    struct pf_gs_frame frame;
    struct cut cut;
    unsigned block;
    const uint8_t *data[SHARDS_CODED];
    uint8_t *parity[SHARDS_CODED];
};

int pf_gs_packetiser_create(const struct pf_gs_packetiser_config *c, struct pf_gs_packetiser **ret_packetiser)
{
    if (c->packet_size < 32 || c->packet_size > 2048 || c->packet_size % 16 || c->parity_percent > 255 ||
        c->min_parity > 16)
        return -EINVAL;
    struct pf_gs_packetiser *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->config = *c;
    p->counter = c->packets_before;
    p->frame_index = c->frames_before;
    int rc = pf_fec_create(PF_FEC_GF8, SHARDS_CODED - 1, SHARDS_CODED - 1, c->packet_size + 16, &p->fec);
    if (rc < 0) {
        free(p);
        return rc;
    }
    *ret_packetiser = p;
    return 0;
}

void pf_gs_packetiser_destroy(struct pf_gs_packetiser *p)
{
    if (!p)
        return;
    pf_fec_destroy(p->fec);
    free(p);
}

void pf_gs_packetiser_set_parity(struct pf_gs_packetiser *p, unsigned percent)
{
    p->config.parity_percent = percent < 255 ? percent : 255;
}

size_t pf_gs_packetiser_datagram_len(const struct pf_gs_packetiser *p)
{
    return p->config.packet_size + 16;
}

uint32_t pf_gs_packetiser_frame_index(const struct pf_gs_packetiser *p)
{
    return p->frame_index;
}

/* ---- how a frame is cut ---------------------------------------------------------------------------------
 */

static unsigned divide_up(size_t a, size_t b)
{
    return (unsigned)((a + b - 1) / b);
}

/* Bytes of the frame in a shard. */
static size_t shard_text(const struct pf_gs_packetiser *p)
{
    return p->config.packet_size - STREAM_HEADER;
}

/* Frames too large for coded blocks go without parity, in as many blocks as there may be. */
static struct cut cut_frame(const struct pf_gs_packetiser *p, unsigned data)
{
    unsigned percent = p->config.parity_percent;
    struct cut cut = {.data = data, .percent = percent};
    unsigned most = percent ? 100 * SHARDS_CODED / (100 + percent) : PF_GS_VIDEO_SHARDS_MAX;
    unsigned reserved = p->config.min_parity + PERCENT_ROUNDING;
    if (percent && most > SHARDS_CODED - reserved)
        most = SHARDS_CODED - reserved;
    cut.blocks = divide_up(data, most);
    if (cut.blocks > PF_GS_VIDEO_BLOCKS_MAX) {
        cut.percent = 0;
        cut.blocks = UNCODED_BLOCKS;
    }
    cut.per_block = divide_up(data, cut.blocks);
    cut.blocks = divide_up(data, cut.per_block); /* rounding up may have left the last one empty */
    return cut;
}

/* Parity shards as the client computes them from the percentage in the header. */
static unsigned parity_of(unsigned data, unsigned percent)
{
    return (data * percent + 99) / 100;
}

/* The percentage to write for a block: at least the minimum parity, if eight bits can say so. */
static unsigned block_percent(const struct pf_gs_packetiser *p, unsigned data, unsigned percent)
{
    if (!percent || parity_of(data, percent) >= p->config.min_parity)
        return percent;
    unsigned raised = 100 * p->config.min_parity / data;
    if (raised < 255 && parity_of(data, raised) < p->config.min_parity)
        raised++;
    while (raised > 255 || data + parity_of(data, raised) > SHARDS_CODED)
        raised = raised > 255 ? 255 * data / 100 * 100 / data : raised - 1;
    return raised;
}

int pf_gs_packetiser_begin(struct pf_gs_packetiser *p, const struct pf_gs_frame *frame)
{
    size_t most = (size_t)PF_GS_VIDEO_SHARDS_MAX * PF_GS_VIDEO_BLOCKS_MAX;
    if (frame->len > most * shard_text(p) - FRAME_HEADER)
        return -EMSGSIZE;
    p->frame = *frame;
    p->cut = cut_frame(p, divide_up(FRAME_HEADER + frame->len, shard_text(p)));
    p->block = 0;
    p->frame_index++;
    return (int)p->cut.blocks;
}

/* Data shards of a block. */
static unsigned block_data(const struct pf_gs_packetiser *p, unsigned block)
{
    unsigned left = p->cut.data - block * p->cut.per_block;
    return left < p->cut.per_block ? left : p->cut.per_block;
}

unsigned pf_gs_packetiser_packets(const struct pf_gs_packetiser *p)
{
    unsigned packets = 0;
    for (unsigned b = 0; b < p->cut.blocks; b++) {
        unsigned data = block_data(p, b);
        packets += data + parity_of(data, block_percent(p, data, p->cut.percent));
    }
    return packets;
}

/* ---- one block ------------------------------------------------------------------------------------------
 */

static void write_frame_header(const struct pf_gs_packetiser *p, struct pf_writer *w)
{
    size_t last = (FRAME_HEADER + p->frame.len) % shard_text(p);
    pf_write_u8(w, 1);
    pf_write_u16le(w, p->frame.latency_100us);
    pf_write_u8(w, (uint8_t)p->frame.type);
    pf_write_u16le(w, (uint16_t)(last ? last : shard_text(p)));
    pf_write_u16le(w, 0);
}

unsigned pf_gs_packetiser_data(const struct pf_gs_packetiser *p)
{
    return p->cut.data;
}

/* What parity covers: the stream's header, without what stamp() adds, and the text. */
static void write_data_shard(
    const struct pf_gs_packetiser *p, unsigned index, uint32_t counter, uint8_t flags, uint8_t *out)
{
    size_t text = shard_text(p), len = p->config.packet_size + 16;
    struct pf_writer w = pf_writer_of(out, len);
    memset(pf_write_reserve(&w, 16), 0, 16);
    pf_write_u32le(&w, (counter & 0xFFFFFF) << 8);
    pf_write_u32le(&w, p->frame_index);
    pf_write_u8(&w, flags);
    pf_write_u8(&w, p->frame.long_term_reference);
    pf_write_u8(&w, 0x10);
    pf_write_u8(&w, 0);
    pf_write_u32le(&w, 0);
    size_t at = (size_t)index * text; /* of the frame with its header */
    if (index == 0)
        write_frame_header(p, &w);
    else
        at -= FRAME_HEADER;
    size_t left = p->frame.len - at, room = len - w.len;
    pf_write_bytes(&w, p->frame.data + at, left < room ? left : room);
    memset(out + w.len, 0, len - w.len);
}

/* What is not under parity, the same for data and parity shards. */
static void stamp(
    const struct pf_gs_packetiser *p, uint8_t *out, uint32_t counter, uint8_t blocks, uint32_t fec_info)
{
    struct pf_writer rtp = pf_writer_of(out, 16), stream = pf_writer_of(out + 20, 4),
                     multi = pf_writer_of(out + 27, 5);
    pf_write_u8(&rtp, 0x90);
    pf_write_u8(&rtp, 0);
    pf_write_be(&rtp, counter & 0xFFFF, 2);
    pf_write_be(&rtp, p->frame.rtp_time, 4);
    pf_write_be(&rtp, 0, 8);
    pf_write_u32le(&stream, p->frame_index);
    pf_write_u8(&multi, blocks);
    pf_write_u32le(&multi, fec_info);
}

static void add_parity(
    struct pf_gs_packetiser *p, uint8_t *out, size_t stride, unsigned data, unsigned parity)
{
    for (unsigned i = 0; i < data; i++)
        p->data[i] = out + i * stride;
    for (unsigned j = 0; j < parity; j++)
        p->parity[j] = out + (data + j) * stride;
    /* Cannot fail: counts and lengths are within what the code was made for. */
    pf_fec_encode(p->fec, p->data, data, p->parity, parity, pf_gs_packetiser_datagram_len(p));
}

unsigned pf_gs_packetiser_block(struct pf_gs_packetiser *p, uint8_t *out, size_t stride)
{
    unsigned first = p->block * p->cut.per_block, data = block_data(p, p->block);
    unsigned percent = block_percent(p, data, p->cut.percent), parity = parity_of(data, percent);
    for (unsigned i = 0; i < data; i++) {
        uint8_t flags = (uint8_t)(FLAG_PICTURE | (i == 0 ? FLAG_SOF : 0) | (i + 1 == data ? FLAG_EOF : 0));
        write_data_shard(p, first + i, p->counter + i, flags, out + i * stride);
    }
    if (parity)
        add_parity(p, out, stride, data, parity);
    uint8_t blocks = (uint8_t)(p->block << 4 | (p->cut.blocks - 1) << 6);
    for (unsigned i = 0; i < data + parity; i++)
        stamp(p, out + i * stride, p->counter++, blocks, data << 22 | i << 12 | percent << 4);
    p->block++;
    return data + parity;
}

void pf_gs_video_seal(
    struct pf_gs_gcm *gcm, uint64_t counter, uint32_t frame_index, uint8_t *text, size_t len)
{
    struct pf_writer w = pf_writer_of(text - PF_GS_VIDEO_SEAL_PREFIX, PF_GS_VIDEO_SEAL_PREFIX);
    const uint8_t *nonce = w.buf;
    pf_write_u64le(&w, counter);
    pf_write_be(&w, 'V', 4);
    pf_write_u32le(&w, frame_index);
    pf_gs_gcm_seal(gcm, nonce, 12, text, len, pf_write_reserve(&w, PF_GS_TAG_LEN));
}
