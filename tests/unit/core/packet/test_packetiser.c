/* The packetiser against packets.json and against a plain model of sections 2.5 to 2.7. */
#include "vectors.h"

#include "base/hex.h"
#include "punktfunk/packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All datagrams of one frame, back to back. */
struct wire {
    uint8_t *data;
    size_t len, datagram_bytes;
    unsigned count, groups;
};

/* Takes the whole frame in groups of at most max_packets. */
static struct wire take(struct pf_packetiser *p, const struct pf_packet_frame *frame, unsigned max_packets)
{
    struct pf_packet_plan plan;
    struct pf_packet_group g;
    assert_int_equal(pf_packetiser_begin(p, frame, &plan), 0);
    struct wire w = {.datagram_bytes = plan.datagram_bytes};
    w.data = malloc(plan.packets * plan.datagram_bytes);
    int rc;
    while ((rc = pf_packetiser_next(p, max_packets, &g)) > 0) {
        assert_in_range(g.count, 1, max_packets);
        assert_int_equal(g.datagram_bytes, plan.datagram_bytes);
        assert_true(w.count + g.count <= plan.packets);
        memcpy(w.data + w.len, g.data, g.count * g.datagram_bytes);
        w.len += g.count * g.datagram_bytes;
        w.count += g.count;
        w.groups++;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(w.count, plan.packets);
    return w;
}

static struct pf_packetiser *make(struct pf_packetiser_config config)
{
    struct pf_packetiser *p;
    config.max_block_data = config.max_block_data ? config.max_block_data : PF_BLOCK_DATA_DEFAULT;
    assert_int_equal(pf_packetiser_create(&config, &p), 0);
    return p;
}

static void check_packets(const json_t *packets, const struct wire *w)
{
    size_t i;
    const json_t *entry;
    assert_int_equal(json_array_size(packets), w->count);
    json_array_foreach((json_t *)packets, i, entry)
    {
        const uint8_t *d = w->data + i * w->datagram_bytes;
        struct vec_bytes header = vec_hex(entry, "header_hex");
        assert_int_equal(header.len, PF_PACKET_HEADER);
        assert_memory_equal(d, header.data, header.len);
        free(header.data);
        if (json_object_get(entry, "body_hex")) {
            struct vec_bytes body = vec_hex(entry, "body_hex");
            assert_int_equal(body.len, w->datagram_bytes - PF_PACKET_HEADER);
            assert_memory_equal(d + PF_PACKET_HEADER, body.data, body.len);
            free(body.data);
        }
    }
}

/* Every field by name, so that reader and writer are checked against the text of the vectors as well. */
static void check_fields(const json_t *packets)
{
    size_t i;
    const json_t *e;
    json_array_foreach((json_t *)packets, i, e)
    {
        struct vec_bytes bytes = vec_hex(e, "header_hex");
        struct pf_packet_header h;
        uint8_t again[PF_PACKET_HEADER];
        assert_int_equal(pf_packet_header_read(bytes.data, bytes.len, &h), 0);
        assert_int_equal(h.pts_ns, vec_number(e, "pts_ns"));
        assert_int_equal(h.frame_index, vec_number(e, "frame_index"));
        assert_int_equal(h.stream_seq, vec_number(e, "stream_seq"));
        assert_int_equal(h.frame_bytes, vec_number(e, "frame_bytes"));
        assert_int_equal(h.user_flags, vec_number(e, "user_flags"));
        assert_int_equal(h.block_index, vec_number(e, "block_index"));
        assert_int_equal(h.block_count, vec_number(e, "block_count"));
        assert_int_equal(h.data_shards, vec_number(e, "data_shards"));
        assert_int_equal(h.recovery_shards, vec_number(e, "recovery_shards"));
        assert_int_equal(h.shard_index, vec_number(e, "shard_index"));
        assert_int_equal(h.shard_bytes, vec_number(e, "shard_bytes"));
        assert_int_equal(h.magic, vec_number(e, "magic"));
        assert_int_equal(h.version, vec_number(e, "version"));
        assert_int_equal(h.fec_scheme, vec_number(e, "fec_scheme"));
        assert_int_equal(h.flags, vec_number(e, "flags"));
        pf_packet_header_write(&h, again);
        assert_memory_equal(again, bytes.data, sizeof(again));
        free(bytes.data);
    }
}

static const struct pf_packetiser_config small = {
    .scheme = PF_FEC_GF16, .shard_bytes = 64, .welcome_percent = 50};

static void vector_single_shard(void **state)
{
    json_t *root = vec_load();
    const json_t *e = json_object_get(root, "single_shard_plain"), *packets = json_object_get(e, "packets");
    struct vec_bytes data = vec_hex(e, "frame_hex");
    struct pf_packetiser_config config = small;
    config.first_frame_index = 5;
    config.welcome_percent = 0;
    struct pf_packetiser *p = make(config);
    const struct pf_packet_frame frame = {.data = data.data,
        .len = data.len,
        .pts_ns = 0x0102030405060708,
        .user_flags = PF_FRAME_PIC | PF_FRAME_IDR};
    struct wire w = take(p, &frame, 10);
    check_packets(packets, &w);
    check_fields(packets);
    struct vec_bytes whole =
        vec_unhex(json_string_value(json_array_get(json_object_get(e, "datagrams_hex"), 0)));
    assert_int_equal(whole.len, w.len);
    assert_memory_equal(whole.data, w.data, w.len);
    free(whole.data);
    free(w.data);
    free(data.data);
    pf_packetiser_destroy(p);
    json_decref(root);
}

static struct pf_sealer *vector_sealer(const char *salt, uint64_t first_seq)
{
    uint8_t key[16];
    for (unsigned i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    struct pf_seal_config config = {
        .cipher = PF_WIRE_CIPHER_AES128_GCM, .sender = PF_SEAL_FROM_HOST, .key = key, .first_seq = first_seq};
    assert_true(pf_hex_decode(salt, config.salt, sizeof(config.salt)));
    struct pf_sealer *sealer;
    assert_int_equal(pf_sealer_create(&config, &sealer), 0);
    return sealer;
}

static void vector_multi_shard(void **state)
{
    json_t *root = vec_load(), *sealed;
    const json_t *e = json_object_get(root, "multi_shard"), *packets = json_object_get(e, "packets");
    struct vec_bytes data = vec_hex(e, "frame_hex");
    const struct pf_packet_frame frame = {.data = data.data,
        .len = data.len,
        .pts_ns = 16666667,
        .user_flags = PF_FRAME_PIC,
        .parity_percent = 50};
    struct pf_packetiser_config config = small;
    config.first_frame_index = 6;
    for (unsigned max = 1; max <= 6; max++) {
        struct pf_packetiser *p = make(config);
        struct wire w = take(p, &frame, max);
        assert_int_equal(w.groups, (w.count + max - 1) / max); /* data and parity are one run */
        check_packets(packets, &w);
        free(w.data);
        pf_packetiser_destroy(p);
    }
    check_fields(packets);

    config.sealer = vector_sealer("a0b1c2d3", 1);
    struct pf_packetiser *p = make(config);
    struct wire w = take(p, &frame, 64);
    size_t i;
    assert_int_equal(json_array_size(json_object_get(e, "sealed_seq_1_to_5_hex")), w.count);
    json_array_foreach(json_object_get(e, "sealed_seq_1_to_5_hex"), i, sealed)
    {
        struct vec_bytes want = vec_unhex(json_string_value(sealed));
        assert_int_equal(want.len, w.datagram_bytes);
        assert_memory_equal(w.data + i * w.datagram_bytes, want.data, want.len);
        free(want.data);
    }
    free(w.data);
    free(data.data);
    pf_packetiser_destroy(p);
    pf_sealer_destroy(config.sealer);
    json_decref(root);
}

static const uint8_t *body_of(const struct wire *w, unsigned block, unsigned shard)
{
    for (unsigned i = 0; i < w->count; i++) {
        const uint8_t *d = w->data + i * w->datagram_bytes;
        struct pf_packet_header h;
        assert_int_equal(pf_packet_header_read(d, w->datagram_bytes, &h), 0);
        if (h.block_index == block && h.shard_index == shard)
            return d + PF_PACKET_HEADER;
    }
    fail_msg("no shard %u of block %u", shard, block);
    return NULL;
}

static void vector_multi_block(void **state)
{
    json_t *root = vec_load();
    const json_t *e = json_object_get(root, "multi_block");
    struct vec_bytes data = vec_hex(e, "frame_hex");
    const struct pf_packet_frame frame = {.data = data.data,
        .len = data.len,
        .pts_ns = 33333333,
        .user_flags = PF_FRAME_PIC,
        .parity_percent = (unsigned)vec_number(e, "fec_percent")};
    struct pf_packetiser_config config = small;
    config.first_frame_index = 9;
    config.max_block_data = (unsigned)vec_number(e, "max_data_per_block");
    struct wire w[2];
    for (int order = 0; order < 2; order++) {
        config.block_order = order == 0;
        struct pf_packetiser *p = make(config);
        const json_t *packets = json_object_get(e, order == 0 ? "order_block" : "order_data_first");
        w[order] = take(p, &frame, 3);
        check_packets(packets, &w[order]);
        check_fields(packets);
        pf_packetiser_destroy(p);
    }
    for (unsigned i = 0; i < w[1].count; i++) {
        struct pf_packet_header h;
        const uint8_t *d = w[1].data + i * w[1].datagram_bytes;
        assert_int_equal(pf_packet_header_read(d, w[1].datagram_bytes, &h), 0);
        assert_memory_equal(d + PF_PACKET_HEADER, body_of(&w[0], h.block_index, h.shard_index), 64);
    }
    free(w[0].data);
    free(w[1].data);
    free(data.data);
    json_decref(root);
}

static void vector_empty_frame(void **state)
{
    json_t *root = vec_load();
    const json_t *packets = json_object_get(root, "empty_frame");
    struct pf_packetiser_config config = small;
    config.first_frame_index = 10;
    struct pf_packetiser *p = make(config);
    const struct pf_packet_frame frame = {.user_flags = PF_FRAME_PIC, .parity_percent = 10};
    struct wire w = take(p, &frame, 64);
    check_packets(packets, &w);
    check_fields(packets);
    free(w.data);
    pf_packetiser_destroy(p);
    json_decref(root);
}

static void assert_sha256(const void *data, size_t len, const char *want)
{
    char hex[65];
    vec_sha256(data, len, hex);
    assert_string_equal(hex, want);
}

static void check_big_frame(const json_t *e, const char *salt)
{
    unsigned k = (unsigned)vec_number(e, "data_shards"), count = (unsigned)vec_number(e, "packets");
    uint8_t *data = vec_lcg(4, 100000);
    const struct pf_packet_frame frame = {.data = data,
        .len = 100000,
        .pts_ns = 50000000,
        .user_flags = PF_FRAME_PIC,
        .parity_percent = (unsigned)vec_number(e, "fec_percent")};
    struct pf_packetiser_config config = {.scheme = PF_FEC_GF16,
        .shard_bytes = (unsigned)vec_number(e, "shard_bytes"),
        .welcome_percent = 10,
        .first_frame_index = 11};
    struct pf_packetiser *p = make(config);
    struct wire w = take(p, &frame, 16);
    assert_int_equal(w.count, count);
    assert_int_equal(w.count - k, vec_number(e, "recovery_shards"));
    const unsigned picks[] = {0, k - 1, k, count - 1};
    for (size_t i = 0; i < 4; i++)
        assert_sha256(w.data + picks[i] * w.datagram_bytes, w.datagram_bytes,
            json_string_value(json_array_get(json_object_get(e, "packet_sha256"), i)));
    assert_sha256(w.data, w.len, vec_text(e, "all_packets_sha256"));
    free(w.data);
    pf_packetiser_destroy(p);

    config.sealer = vector_sealer(salt, 0);
    p = make(config);
    w = take(p, &frame, 44);
    assert_int_equal(w.datagram_bytes, config.shard_bytes + 64);
    assert_sha256(w.data, w.len, vec_text(e, "all_sealed_sha256"));
    free(w.data);
    free(data);
    pf_packetiser_destroy(p);
    pf_sealer_destroy(config.sealer);
}

static void vector_realistic_frames(void **state)
{
    json_t *root = vec_load();
    check_big_frame(json_object_get(root, "realistic"), "a0b1c2d3");
    check_big_frame(json_object_get(root, "realistic_1452"), "706b6631");
    json_decref(root);
}

/* ---- a plain model ---- */

struct model {
    struct pf_packetiser_config config;
    const struct pf_packet_frame *frame;
    struct pf_packet_header h; /* of the packet expected next */
    unsigned at;               /* its place in the frame */
    const struct wire *w;
    struct pf_fec *fec;
};

static void expect_packet(struct model *m, const uint8_t *body)
{
    uint8_t header[PF_PACKET_HEADER];
    const uint8_t *d = m->w->data + m->at * m->w->datagram_bytes;
    m->h.flags = PF_PACKET_PIC | (m->at == 0 ? PF_PACKET_SOF : 0);
    m->h.flags |= m->at + 1 == m->w->count ? PF_PACKET_EOF : 0;
    pf_packet_header_write(&m->h, header);
    assert_memory_equal(d, header, sizeof(header));
    assert_memory_equal(d + sizeof(header), body, m->config.shard_bytes);
    m->h.stream_seq++;
    m->at++;
}

static void expect_block(
    struct model *m, uint8_t *padded, unsigned block, unsigned total, bool data, bool parity)
{
    unsigned b = m->config.max_block_data, p = m->config.shard_bytes;
    unsigned k = total - block * b < b ? total - block * b : b;
    unsigned count =
        pf_parity_count(m->config.scheme, b, m->config.welcome_percent, k, m->frame->parity_percent);
    m->h.block_index = (uint16_t)block;
    m->h.data_shards = (uint16_t)k;
    m->h.recovery_shards = (uint16_t)count;
    const uint8_t **in = calloc(k, sizeof(*in));
    uint8_t **out = calloc(count + 1, sizeof(*out)), *bytes = malloc((count + 1) * p);
    for (unsigned i = 0; i < k; i++)
        in[i] = padded + (size_t)(block * b + i) * p;
    for (unsigned r = 0; r < count; r++)
        out[r] = bytes + r * p;
    assert_int_equal(pf_fec_encode(m->fec, in, k, out, count, p), 0);
    for (m->h.shard_index = 0; data && m->h.shard_index < k; m->h.shard_index++)
        expect_packet(m, in[m->h.shard_index]);
    for (unsigned r = 0; parity && r < count; r++) {
        m->h.shard_index = (uint16_t)(k + r);
        expect_packet(m, out[r]);
    }
    free(in);
    free(out);
    free(bytes);
}

static void expect_frame(struct model *m)
{
    unsigned p = m->config.shard_bytes, b = m->config.max_block_data;
    unsigned total = m->frame->len ? (unsigned)((m->frame->len + p - 1) / p) : 1;
    m->h.block_count = (uint16_t)((total + b - 1) / b);
    uint8_t *padded = calloc(total, p);
    if (m->frame->len)
        memcpy(padded, m->frame->data, m->frame->len);
    for (unsigned block = 0; block < m->h.block_count; block++)
        expect_block(m, padded, block, total, true, m->config.block_order);
    for (unsigned block = 0; !m->config.block_order && block < m->h.block_count; block++)
        expect_block(m, padded, block, total, false, true);
    assert_int_equal(m->at, m->w->count);
    free(padded);
}

static unsigned random_below(uint64_t *state, unsigned n)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)((*state >> 33) % n);
}

/* Frames of all sizes through one packetiser each, so that numbers, slots and buffers carry over. */
static void frames_agree_with_a_plain_model(void **state)
{
    uint64_t rng = 7;
    uint8_t *bytes = vec_lcg(1, 200000);
    for (unsigned round = 0; round < 24; round++) {
        struct pf_packetiser_config config = {
            .scheme = round % 4 == 3 ? PF_FEC_GF8 : PF_FEC_GF16,
            .shard_bytes = 2 + 2 * random_below(&rng, 100),
            .max_block_data = 1 + random_below(&rng, round % 2 ? 130 : 20),
            .welcome_percent = random_below(&rng, 91),
            .block_order = random_below(&rng, 2),
            .first_frame_index = UINT32_MAX - 1,
        };
        struct pf_packetiser *p;
        if (pf_packetiser_create(&config, &p) == -EINVAL)
            continue; /* GF(2^8) with too many shards */
        struct model m = {.config = config};
        unsigned ceiling = config.scheme == PF_FEC_GF8 ? 255 : 400;
        m.h = (struct pf_packet_header){.shard_bytes = (uint16_t)config.shard_bytes,
            .frame_index = config.first_frame_index,
            .magic = PF_PACKET_MAGIC,
            .version = PF_PACKET_VERSION,
            .fec_scheme = (uint8_t)config.scheme};
        for (unsigned n = 0; n < 8; n++) {
            struct pf_packet_frame frame = {.data = bytes + n,
                .len = random_below(&rng, (n % 2 ? 600 : 20) * config.shard_bytes),
                .pts_ns = (uint64_t)n << 40,
                .user_flags = n,
                .parity_percent = n % 3 == 0 ? 0 : random_below(&rng, 91)};
            struct wire w = take(p, &frame, 1 + random_below(&rng, 64));
            m.frame = &frame;
            m.w = &w;
            m.at = 0;
            m.h.pts_ns = frame.pts_ns;
            m.h.frame_bytes = (uint32_t)frame.len;
            m.h.user_flags = frame.user_flags;
            unsigned k = config.max_block_data;
            assert_int_equal(pf_fec_create(config.scheme, k, ceiling - k, config.shard_bytes, &m.fec), 0);
            expect_frame(&m);
            m.h.frame_index++; /* wraps in the middle */
            pf_fec_destroy(m.fec);
            free(w.data);
        }
        pf_packetiser_destroy(p);
    }
    free(bytes);
}

static void parity_is_clamped_by_welcome(void **state)
{
    const enum pf_fec_scheme s = PF_FEC_GF16;
    assert_int_equal(pf_parity_count(s, 4096, 10, 72, 10), 8);
    assert_int_equal(pf_parity_count(s, 4096, 10, 72, 0), 0);
    assert_int_equal(pf_parity_count(s, 4096, 10, 1, 1), 1);
    /* T = 4506: at 50 % a block of more than 3004 data shards would break it */
    assert_int_equal(pf_parity_count(s, 4096, 10, 3004, 50), 1502);
    assert_int_equal(pf_parity_count(s, 4096, 10, 3005, 50), 1501);
    assert_int_equal(pf_parity_count(s, 4096, 10, 4096, 90), 410);
    assert_int_equal(pf_parity_count(s, 4096, 0, 4096, 10), 0);
    assert_int_equal(pf_parity_count(PF_FEC_GF8, 200, 90, 200, 90), 55);
}

static uint32_t index_of(struct pf_packetiser *p, uint32_t user_flags)
{
    struct pf_packet_plan plan;
    const struct pf_packet_frame frame = {.user_flags = user_flags};
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), 0);
    return plan.frame_index;
}

static void probe_frames_share_or_have_their_own_numbers(void **state)
{
    struct pf_packetiser_config config = small;
    struct pf_packetiser *p = make(config);
    assert_int_equal(index_of(p, PF_FRAME_PIC), 0);
    assert_int_equal(index_of(p, PF_FRAME_PROBE), 1);
    assert_int_equal(index_of(p, PF_FRAME_PIC), 2);
    pf_packetiser_destroy(p);
    config.probe_numbers = true;
    p = make(config);
    assert_int_equal(index_of(p, PF_FRAME_PIC), 0);
    assert_int_equal(index_of(p, PF_FRAME_PROBE), 0);
    assert_int_equal(index_of(p, PF_FRAME_PROBE), 1);
    assert_int_equal(index_of(p, PF_FRAME_PIC), 1);
    pf_packetiser_destroy(p);
}

/* Numbers of packets that were handed out stay used; those of packets that were not are not skipped. */
static void an_abandoned_frame_keeps_its_numbers(void **state)
{
    static const uint8_t bytes[640] = {1};
    struct pf_packetiser_config config = small;
    config.sealer = vector_sealer("00000000", 0);
    struct pf_packetiser *p = make(config);
    const struct pf_packet_frame frame = {.data = bytes, .len = sizeof(bytes), .parity_percent = 50};
    struct pf_packet_plan plan;
    struct pf_packet_group group;
    struct pf_packetiser_stats stats;
    assert_int_equal(pf_packetiser_next(p, 1, &group), 0);
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), 0);
    assert_int_equal(plan.packets, 15);
    assert_int_equal(plan.parity, 5);
    assert_int_equal(pf_packetiser_next(p, 4, &group), 1);
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), 0);
    assert_int_equal(plan.frame_index, 1);
    assert_int_equal(pf_packetiser_next(p, 64, &group), 1);
    assert_int_equal(group.count, 15);
    assert_int_equal(group.data[7], 4); /* sealing number */
    assert_int_equal(pf_packetiser_next(p, 64, &group), 0);
    pf_packetiser_stats(p, &stats);
    assert_int_equal(stats.frames, 2);
    assert_int_equal(stats.packets, 19);
    assert_int_equal(stats.bytes, 19 * 128);
    pf_packetiser_destroy(p);
    pf_sealer_destroy(config.sealer);
}

static void impossible_sizes_are_refused(void **state)
{
    struct pf_packetiser_config bad[7];
    for (size_t i = 0; i < 7; i++) {
        bad[i] = small;
        bad[i].max_block_data = 100;
    }
    bad[0].shard_bytes = 63;
    bad[1].shard_bytes = 0;
    bad[2].shard_bytes = 9154;
    bad[3].max_block_data = 0;
    bad[4].max_block_data = 60000; /* and 50 % more */
    bad[5].welcome_percent = 91;
    bad[6].scheme = 2;
    struct pf_packetiser *p;
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(pf_packetiser_create(&bad[i], &p), -EINVAL);

    struct pf_packetiser_config config = small;
    config.max_block_data = 1;
    p = make(config);
    uint8_t *bytes = calloc(1, PF_FRAME_BYTES_MAX + 1);
    struct pf_packet_plan plan;
    struct pf_packet_frame frame = {.data = bytes, .len = 64 * 65536};
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), -EMSGSIZE);
    frame.len = PF_FRAME_BYTES_MAX + 1;
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), -EMSGSIZE);
    frame.len = 1;
    frame.parity_percent = 91;
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), -EINVAL);
    frame.parity_percent = 90;
    assert_int_equal(pf_packetiser_begin(p, &frame, &plan), 0);
    assert_int_equal(plan.frame_index, 0); /* refused frames took no number */
    free(bytes);
    pf_packetiser_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector_single_shard),
        cmocka_unit_test(vector_multi_shard),
        cmocka_unit_test(vector_multi_block),
        cmocka_unit_test(vector_empty_frame),
        cmocka_unit_test(vector_realistic_frames),
        cmocka_unit_test(frames_agree_with_a_plain_model),
        cmocka_unit_test(parity_is_clamped_by_welcome),
        cmocka_unit_test(probe_frames_share_or_have_their_own_numbers),
        cmocka_unit_test(an_abandoned_frame_keeps_its_numbers),
        cmocka_unit_test(impossible_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
