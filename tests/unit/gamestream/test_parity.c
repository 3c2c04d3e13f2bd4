#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "gamestream/video/parity.h"
#include "gamestream/wire/video_packet.h"

#define WINDOW PF_LOSS_REPORT_NS

/* Of a block of 100 + 20 shards. */
static struct pf_gs_fec_status status(unsigned data, unsigned parity, unsigned gaps)
{
    return (struct pf_gs_fec_status){.data_shards = 100,
        .parity_shards = 20,
        .received_data = (uint16_t)data,
        .received_parity = (uint16_t)parity,
        .missing_before_highest = (uint16_t)gaps};
}

struct link {
    struct pf_gs_parity parity;
    uint64_t now, sent;
};

static struct link open_link(unsigned percent, bool pinned)
{
    struct link l = {.now = 5 * PF_NS_PER_S};
    pf_gs_parity_start(&l.parity, percent, pinned);
    assert_false(pf_gs_parity_step(&l.parity, 0, l.now)); /* the first window begins */
    return l;
}

/* A window in which so many blocks lost so much each. */
static bool pass(struct link *l, uint64_t sent, unsigned blocks, const struct pf_gs_fec_status *s)
{
    for (unsigned i = 0; i < blocks; i++)
        pf_gs_parity_report(&l->parity, s);
    l->sent += sent;
    assert_false(pf_gs_parity_step(&l->parity, l->sent, l->now + WINDOW - 1));
    l->now += WINDOW;
    return pf_gs_parity_step(&l->parity, l->sent, l->now);
}

static void a_clean_path_needs_little(void **state)
{
    (void)state;
    struct link l = open_link(PF_GS_PARITY_PERCENT, false);
    for (unsigned percent = PF_GS_PARITY_PERCENT; percent > PF_GS_PARITY_LEAST; percent--) {
        assert_int_equal(l.parity.control.percent, percent);
        assert_true(pass(&l, 1200, 0, NULL));
    }
    for (int i = 0; i < 5; i++)
        assert_false(pass(&l, 1200, 0, NULL));
    assert_false(pass(&l, 0, 0, NULL)); /* nothing was sent at all */
    assert_int_equal(l.parity.control.percent, PF_GS_PARITY_LEAST);
}

static void loss_raises_it_at_once(void **state)
{
    (void)state;
    struct link l = open_link(PF_GS_PARITY_PERCENT, false);
    const struct pf_gs_fec_status mended = status(85, 15, 15), lost = status(70, 10, 30);
    assert_true(pass(&l, 1000, 10, &mended)); /* 15 % */
    assert_int_equal(l.parity.control.percent, 22);
    assert_true(pass(&l, 1000, 10, &lost)); /* 30 %, and blocks that were beyond help */
    assert_int_equal(l.parity.control.percent, 50);
    assert_true(pass(&l, 1000, 0, NULL));
    assert_int_equal(l.parity.control.percent, 49);
}

static void only_data_counts(void **state)
{
    (void)state;
    struct link l = open_link(PF_GS_PARITY_LEAST, false);
    const struct pf_gs_fec_status early = status(99, 1, 1); /* mended before the rest of the parity came */
    assert_true(pf_gs_parity_report(&l.parity, &early));
    assert_int_equal(l.parity.lost, 1);
    const struct pf_gs_fec_status tail = status(60, 0, 0); /* nothing behind the gap ever came */
    assert_false(pf_gs_parity_report(&l.parity, &tail));
    assert_int_equal(l.parity.lost, 41);
}

static void a_pin_holds(void **state)
{
    (void)state;
    const struct pf_gs_fec_status lost = status(70, 10, 30);
    static const unsigned pins[] = {0, 3, 20, 255};
    for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        struct link l = open_link(pins[i], true);
        assert_false(pass(&l, 1200, 10, &lost));
        assert_false(pass(&l, 1200, 0, NULL));
        assert_int_equal(l.parity.control.percent, pins[i]);
    }
}

/* Whatever a client claims, the packets stay within what clients can take. */
static void nonsense_stays_within_the_limits(void **state)
{
    (void)state;
    static const uint16_t ends[] = {0, 1, 255, 65535};
    struct link l = open_link(PF_GS_PARITY_PERCENT, false);
    for (unsigned i = 0; i < 4 * 4 * 4 * 4 * 4; i++) {
        struct pf_gs_fec_status s = {.data_shards = ends[i % 4],
            .parity_shards = ends[i / 4 % 4],
            .received_data = ends[i / 16 % 4],
            .received_parity = ends[i / 64 % 4],
            .missing_before_highest = ends[i / 256]};
        pass(&l, i % 3, 1 + i % 5, &s);
        assert_in_range(l.parity.control.percent, PF_GS_PARITY_LEAST, 50);
    }
}

static void a_packetiser_changes_between_frames(void **state)
{
    (void)state;
    static uint8_t text[20 * 1376], out[PF_GS_VIDEO_SHARDS_MAX * 1408];
    const struct pf_gs_packetiser_config config = {
        .packet_size = 1392, .parity_percent = 20, .min_parity = 2};
    const struct pf_gs_frame frame = {.data = text, .len = 20 * 1376 - 8, .type = PF_GS_FRAME_P};
    struct pf_gs_packetiser *p;
    assert_int_equal(pf_gs_packetiser_create(&config, &p), 0);
    static const struct {
        unsigned percent, packets;
    } rows[] = {{20, 24}, {50, 30}, {10, 22}, {1, 22}, {0, 20}, {20, 24}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        pf_gs_packetiser_set_parity(p, rows[i].percent);
        assert_int_equal(pf_gs_packetiser_begin(p, &frame), 1);
        assert_int_equal(pf_gs_packetiser_packets(p), rows[i].packets);
        assert_int_equal(pf_gs_packetiser_block(p, out, 1408), rows[i].packets);
        unsigned written = (out[28] | out[29] << 8) >> 4 & 0xff;
        assert_int_equal((20 * written + 99) / 100, rows[i].packets - 20);
    }
    pf_gs_packetiser_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_path_needs_little),
        cmocka_unit_test(loss_raises_it_at_once),
        cmocka_unit_test(only_data_counts),
        cmocka_unit_test(a_pin_holds),
        cmocka_unit_test(nonsense_stays_within_the_limits),
        cmocka_unit_test(a_packetiser_changes_between_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
