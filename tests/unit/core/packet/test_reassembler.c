/* The reassembler: what it accepts, what it gives up, and frames through a bad network. */
#include "vectors.h"

#include "base/hex.h"
#include "punktfunk/packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull

static struct pf_reassembler *make(unsigned max_block_data)
{
    const struct pf_reassembler_config config = {
        .scheme = PF_FEC_GF16, .max_block_data = max_block_data, .min_shard_bytes = 2};
    struct pf_reassembler *r;
    assert_int_equal(pf_reassembler_create(&config, &r), 0);
    return r;
}

static struct pf_reassembler_stats stats_of(const struct pf_reassembler *r)
{
    struct pf_reassembler_stats s;
    pf_reassembler_stats(r, &s);
    return s;
}

/* A data packet of a one-block frame of `len` bytes with P = 64, filled with its shard number. */
static struct pf_packet_header data_header(uint32_t index, uint64_t pts_ns, unsigned len, unsigned shard)
{
    return (struct pf_packet_header){.pts_ns = pts_ns,
        .frame_index = index,
        .frame_bytes = len,
        .user_flags = PF_FRAME_PIC,
        .block_count = 1,
        .data_shards = (uint16_t)((len + 63) / 64),
        .shard_index = (uint16_t)shard,
        .shard_bytes = 64,
        .magic = PF_PACKET_MAGIC,
        .version = 1,
        .fec_scheme = 1,
        .flags = PF_PACKET_PIC};
}

static int push(struct pf_reassembler *r, const struct pf_packet_header *h, struct pf_received_frame *frame)
{
    size_t len = PF_PACKET_HEADER + h->shard_bytes;
    uint8_t *packet = malloc(len);
    pf_packet_header_write(h, packet);
    memset(packet + PF_PACKET_HEADER, h->shard_index + 1, h->shard_bytes);
    int rc = pf_reassembler_push(r, packet, len, frame);
    free(packet);
    return rc;
}

static int push_data(struct pf_reassembler *r, uint32_t index, uint64_t pts_ns, unsigned len, unsigned shard)
{
    struct pf_received_frame frame;
    struct pf_packet_header h = data_header(index, pts_ns, len, shard);
    return push(r, &h, &frame);
}

/* ---- vectors ---- */

static void check_vector(const json_t *packets, const uint8_t *want, size_t len, unsigned max_block_data)
{
    struct pf_reassembler *r = make(max_block_data);
    struct pf_received_frame frame = {0};
    size_t count = json_array_size(packets), frames = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *e = json_array_get(packets, count - 1 - i); /* last first: parity is used */
        struct vec_bytes header = vec_hex(e, "header_hex"), body = vec_hex(e, "body_hex");
        uint8_t *packet = malloc(header.len + body.len);
        memcpy(packet, header.data, header.len);
        memcpy(packet + header.len, body.data, body.len);
        if (pf_reassembler_push(r, packet, header.len + body.len, &frame) == 1) {
            frames++;
            assert_int_equal(frame.len, len);
            assert_memory_equal(frame.data, want, len);
            assert_int_equal(frame.frame_index, vec_number(e, "frame_index"));
            assert_int_equal(frame.user_flags, vec_number(e, "user_flags"));
            assert_int_equal(frame.pts_ns, vec_number(e, "pts_ns"));
        }
        free(packet);
        free(header.data);
        free(body.data);
    }
    assert_int_equal(frames, 1);
    pf_reassembler_destroy(r);
}

static void vectors_come_back_as_frames(void **state)
{
    json_t *root = vec_load();
    static const struct {
        const char *name, *packets;
        unsigned max_block_data;
    } cases[] = {{"single_shard_plain", "packets", 4096}, {"multi_shard", "packets", 4096},
        {"multi_block", "order_block", 2}};
    for (size_t i = 0; i < 3; i++) {
        const json_t *e = json_object_get(root, cases[i].name);
        struct vec_bytes data = vec_hex(e, "frame_hex");
        check_vector(json_object_get(e, cases[i].packets), data.data, data.len, cases[i].max_block_data);
        free(data.data);
    }
    check_vector(json_object_get(root, "empty_frame"), (const uint8_t *)"", 0, 4096);
    json_decref(root);
}

/* ---- checks ---- */

struct flaw {
    const char *name;
    void (*apply)(struct pf_packet_header *h);
};

#define FLAW(what, change)                                                                                   \
    static void flaw_##what(struct pf_packet_header *h)                                                      \
    {                                                                                                        \
        change;                                                                                              \
    }

FLAW(magic, h->magic = 0xC8)
FLAW(odd_shards, h->shard_bytes = 63)
FLAW(no_shard_bytes, h->shard_bytes = 0)
FLAW(huge_shards, h->shard_bytes = 9154)
FLAW(fewer_data, h->data_shards--)
FLAW(more_data, h->data_shards++)
FLAW(no_data, h->data_shards = 0)
FLAW(too_much_parity, h->recovery_shards = 16 - 5 + 1)
FLAW(shard_beyond, h->shard_index = h->data_shards + h->recovery_shards)
FLAW(block_beyond, h->block_index = h->block_count)
FLAW(more_blocks, h->block_count++)
FLAW(no_blocks, h->block_count = 0)
FLAW(other_length, h->frame_bytes += 64)
FLAW(huge_frame, h->frame_bytes = PF_FRAME_BYTES_MAX + 1)

static void each_malformed_header_is_dropped(void **state)
{
    static const struct flaw flaws[] = {{"magic", flaw_magic}, {"odd shards", flaw_odd_shards},
        {"no shard bytes", flaw_no_shard_bytes}, {"huge shards", flaw_huge_shards}, {"K−1", flaw_fewer_data},
        {"K+1", flaw_more_data}, {"K=0", flaw_no_data}, {"M", flaw_too_much_parity},
        {"shard index", flaw_shard_beyond}, {"block index", flaw_block_beyond}, {"blocks", flaw_more_blocks},
        {"no blocks", flaw_no_blocks}, {"frame_bytes", flaw_other_length}, {"huge frame", flaw_huge_frame}};
    for (size_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
        struct pf_reassembler *r = make(8);
        struct pf_received_frame frame;
        struct pf_packet_header h = data_header(1, 0, 300, 0);
        flaws[i].apply(&h);
        assert_int_equal(push(r, &h, &frame), 0);
        assert_int_equal(stats_of(r).packets_dropped, 1);
        /* nothing of it stayed: the good frame completes */
        for (unsigned s = 0; s < 5; s++)
            assert_int_equal(push_data(r, 1, 0, 300, s), s == 4);
        assert_int_equal(stats_of(r).packets_dropped, 1);
        pf_reassembler_destroy(r);
    }
    /* the limit itself: M of ceil(0.9·8) + 8 − 5 */
    struct pf_reassembler *r = make(8);
    struct pf_received_frame frame;
    struct pf_packet_header h = data_header(1, 0, 300, 0);
    h.recovery_shards = 16 - 5;
    push(r, &h, &frame);
    assert_int_equal(stats_of(r).packets_dropped, 0);
    pf_reassembler_destroy(r);
}

static void packets_that_contradict_the_first_are_dropped(void **state)
{
    struct pf_reassembler *r = make(8);
    struct pf_received_frame frame;
    push_data(r, 1, 0, 300, 0);
    struct pf_packet_header h = data_header(1, 0, 301, 1); /* same K, other length */
    assert_int_equal(push(r, &h, &frame), 0);
    assert_int_equal(stats_of(r).packets_dropped, 1);
    h = data_header(1, 0, 300, 1);
    h.user_flags |= PF_FRAME_SLICE_STREAM;
    push(r, &h, &frame);
    assert_int_equal(stats_of(r).packets_dropped, 2);
    h = data_header(1, 0, 300, 1);
    h.recovery_shards = 1; /* the block began without parity */
    push(r, &h, &frame);
    assert_int_equal(stats_of(r).packets_dropped, 3);
    h = data_header(1, 0, 300, 1);
    h.shard_bytes = 66; /* 300 bytes are five shards of this size too */
    push(r, &h, &frame);
    assert_int_equal(stats_of(r).packets_dropped, 4);
    /* pts and flags are those of the packet that came first */
    for (unsigned s = 1; s < 5; s++) {
        h = data_header(1, s, 300, s);
        h.user_flags |= PF_FRAME_IDR;
        assert_int_equal(push(r, &h, &frame), s == 4);
    }
    assert_int_equal(frame.pts_ns, 0);
    assert_int_equal(frame.user_flags, PF_FRAME_PIC);
    assert_int_equal(frame.restored, 0);
    assert_int_equal(frame.data[299], 5);
    pf_reassembler_destroy(r);
}

static void the_default_shard_limits_are_those_of_clients(void **state)
{
    const struct pf_reassembler_config config = {.scheme = PF_FEC_GF16, .max_block_data = 4096};
    struct pf_reassembler *r;
    struct pf_received_frame frame;
    assert_int_equal(pf_reassembler_create(&config, &r), 0);
    struct pf_packet_header h = data_header(0, 0, 10, 0);
    h.shard_bytes = 510;
    assert_int_equal(push(r, &h, &frame), 0);
    h.shard_bytes = 512;
    assert_int_equal(push(r, &h, &frame), 1);
    h.frame_index = 1;
    h.shard_bytes = 9152;
    assert_int_equal(push(r, &h, &frame), 1);
    pf_reassembler_destroy(r);
    assert_int_equal(pf_reassembler_frame_limit(0, 60), 64u << 20);
    assert_int_equal(pf_reassembler_frame_limit(20000, 60), 8u << 20);
    assert_int_equal(pf_reassembler_frame_limit(2000000, 60), 4ull * 2000000 * 125 / 60);
    assert_int_equal(pf_reassembler_frame_limit(8000000, 30), 64u << 20);
}

/* ---- ageing ---- */

static void frames_age_by_index(void **state)
{
    struct pf_reassembler *r = make(8);
    push_data(r, UINT32_MAX, 0, 100, 0);
    assert_int_equal(push_data(r, 63, 0, 10, 0), 1); /* 64 ahead, across the wrap */
    assert_int_equal(stats_of(r).frames_dropped, 0);
    assert_int_equal(push_data(r, UINT32_MAX, 0, 100, 1), 1);
    push_data(r, 0, 0, 100, 0);
    assert_int_equal(push_data(r, 65, 0, 10, 0), 1);
    assert_int_equal(stats_of(r).frames_dropped, 1);
    assert_int_equal(push_data(r, 0, 0, 100, 1), 0); /* 65 behind */
    assert_int_equal(stats_of(r).packets_dropped, 1);
    pf_reassembler_destroy(r);
}

static void frames_age_by_time_stamp(void **state)
{
    struct pf_reassembler *r = make(8);
    push_data(r, 1, 1000 * MS, 100, 0);
    push_data(r, 2, 1001 * MS, 100, 0);
    assert_int_equal(push_data(r, 3, 1120 * MS, 10, 0), 1);
    assert_int_equal(stats_of(r).frames_dropped, 0);
    assert_int_equal(push_data(r, 4, 1120 * MS + 1, 10, 0), 1);
    assert_int_equal(stats_of(r).frames_dropped, 1);
    assert_int_equal(push_data(r, 1, 1000 * MS, 100, 1), 0); /* lost is lost */
    assert_int_equal(push_data(r, 2, 1001 * MS, 100, 1), 1);
    /* a whole frame that comes too late is not begun */
    assert_int_equal(push_data(r, 0, 990 * MS, 10, 0), 0);
    assert_int_equal(stats_of(r).packets_dropped, 2);
    assert_int_equal(stats_of(r).frames_completed, 3);
    pf_reassembler_destroy(r);
}

/* ---- memory ---- */

static void open_frames_are_bounded(void **state)
{
    const struct pf_reassembler_config config = {
        .scheme = PF_FEC_GF16, .max_block_data = 4096, .max_frame_bytes = 1 << 20};
    struct pf_reassembler *r;
    struct pf_received_frame frame;
    assert_int_equal(pf_reassembler_create(&config, &r), 0);
    for (uint32_t i = 0; i < 6; i++) {
        struct pf_packet_header h = data_header(i, 0, 1 << 20, 0);
        h.shard_bytes = 1024;
        h.data_shards = 1024;
        push(r, &h, &frame);
    }
    assert_int_equal(stats_of(r).packets_dropped, 2); /* four fit */
    struct pf_packet_header h = data_header(100, 0, 512, 0);
    h.shard_bytes = 512;
    h.data_shards = 1;
    assert_int_equal(push(r, &h, &frame), 1); /* they aged, so there is room again */
    assert_int_equal(stats_of(r).frames_dropped, 4);
    /* parity counts as well */
    h = data_header(101, 0, 1 << 20, 0);
    h.shard_bytes = 1024;
    h.data_shards = 1024;
    for (unsigned i = 0; i < 3; i++, h.frame_index++)
        push(r, &h, &frame);
    h.recovery_shards = 1;
    h.frame_index = 104;
    push(r, &h, &frame);
    assert_int_equal(stats_of(r).packets_dropped, 3);
    pf_reassembler_destroy(r);
}

static void random_bytes_do_no_harm(void **state)
{
    struct pf_reassembler *r = make(16);
    struct pf_received_frame frame;
    uint8_t *noise = vec_lcg(3, 1 << 16);
    for (unsigned i = 0; i < 20000; i++) {
        /* mostly plausible: a true header with two bytes changed */
        size_t len = PF_PACKET_HEADER + noise[i] % 80;
        uint8_t *packet = malloc(len);
        memset(packet, 0, len);
        struct pf_packet_header h = data_header(i / 8, i * MS, 64 + noise[i] * 8u, noise[i + 1] % 34);
        h.recovery_shards = noise[i + 2] % 4;
        pf_packet_header_write(&h, packet);
        packet[noise[i + 3] % PF_PACKET_HEADER] ^= noise[i + 4] & 3;
        packet[noise[i + 5] % PF_PACKET_HEADER] ^= noise[i + 6] & 1;
        pf_reassembler_push(r, packet, len, &frame);
        pf_reassembler_push(r, noise + i, len, &frame);
        free(packet);
    }
    struct pf_reassembler_stats s = stats_of(r);
    assert_int_equal(s.packets, 40000);
    assert_true(s.packets_dropped > 20000 && s.packets_dropped < 40000);
    free(noise);
    pf_reassembler_destroy(r);
}

/* ---- a bad network ---- */

struct packet {
    unsigned frame, len;
    uint8_t data[PF_PACKET_HEADER + 64];
};

static unsigned random_below(uint64_t *state, unsigned n)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)((*state >> 33) % n);
}

#define FRAMES 40u

struct network {
    uint64_t rng;
    uint8_t *bytes[FRAMES];
    size_t lengths[FRAMES];
    struct packet *packets;
    size_t count;
    unsigned max_block_data, percent;
    /* per frame and block: data that arrives and shards that arrive */
    unsigned got[FRAMES][64];
};

static void send_frames(struct network *n, bool block_order)
{
    const struct pf_packetiser_config config = {.scheme = PF_FEC_GF16,
        .shard_bytes = 64,
        .max_block_data = n->max_block_data,
        .welcome_percent = 50,
        .block_order = block_order};
    struct pf_packetiser *p;
    assert_int_equal(pf_packetiser_create(&config, &p), 0);
    n->packets = calloc(FRAMES * 256, sizeof(*n->packets));
    for (unsigned f = 0; f < FRAMES; f++) {
        n->lengths[f] = random_below(&n->rng, 64 * 60);
        n->bytes[f] = vec_lcg(f + 1, n->lengths[f]);
        const struct pf_packet_frame frame = {.data = n->bytes[f],
            .len = n->lengths[f],
            .pts_ns = f * MS,
            .user_flags = f % 8 == 0 ? 5 : 1,
            .parity_percent = n->percent};
        struct pf_packet_plan plan;
        struct pf_packet_group g;
        assert_int_equal(pf_packetiser_begin(p, &frame, &plan), 0);
        while (pf_packetiser_next(p, 7, &g) > 0)
            for (unsigned i = 0; i < g.count; i++) {
                struct packet *packet = &n->packets[n->count++];
                packet->frame = f;
                packet->len = (unsigned)g.datagram_bytes;
                memcpy(packet->data, g.data + i * g.datagram_bytes, g.datagram_bytes);
            }
    }
    pf_packetiser_destroy(p);
}

/* Loses some packets, doubles some and moves some by up to 100 places. */
static void disturb(struct network *n, unsigned loss_percent)
{
    size_t kept = 0;
    struct packet *out = calloc(n->count * 2, sizeof(*out));
    for (size_t i = 0; i < n->count; i++) {
        struct pf_packet_header h;
        if (random_below(&n->rng, 100) < loss_percent)
            continue;
        assert_int_equal(pf_packet_header_read(n->packets[i].data, n->packets[i].len, &h), 0);
        n->got[n->packets[i].frame][h.block_index]++;
        out[kept++] = n->packets[i];
        if (random_below(&n->rng, 10) == 0)
            out[kept++] = n->packets[i];
    }
    for (size_t i = 0; i < kept; i++) {
        size_t j = i + random_below(&n->rng, 100);
        if (j < kept && random_below(&n->rng, 4) == 0) {
            struct packet swap = out[i];
            out[i] = out[j];
            out[j] = swap;
        }
    }
    free(n->packets);
    n->packets = out;
    n->count = kept;
}

/* Whether enough of every block of the frame arrives, whatever the order. */
static bool can_complete(const struct network *n, unsigned f)
{
    unsigned total = n->lengths[f] ? (unsigned)((n->lengths[f] + 63) / 64) : 1;
    for (unsigned first = 0; first < total; first += n->max_block_data) {
        unsigned k = total - first < n->max_block_data ? total - first : n->max_block_data;
        if (n->got[f][first / n->max_block_data] < k)
            return false;
    }
    return true;
}

static void run_network(uint64_t seed)
{
    struct network n = {.rng = seed};
    n.max_block_data = 1 + random_below(&n.rng, 70);
    n.percent = random_below(&n.rng, 51);
    send_frames(&n, random_below(&n.rng, 2));
    disturb(&n, random_below(&n.rng, 40));

    struct pf_reassembler *r = make(n.max_block_data);
    struct pf_received_frame frame;
    bool came[FRAMES] = {false};
    unsigned completed = 0, restored = 0;
    for (size_t i = 0; i < n.count; i++) {
        if (pf_reassembler_push(r, n.packets[i].data, n.packets[i].len, &frame) != 1)
            continue;
        unsigned f = frame.frame_index;
        assert_true(f < FRAMES && !came[f]);
        assert_int_equal(frame.len, n.lengths[f]);
        assert_memory_equal(frame.data, n.bytes[f], frame.len);
        assert_int_equal(frame.user_flags, f % 8 == 0 ? 5 : 1);
        assert_int_equal(frame.pts_ns, f * MS);
        came[f] = true;
        completed++;
        restored += frame.restored;
    }
    struct pf_reassembler_stats s = stats_of(r);
    for (unsigned f = 0; f < FRAMES; f++) {
        assert_int_equal(came[f], can_complete(&n, f)); /* all frames are within the window */
        free(n.bytes[f]);
    }
    assert_int_equal(s.frames_completed, completed);
    assert_true(s.restored_shards >= restored);
    assert_true(s.late_shards <= s.restored_shards);
    assert_int_equal(s.packets, n.count);
    free(n.packets);
    pf_reassembler_destroy(r);
}

static void frames_survive_what_parity_allows(void **state)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        run_network(seed * 7919);
}

/* Data that parity had restored counts once as late, in open and in finished frames. */
static void late_shards_are_told_from_lost_ones(void **state)
{
    const struct pf_packetiser_config config = {
        .scheme = PF_FEC_GF16, .shard_bytes = 64, .max_block_data = 4, .welcome_percent = 50};
    struct pf_packetiser *p;
    struct pf_packet_plan plan;
    struct pf_packet_group g;
    uint8_t *bytes = vec_lcg(5, 512), wire[12][104];
    const struct pf_packet_frame in = {.data = bytes, .len = 512, .user_flags = 1, .parity_percent = 50};
    unsigned count = 0;
    assert_int_equal(pf_packetiser_create(&config, &p), 0);
    assert_int_equal(pf_packetiser_begin(p, &in, &plan), 0);
    assert_int_equal(plan.packets, 12); /* data 0…3, 4…7, parity 8 9, 10 11 */
    while (pf_packetiser_next(p, 1, &g) > 0)
        memcpy(wire[count++], g.data, 104);

    struct pf_reassembler *r = make(4);
    struct pf_received_frame frame;
    static const struct {
        unsigned packet;
        int result;
        unsigned restored, late, dropped; /* afterwards */
    } steps[] = {
        {0, 0, 0, 0, 0},
        {1, 0, 0, 0, 0},
        {9, 0, 0, 0, 0},
        {8, 0, 2, 0, 0}, /* first block done by parity */
        {3, 0, 2, 1, 0},
        {3, 0, 2, 1, 0}, /* late, then a duplicate */
        {5, 0, 2, 1, 0},
        {6, 0, 2, 1, 0},
        {7, 0, 2, 1, 0},
        {7, 0, 2, 1, 0},  /* a duplicate counts once */
        {10, 1, 3, 1, 0}, /* frame done, 4 restored */
        {4, 0, 3, 2, 1},
        {4, 0, 3, 2, 2},
        {2, 0, 3, 3, 3},
        {11, 0, 3, 3, 4},
        {3, 0, 3, 3, 5},
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_int_equal(pf_reassembler_push(r, wire[steps[i].packet], 104, &frame), steps[i].result);
        assert_int_equal(stats_of(r).restored_shards, steps[i].restored);
        assert_int_equal(stats_of(r).late_shards, steps[i].late);
        assert_int_equal(stats_of(r).packets_dropped, steps[i].dropped);
        if (steps[i].result == 1) {
            assert_int_equal(frame.restored, 3);
            assert_memory_equal(frame.data, bytes, 512);
        }
    }
    pf_reassembler_destroy(r);
    pf_packetiser_destroy(p);
    free(bytes);
}

static void probe_frames_are_counted(void **state)
{
    struct pf_reassembler_config config = {.scheme = PF_FEC_GF16, .max_block_data = 8, .min_shard_bytes = 2};
    for (int own = 0; own < 2; own++) {
        struct pf_reassembler *r;
        struct pf_received_frame frame;
        config.probe_numbers = own;
        assert_int_equal(pf_reassembler_create(&config, &r), 0);
        struct pf_packet_header h = data_header(0, 0, 10, 0);
        h.user_flags = PF_FRAME_PROBE;
        assert_int_equal(push(r, &h, &frame), own ? 0 : 1);
        assert_int_equal(push_data(r, 0, 0, 10, 0), own ? 1 : 0); /* its number is free, or taken */
        assert_int_equal(stats_of(r).probe_packets, 1);
        assert_int_equal(stats_of(r).probe_bytes, 104);
        pf_reassembler_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_come_back_as_frames),
        cmocka_unit_test(each_malformed_header_is_dropped),
        cmocka_unit_test(packets_that_contradict_the_first_are_dropped),
        cmocka_unit_test(the_default_shard_limits_are_those_of_clients),
        cmocka_unit_test(frames_age_by_index),
        cmocka_unit_test(frames_age_by_time_stamp),
        cmocka_unit_test(open_frames_are_bounded),
        cmocka_unit_test(random_bytes_do_no_harm),
        cmocka_unit_test(frames_survive_what_parity_allows),
        cmocka_unit_test(late_shards_are_told_from_lost_ones),
        cmocka_unit_test(probe_frames_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
