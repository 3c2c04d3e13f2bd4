/* The packetiser against a receiver that knows only what a client knows: it reads headers, loses datagrams,
 * restores each block and puts the access unit together again. */
#include "gamestream/wire/video_packet.h"

#include "base/bytes.h"
#include "punktfunk/fec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEAD 32u

static uint64_t seed = 1;

static uint32_t any(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

struct receiver {
    size_t datagram;
    uint16_t next_seq;
    uint8_t *frame; /* shards' text in order */
    size_t len;
    uint32_t next_stream_index;
};

struct header {
    uint16_t seq;
    uint32_t frame;
    unsigned block, last_block, data, index, percent;
};

static struct header read_header(const uint8_t *p)
{
    struct pf_reader r = pf_reader_of(p, 32);
    struct header h;
    assert_int_equal(pf_read_be(&r, 2), 0x9000);
    h.seq = (uint16_t)pf_read_be(&r, 2);
    pf_read_bytes(&r, 16);
    h.frame = pf_read_u32le(&r);
    pf_read_bytes(&r, 3);
    uint8_t blocks = pf_read_u8(&r);
    uint32_t fec = pf_read_u32le(&r);
    h.block = blocks >> 4 & 3;
    h.last_block = blocks >> 6;
    h.data = fec >> 22;
    h.index = fec >> 12 & 0x3FF;
    h.percent = fec >> 4 & 0xFF;
    return h;
}

/* Loses as many datagrams as parity can make good, anywhere, and restores them. */
static void lose_and_restore(struct receiver *rx, uint8_t *out, size_t stride, unsigned data, unsigned parity)
{
    uint8_t *shards[255], present[255];
    struct pf_fec *fec;
    for (unsigned i = 0; i < data + parity; i++) {
        shards[i] = out + i * stride;
        present[i] = 1;
        /* What parity does not cover goes back to zero. */
        memset(shards[i], 0, 16);
        memset(shards[i] + 28, 0, 4);
        if (i < data)
            shards[i][27] = 0;
    }
    for (unsigned lost = 0; lost < parity;) {
        unsigned i = any(data + parity);
        lost += present[i];
        if (present[i] && i < data)
            memset(shards[i], 0xEE, rx->datagram);
        present[i] = 0;
    }
    assert_int_equal(pf_fec_create(PF_FEC_GF8, data, parity, rx->datagram, &fec), 0);
    assert_int_equal(pf_fec_decode(fec, shards, present, data, parity, rx->datagram), 0);
    pf_fec_destroy(fec);
}

static void take_block(struct receiver *rx, uint8_t *out, size_t stride, unsigned n, unsigned block)
{
    struct header first = read_header(out);
    unsigned parity = (first.data * first.percent + 99) / 100;
    assert_int_equal(n, first.data + parity);
    for (unsigned i = 0; i < n; i++) {
        struct header h = read_header(out + i * stride);
        assert_int_equal(h.seq, rx->next_seq++);
        assert_int_equal(h.block, block);
        assert_int_equal(h.data, first.data);
        assert_int_equal(h.index, i);
        assert_int_equal(h.percent, first.percent);
        assert_int_equal(h.frame, first.frame);
    }
    if (parity)
        lose_and_restore(rx, out, stride, first.data, parity);
    for (unsigned i = 0; i < first.data; i++) {
        const uint8_t *d = out + i * stride;
        uint8_t flags = d[24];
        assert_int_equal(flags, 1 | (i == 0 ? 4 : 0) | (i + 1 == first.data ? 2 : 0));
        memcpy(rx->frame + rx->len, d + 32, rx->datagram - 32);
        rx->len += rx->datagram - 32;
    }
}

static void check_frame(struct receiver *rx, const struct pf_gs_frame *frame, size_t text)
{
    assert_int_equal(rx->frame[0], 1);
    assert_int_equal(rx->frame[3], frame->type);
    size_t last = rx->frame[4] | (size_t)rx->frame[5] << 8;
    assert_int_equal(rx->len - text + last, 8 + frame->len);
    assert_memory_equal(rx->frame + 8, frame->data, frame->len);
    for (size_t i = 8 + frame->len; i < rx->len; i++)
        assert_int_equal(rx->frame[i], 0);
}

static void check(unsigned packet_size, unsigned percent, unsigned min, const size_t *lens, size_t count)
{
    const struct pf_gs_packetiser_config config = {packet_size, percent, min, 0, 0};
    struct pf_gs_packetiser *p;
    assert_int_equal(pf_gs_packetiser_create(&config, &p), 0);
    struct receiver rx = {.datagram = pf_gs_packetiser_datagram_len(p)};
    size_t stride = rx.datagram + LEAD, most = 6u << 20;
    uint8_t *out = malloc(stride * PF_GS_VIDEO_SHARDS_MAX), *data = malloc(most);
    rx.frame = malloc(most);
    assert_true(out && data && rx.frame);
    for (size_t i = 0; i < most; i++)
        data[i] = (uint8_t)any(256);
    for (size_t n = 0; n < count; n++) {
        const struct pf_gs_frame frame = {.data = data, .len = lens[n], .type = PF_GS_FRAME_IDR};
        int blocks = pf_gs_packetiser_begin(p, &frame);
        assert_in_range(blocks, 1, 4);
        assert_int_equal(pf_gs_packetiser_frame_index(p), n + 1);
        rx.len = 0;
        for (int b = 0; b < blocks; b++)
            take_block(&rx, out + LEAD, stride, pf_gs_packetiser_block(p, out + LEAD, stride), (unsigned)b);
        check_frame(&rx, &frame, packet_size - 16);
    }
    free(rx.frame);
    free(data);
    free(out);
    pf_gs_packetiser_destroy(p);
}

static void test_frames(void **state)
{
    static const size_t lens[] = {0, 1, 1367, 1368, 1369, 2744, 20000, 212 * 1376 - 8, 212 * 1376 - 7, 500000,
        4 * 212 * 1376 - 8, 4 * 212 * 1376 - 7, 4 * 1023 * 1376 - 8};
    check(1392, 20, 2, lens, sizeof(lens) / sizeof(lens[0]));
    check(1392, 0, 0, lens, sizeof(lens) / sizeof(lens[0]));
}

static void test_parities(void **state)
{
    static const unsigned percents[] = {1, 5, 20, 50, 100, 200, 255}, mins[] = {0, 1, 2, 7, 16};
    size_t lens[40];
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
        lens[i] = any(12000);
    for (size_t a = 0; a < sizeof(percents) / sizeof(percents[0]); a++)
        for (size_t b = 0; b < sizeof(mins) / sizeof(mins[0]); b++)
            check(64, percents[a], mins[b], lens, sizeof(lens) / sizeof(lens[0]));
}

static void test_too_large(void **state)
{
    const struct pf_gs_packetiser_config config = {.packet_size = 1392, .parity_percent = 20};
    struct pf_gs_packetiser *p;
    const struct pf_gs_frame frame = {
        .data = (const uint8_t *)"", .len = 4 * 1023 * 1376 - 7, .type = PF_GS_FRAME_P};
    assert_int_equal(pf_gs_packetiser_create(&config, &p), 0);
    assert_int_equal(pf_gs_packetiser_begin(p, &frame), -EMSGSIZE);
    assert_int_equal(pf_gs_packetiser_frame_index(p), 0);
    pf_gs_packetiser_destroy(p);
}

static void test_configurations(void **state)
{
    static const struct pf_gs_packetiser_config bad[] = {{.packet_size = 16}, {.packet_size = 72},
        {.packet_size = 2064}, {.packet_size = 1392, .parity_percent = 256},
        {.packet_size = 1392, .min_parity = 17}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pf_gs_packetiser *p = NULL;
        assert_int_equal(pf_gs_packetiser_create(&bad[i], &p), -EINVAL);
        assert_null(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_parities),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
