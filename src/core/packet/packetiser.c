/* Access units to datagrams.
 *
 * The arena has equal slots, each a datagram in its final form. Data packets of a frame pass through a window
 * of WINDOW slots; parity of a block lies in the slots behind it. A frame (in block order: a block) is placed
 * so that its last data packet fills the window's last slot, so data and parity of an ordinary frame are one
 * contiguous run, and a large frame reuses slots that are still in the cache. Parity is computed from the
 * access unit itself, which stays plain, when the first parity packet is due.
 */
#include "core/packet/fec_cache.h"
#include "core/packet/header.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW 256u /* data slots; more than any group */
#define ALIGN  64u

/* Where in the frame the next packet is. */
struct cursor {
    unsigned block, shard; /* shard counts from 0 in the data and again in the parity of a block */
    bool parity;
    unsigned run; /* data packets before it in its run: the frame's, or in block order the block's */
};

struct pf_packetiser {
    struct pf_packetiser_config config;
    size_t prefix, stride; /* of a datagram: plain bytes start at prefix */

    struct pf_fec_cache fec;
    uint8_t *arena; /* allocation */
    uint8_t *slots; /* in it, placed so that shards are aligned */
    unsigned slot_count;
    const uint8_t **data_shards; /* max_block_data pointers */
    uint8_t **parity_shards;     /* slot_count − WINDOW pointers */
    uint8_t *last_shard;         /* the frame's last shard with its padding */

    uint32_t video_index, probe_index, stream_seq;
    struct pf_packetiser_stats stats;

    struct pf_packet_frame frame; /* in progress */
    uint32_t frame_index;
    unsigned total, blocks;    /* data shards and blocks of the frame */
    unsigned packets, emitted; /* of the frame, and how many of them were built */
    struct cursor at;
    unsigned k, m;                      /* data and parity of the block at the cursor */
    uint8_t template[PF_PACKET_HEADER]; /* of its headers */
};

static unsigned parity_of(const struct pf_packetiser *p, unsigned k, unsigned percent)
{
    const struct pf_packetiser_config *c = &p->config;
    return pf_parity_count(c->scheme, c->max_block_data, c->welcome_percent, k, percent);
}

static bool config_is_valid(const struct pf_packetiser_config *c)
{
    unsigned ceiling = pf_fec_ceiling(c->scheme);
    if ((c->scheme != PF_FEC_GF8 && c->scheme != PF_FEC_GF16) || c->welcome_percent > PF_PARITY_PERCENT_MAX)
        return false;
    if (c->shard_bytes == 0 || c->shard_bytes % 2 != 0 || c->shard_bytes > PF_SHARD_BYTES_MAX)
        return false;
    return c->max_block_data >= 1 && c->max_block_data <= ceiling &&
           c->max_block_data + (c->max_block_data * c->welcome_percent + 99) / 100 <= ceiling;
}

/* Makes room for the parity of one block behind the window. Forgets what is in the arena. */
static int reserve_slots(struct pf_packetiser *p, unsigned parity)
{
    if (p->slots && WINDOW + parity <= p->slot_count)
        return 0;
    unsigned count = WINDOW + parity + parity / 2 + 16;
    size_t lead = ALIGN - (p->prefix + PF_PACKET_HEADER) % ALIGN;
    uint8_t *arena = NULL;
    uint8_t **pointers = calloc(count - WINDOW, sizeof(*pointers));
    if (!pointers || posix_memalign((void **)&arena, ALIGN, lead + count * p->stride) != 0) {
        free(pointers);
        return -ENOMEM;
    }
    free(p->arena);
    free(p->parity_shards);
    p->arena = arena;
    p->slots = arena + lead;
    p->slot_count = count;
    p->parity_shards = pointers;
    for (unsigned r = 0; r < count - WINDOW; r++)
        pointers[r] = p->slots + (WINDOW + r) * p->stride + p->prefix + PF_PACKET_HEADER;
    return 0;
}

int pf_packetiser_create(const struct pf_packetiser_config *config, struct pf_packetiser **ret_packetiser)
{
    if (!config_is_valid(config))
        return -EINVAL;
    struct pf_packetiser *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->config = *config;
    p->fec.scheme = config->scheme;
    p->video_index = config->first_frame_index;
    p->prefix = config->sealer ? PF_SEAL_PREFIX : 0;
    p->stride = PF_PACKET_HEADER + config->shard_bytes + (config->sealer ? PF_SEAL_OVERHEAD : 0);
    p->data_shards = calloc(config->max_block_data, sizeof(*p->data_shards));
    if (posix_memalign((void **)&p->last_shard, ALIGN, config->shard_bytes) != 0)
        p->last_shard = NULL;
    if (!p->data_shards || !p->last_shard || reserve_slots(p, 0) < 0) {
        pf_packetiser_destroy(p);
        return -ENOMEM;
    }
    *ret_packetiser = p;
    return 0;
}

void pf_packetiser_destroy(struct pf_packetiser *p)
{
    if (!p)
        return;
    pf_fec_cache_finish(&p->fec);
    free(p->arena);
    free(p->data_shards);
    free(p->parity_shards);
    free(p->last_shard);
    free(p);
}

/* The frame's next index, from the counter that its kind uses. */
static uint32_t take_index(struct pf_packetiser *p, uint32_t user_flags)
{
    bool own = p->config.probe_numbers && (user_flags & PF_FRAME_PROBE);
    return own ? p->probe_index++ : p->video_index++;
}

/* Readies what depends on the block at the cursor. */
static void enter_block(struct pf_packetiser *p)
{
    unsigned before = p->at.block * p->config.max_block_data, left = p->total - before;
    p->k = left < p->config.max_block_data ? left : p->config.max_block_data;
    p->m = parity_of(p, p->k, p->frame.parity_percent);
    const struct pf_packet_header h = {
        .pts_ns = p->frame.pts_ns,
        .frame_index = p->frame_index,
        .frame_bytes = (uint32_t)p->frame.len,
        .user_flags = p->frame.user_flags,
        .block_index = (uint16_t)p->at.block,
        .block_count = (uint16_t)p->blocks,
        .data_shards = (uint16_t)p->k,
        .recovery_shards = (uint16_t)p->m,
        .shard_bytes = (uint16_t)p->config.shard_bytes,
        .magic = PF_PACKET_MAGIC,
        .version = PF_PACKET_VERSION,
        .fec_scheme = (uint8_t)p->config.scheme,
    };
    pf_packet_header_write(&h, p->template);
}

/* Copies the frame's last shard aside and pads it with zeros. */
static void make_last_shard(struct pf_packetiser *p)
{
    size_t before = (size_t)(p->total - 1) * p->config.shard_bytes, rest = p->frame.len - before;
    if (rest > 0)
        memcpy(p->last_shard, p->frame.data + before, rest);
    memset(p->last_shard + rest, 0, p->config.shard_bytes - rest);
}

int pf_packetiser_begin(
    struct pf_packetiser *p, const struct pf_packet_frame *frame, struct pf_packet_plan *ret_plan)
{
    const struct pf_packetiser_config *c = &p->config;
    if (frame->parity_percent > PF_PARITY_PERCENT_MAX)
        return -EINVAL;
    if (frame->len > PF_FRAME_BYTES_MAX)
        return -EMSGSIZE;
    unsigned total = frame->len ? (unsigned)((frame->len + c->shard_bytes - 1) / c->shard_bytes) : 1;
    unsigned blocks = (total + c->max_block_data - 1) / c->max_block_data;
    if (blocks > UINT16_MAX)
        return -EMSGSIZE;

    /* Only the last block may be smaller than the first; it may still have more parity, through the clamp. */
    unsigned first_k = total < c->max_block_data ? total : c->max_block_data;
    unsigned last_k = total - (blocks - 1) * c->max_block_data;
    unsigned first_m = parity_of(p, first_k, frame->parity_percent);
    unsigned last_m = parity_of(p, last_k, frame->parity_percent);
    if (reserve_slots(p, first_m > last_m ? first_m : last_m) < 0)
        return -ENOMEM;

    p->frame = *frame;
    p->frame_index = take_index(p, frame->user_flags);
    p->total = total;
    p->blocks = blocks;
    p->packets = total + (blocks - 1) * first_m + last_m;
    p->emitted = 0;
    p->at = (struct cursor){0};
    enter_block(p);
    make_last_shard(p);
    p->stats.frames++;
    *ret_plan = (struct pf_packet_plan){
        .frame_index = p->frame_index,
        .packets = p->packets,
        .parity = p->packets - total,
        .datagram_bytes = p->stride,
    };
    return 0;
}

static const uint8_t *data_shard(const struct pf_packetiser *p, unsigned s)
{
    return s + 1 == p->total ? p->last_shard : p->frame.data + (size_t)s * p->config.shard_bytes;
}

/* Writes the parity of the block at the cursor into its slots. */
static int make_parity(struct pf_packetiser *p)
{
    int rc = pf_fec_cache_reserve(&p->fec, p->k, p->m, p->config.shard_bytes);
    if (rc < 0)
        return rc;
    for (unsigned i = 0; i < p->k; i++)
        p->data_shards[i] = data_shard(p, p->at.block * p->config.max_block_data + i);
    return pf_fec_encode(p->fec.fec, p->data_shards, p->k, p->parity_shards, p->m, p->config.shard_bytes);
}

static unsigned slot_at_cursor(const struct pf_packetiser *p)
{
    if (p->at.parity)
        return WINDOW + p->at.shard;
    unsigned run = p->config.block_order ? p->k : p->total;
    return (p->at.run + WINDOW - run % WINDOW) % WINDOW;
}

/* Header and, for data, the shard; parity shards are in their slots already. */
static int build_packet(struct pf_packetiser *p, uint8_t *plain)
{
    const struct cursor *at = &p->at;
    unsigned shard = at->shard;
    if (at->parity) {
        int rc = shard == 0 ? make_parity(p) : 0;
        if (rc < 0)
            return rc;
        shard += p->k;
    } else {
        memcpy(plain + PF_PACKET_HEADER, data_shard(p, at->block * p->config.max_block_data + shard),
            p->config.shard_bytes);
    }
    uint8_t flags = PF_PACKET_PIC;
    flags |= p->emitted == 0 ? PF_PACKET_SOF : 0;
    flags |= p->emitted + 1 == p->packets ? PF_PACKET_EOF : 0;
    pf_packet_header_stamp(plain, p->template, p->stream_seq++, shard, flags);
    p->emitted++;
    return 0;
}

/* The step from the end of one stretch of packets to the start of the next. */
static void next_stretch(struct pf_packetiser *p)
{
    struct cursor *at = &p->at;
    at->shard = 0;
    if (p->config.block_order) {
        at->block += at->parity;
        at->parity = !at->parity;
        at->run = 0;
    } else if (++at->block == p->blocks && !at->parity) {
        at->block = 0;
        at->parity = true;
    }
    enter_block(p);
}

static void advance(struct pf_packetiser *p)
{
    p->at.shard++;
    p->at.run++;
    if (p->emitted == p->packets)
        return;
    while (p->at.shard == (p->at.parity ? p->m : p->k))
        next_stretch(p);
}

int pf_packetiser_next(struct pf_packetiser *p, unsigned max_packets, struct pf_packet_group *ret_group)
{
    if (p->emitted == p->packets)
        return 0;
    unsigned first = slot_at_cursor(p), count = 0;
    uint8_t *group = p->slots + first * p->stride;
    while (count < max_packets && p->emitted < p->packets && slot_at_cursor(p) == first + count) {
        int rc = build_packet(p, group + count * p->stride + p->prefix);
        if (rc < 0)
            return rc;
        count++;
        advance(p);
    }
    if (p->config.sealer) {
        int rc = pf_sealer_seal(p->config.sealer, group, count, p->stride, p->stride - PF_SEAL_OVERHEAD);
        if (rc < 0)
            return rc;
    }
    p->stats.packets += count;
    p->stats.bytes += count * p->stride;
    *ret_group = (struct pf_packet_group){.data = group, .datagram_bytes = p->stride, .count = count};
    return 1;
}

void pf_packetiser_stats(const struct pf_packetiser *p, struct pf_packetiser_stats *ret)
{
    *ret = p->stats;
}
