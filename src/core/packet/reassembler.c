/* Datagrams to access units. A table remembers the frames of the window by index: open ones with their
 * shards, closed ones with the bitmap of data shards that parity restored, so that late ones can be told from
 * lost. */
#include "core/packet/header.h"
#include "core/packet/rx_frame.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS           128u /* power of two above PF_REASSEMBLER_WINDOW */
#define MIN_SHARD_BYTES 512u
#define SPARE_FRAMES    4u         /* kept for the next frames */
#define SPARE_BYTES     (8u << 20) /* a frame with larger buffers is not kept */

enum slot_state {
    SLOT_EMPTY,
    SLOT_OPEN,
    SLOT_CLOSED, /* complete or lost */
};

struct slot {
    enum slot_state state;
    uint32_t index;
    struct pf_rx_frame *frame; /* while open */

    /* While closed: data shards that parity restored and that did not come in yet. */
    uint64_t *restored;
    size_t restored_cap; /* words */
    unsigned total;      /* bits that mean something; 0: none was restored */
};

struct pf_reassembler {
    struct pf_reassembler_config config;
    size_t held; /* bytes of all open frames */
    struct pf_rx_decoder decoder;
    struct pf_reassembler_stats stats;

    bool started;
    uint32_t newest;
    uint64_t newest_pts_ns;
    struct slot slots[SLOTS];

    struct pf_rx_frame *spare;
    unsigned spare_count;
    struct pf_rx_frame *delivered; /* lent to the caller until the next push */
};

int pf_reassembler_create(const struct pf_reassembler_config *config, struct pf_reassembler **ret_reassembler)
{
    if ((config->scheme != PF_FEC_GF8 && config->scheme != PF_FEC_GF16) || config->max_block_data == 0 ||
        config->max_block_data > pf_fec_ceiling(config->scheme) ||
        config->max_frame_bytes > PF_FRAME_BYTES_MAX)
        return -EINVAL;
    struct pf_reassembler *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->config = *config;
    r->decoder.fec.scheme = config->scheme;
    if (r->config.min_shard_bytes == 0)
        r->config.min_shard_bytes = MIN_SHARD_BYTES;
    if (r->config.max_frame_bytes == 0)
        r->config.max_frame_bytes = PF_FRAME_BYTES_MAX;
    *ret_reassembler = r;
    return 0;
}

void pf_reassembler_destroy(struct pf_reassembler *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < SLOTS; i++) {
        pf_rx_frame_free(r->slots[i].frame);
        free(r->slots[i].restored);
    }
    while (r->spare) {
        struct pf_rx_frame *f = r->spare;
        r->spare = f->next;
        pf_rx_frame_free(f);
    }
    pf_rx_frame_free(r->delivered);
    pf_rx_decoder_finish(&r->decoder);
    free(r);
}

/* ---- frames that are not in use ---- */

static struct pf_rx_frame *take_spare(struct pf_reassembler *r)
{
    struct pf_rx_frame *f = r->spare;
    if (!f)
        return calloc(1, sizeof(*f));
    r->spare = f->next;
    r->spare_count--;
    return f;
}

static void give_spare(struct pf_reassembler *r, struct pf_rx_frame *f)
{
    if (r->spare_count == SPARE_FRAMES || pf_rx_frame_capacity(f) > SPARE_BYTES) {
        pf_rx_frame_free(f);
        return;
    }
    f->next = r->spare;
    r->spare = f;
    r->spare_count++;
}

/* ---- checks (6.2) ---- */

static bool block_shape_is_valid(const struct pf_reassembler_config *c, const struct pf_packet_header *h)
{
    unsigned b = c->max_block_data, total = pf_rx_total(h), blocks = (total + b - 1) / b;
    if (h->block_count != blocks || h->block_index >= blocks)
        return false;
    unsigned k = h->block_index + 1u == blocks ? total - (blocks - 1) * b : b;
    unsigned limit = b + (unsigned)(((uint64_t)b * PF_PARITY_PERCENT_MAX + 99) / 100);
    if (limit > pf_fec_ceiling(c->scheme))
        limit = pf_fec_ceiling(c->scheme);
    return h->data_shards == k && (unsigned)h->data_shards + h->recovery_shards <= limit &&
           h->shard_index < (unsigned)h->data_shards + h->recovery_shards;
}

static bool header_is_valid(
    const struct pf_reassembler_config *c, const struct pf_packet_header *h, size_t packet_len)
{
    return h->shard_bytes % 2 == 0 && h->shard_bytes >= c->min_shard_bytes &&
           h->shard_bytes <= PF_SHARD_BYTES_MAX && packet_len >= PF_PACKET_HEADER + (size_t)h->shard_bytes &&
           h->frame_bytes <= c->max_frame_bytes && block_shape_is_valid(c, h);
}

static bool same_frame(const struct pf_packet_header *a, const struct pf_packet_header *b)
{
    return a->block_count == b->block_count && a->frame_bytes == b->frame_bytes &&
           a->shard_bytes == b->shard_bytes && !((a->user_flags ^ b->user_flags) & PF_FRAME_SLICE_STREAM);
}

/* ---- the window ---- */

static struct slot *slot_of(struct pf_reassembler *r, uint32_t index)
{
    return &r->slots[index % SLOTS];
}

static bool is_newer(uint32_t a, uint32_t b)
{
    return a != b && a - b < 0x80000000u;
}

/* Notes which shards of the frame parity restored. Without memory for it late shards just count as dropped.
 */
static void remember_restored(struct slot *slot, const struct pf_rx_frame *f)
{
    size_t words = (f->total + 63) / 64;
    slot->total = 0;
    if (f->restored == 0)
        return;
    if (words > slot->restored_cap) {
        uint64_t *fresh = realloc(slot->restored, words * sizeof(*fresh));
        if (!fresh)
            return;
        slot->restored = fresh;
        slot->restored_cap = words;
    }
    memset(slot->restored, 0, words * sizeof(*slot->restored));
    for (unsigned s = 0; s < f->total; s++)
        if (f->data_state[s] == PF_RX_RESTORED)
            slot->restored[s / 64] |= 1ull << s % 64;
    slot->total = f->total;
}

/* Ends an open frame and returns its buffers, which are the caller's now. */
static struct pf_rx_frame *close_slot(struct pf_reassembler *r, struct slot *slot)
{
    struct pf_rx_frame *f = slot->frame;
    r->held -= pf_rx_frame_held(f);
    remember_restored(slot, f);
    slot->frame = NULL;
    slot->state = SLOT_CLOSED;
    return f;
}

static void lose(struct pf_reassembler *r, struct slot *slot)
{
    give_spare(r, close_slot(r, slot));
    r->stats.frames_dropped++;
}

static bool is_aged(const struct pf_reassembler *r, uint64_t pts_ns)
{
    return r->newest_pts_ns > pts_ns && r->newest_pts_ns - pts_ns > PF_REASSEMBLER_AGE_NS;
}

/* Moves the window to a newer frame: what aged is lost, what left the window is forgotten. */
static void advance(struct pf_reassembler *r, const struct pf_packet_header *h)
{
    r->newest = h->frame_index;
    r->newest_pts_ns = h->pts_ns;
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *slot = &r->slots[i];
        bool gone = r->newest - slot->index > PF_REASSEMBLER_WINDOW;
        if (slot->state == SLOT_OPEN && (gone || is_aged(r, slot->frame->first.pts_ns)))
            lose(r, slot);
        if (gone)
            slot->state = SLOT_EMPTY;
    }
}

/* ---- packets ---- */

static int refuse(struct pf_reassembler *r)
{
    r->stats.packets_dropped++;
    return 0;
}

/* A packet of a frame that is complete or lost. */
static int take_late(struct pf_reassembler *r, struct slot *slot, const struct pf_packet_header *h)
{
    size_t s = (size_t)h->block_index * r->config.max_block_data + h->shard_index;
    if (h->shard_index < h->data_shards && s < slot->total && (slot->restored[s / 64] >> s % 64 & 1)) {
        slot->restored[s / 64] &= ~(1ull << s % 64);
        r->stats.late_shards++;
    }
    return refuse(r);
}

/* A packet of a block that is done, in a frame that is not. */
static int take_surplus(struct pf_reassembler *r, struct pf_rx_frame *f, const struct pf_packet_header *h)
{
    size_t s = (size_t)h->block_index * r->config.max_block_data + h->shard_index;
    if (h->shard_index < h->data_shards && f->data_state[s] == PF_RX_RESTORED) {
        f->data_state[s] = PF_RX_RECEIVED;
        r->stats.late_shards++;
    }
    return 0;
}

static bool has_room(const struct pf_reassembler *r, size_t shards, size_t shard_bytes)
{
    return r->held + shards * shard_bytes <= 4 * r->config.max_frame_bytes;
}

static int open_frame(struct pf_reassembler *r, struct slot *slot, const struct pf_packet_header *h)
{
    if (!has_room(r, pf_rx_total(h), h->shard_bytes))
        return -ENOBUFS;
    struct pf_rx_frame *f = take_spare(r);
    if (!f)
        return -ENOMEM;
    if (pf_rx_frame_start(f, h) < 0) {
        pf_rx_frame_free(f);
        return -ENOMEM;
    }
    slot->state = SLOT_OPEN;
    slot->index = h->frame_index;
    slot->frame = f;
    r->held += pf_rx_frame_held(f);
    return 0;
}

/* Readies the packet's block; negative if it contradicts the block or there is no room. */
static int open_block(struct pf_reassembler *r, struct pf_rx_frame *f, const struct pf_packet_header *h)
{
    const struct pf_rx_block *b = &f->blocks[h->block_index];
    if (b->k != 0)
        return b->k == h->data_shards && b->m == h->recovery_shards ? 0 : -EBADMSG;
    if (!has_room(r, h->recovery_shards, h->shard_bytes))
        return -ENOBUFS;
    size_t before = pf_rx_frame_held(f);
    int rc = pf_rx_frame_add_block(f, h);
    r->held += pf_rx_frame_held(f) - before;
    return rc;
}

static int deliver(struct pf_reassembler *r, struct slot *slot, struct pf_received_frame *ret_frame)
{
    const struct pf_rx_frame *f = r->delivered = close_slot(r, slot);
    r->stats.frames_completed++;
    *ret_frame = (struct pf_received_frame){
        .data = f->data,
        .len = f->first.frame_bytes,
        .pts_ns = f->first.pts_ns,
        .frame_index = f->first.frame_index,
        .user_flags = f->first.user_flags,
        .restored = f->restored,
    };
    return 1;
}

static int store(struct pf_reassembler *r, struct slot *slot, const struct pf_packet_header *h,
    const uint8_t *shard, struct pf_received_frame *ret_frame)
{
    struct pf_rx_frame *f = slot->frame;
    int rc = open_block(r, f, h);
    if (rc < 0) {
        refuse(r);
        return rc == -ENOMEM ? rc : 0;
    }
    if (f->blocks[h->block_index].done)
        return take_surplus(r, f, h);

    unsigned restored = f->restored;
    pf_rx_frame_store(f, h, shard, r->config.max_block_data);
    rc = pf_rx_frame_finish_block(f, h->block_index, r->config.max_block_data, &r->decoder);
    r->stats.restored_shards += f->restored - restored;
    if (rc < 0) {
        refuse(r);
        return rc == -ENOMEM ? rc : 0;
    }
    return f->blocks_complete == f->first.block_count ? deliver(r, slot, ret_frame) : 0;
}

/* Places a valid packet in the window. */
static int place(struct pf_reassembler *r, const struct pf_packet_header *h, const uint8_t *shard,
    struct pf_received_frame *ret_frame)
{
    if (!r->started || is_newer(h->frame_index, r->newest))
        advance(r, h);
    r->started = true;
    if (r->newest - h->frame_index > PF_REASSEMBLER_WINDOW)
        return refuse(r);

    struct slot *slot = slot_of(r, h->frame_index);
    if (slot->state == SLOT_CLOSED)
        return take_late(r, slot, h);
    if (slot->state == SLOT_EMPTY) {
        if (is_aged(r, h->pts_ns))
            return refuse(r);
        int rc = open_frame(r, slot, h);
        if (rc < 0) {
            refuse(r);
            return rc == -ENOMEM ? rc : 0;
        }
    }
    if (!same_frame(&slot->frame->first, h))
        return refuse(r);
    return store(r, slot, h, shard, ret_frame);
}

int pf_reassembler_push(
    struct pf_reassembler *r, const uint8_t *packet, size_t len, struct pf_received_frame *ret_frame)
{
    if (r->delivered)
        give_spare(r, r->delivered);
    r->delivered = NULL;
    r->stats.packets++;
    r->stats.bytes += len;

    struct pf_packet_header h;
    if (pf_packet_header_read(packet, len, &h) < 0 || !header_is_valid(&r->config, &h, len))
        return refuse(r);
    if (h.user_flags & PF_FRAME_PROBE) {
        r->stats.probe_packets++;
        r->stats.probe_bytes += len;
        if (r->config.probe_numbers)
            return 0;
    }
    return place(r, &h, packet + PF_PACKET_HEADER, ret_frame);
}

void pf_reassembler_stats(const struct pf_reassembler *r, struct pf_reassembler_stats *ret)
{
    *ret = r->stats;
}

size_t pf_reassembler_frame_limit(uint32_t bitrate_kbps, uint32_t refresh_hz)
{
    const uint64_t least = 8u << 20, most = PF_FRAME_BYTES_MAX;
    if (bitrate_kbps == 0 || refresh_hz == 0)
        return most;
    uint64_t bytes = 4ull * bitrate_kbps * 125 / refresh_hz;
    return bytes < least ? least : bytes > most ? most : bytes;
}
