/* The bad network keeps its promises: rates, order, limits, and the same fate for the same seed. */
#include "impair.h"
#include "waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT 100000u
#define MS    1000000ull

static const struct frame_facts datagram = {
    .udp = true, .source = 1, .destination = 2, .ip_bytes = 1500, .payload_bytes = 1472};

static struct impair make(struct impair_rule rule)
{
    return (struct impair){.rule = rule, .state = 12345};
}

static unsigned decide(struct impair *i, uint64_t now, uint64_t due[2])
{
    return impair_decide(i, &datagram, 1514, false, now, due);
}

static void run(struct impair *i)
{
    uint64_t due[2];
    for (unsigned n = 0; n < COUNT; n++)
        decide(i, n * MS, due);
}

static void a_perfect_wire_changes_nothing(void **state)
{
    struct impair i = make((struct impair_rule){0});
    uint64_t due[2];
    for (unsigned n = 0; n < 1000; n++) {
        assert_int_equal(decide(&i, n, due), 1);
        assert_int_equal(due[0], n);
    }
}

/* Five standard deviations: 100000 draws of 5 % are 5000 ± 345. */
static void rates_are_kept(void **state)
{
    struct impair i = make((struct impair_rule){.loss = 0.05});
    run(&i);
    assert_in_range(i.tally.lost, 5000 - 345, 5000 + 345);
    i = make((struct impair_rule){.duplicate = 0.05, .reorder = 0.05});
    run(&i);
    assert_in_range(i.tally.duplicated, 5000 - 345, 5000 + 345);
    assert_in_range(i.tally.reordered, 5000 - 345, 5000 + 345);
}

/* Enters with 1 %, leaves with 25 %: bursts of 4 on average, 1/26 of all datagrams in the long run. */
static void bursts_have_their_length(void **state)
{
    struct impair i = make((struct impair_rule){.enter_burst = 0.01, .leave_burst = 0.25});
    uint64_t due[2];
    unsigned bursts = 0, lost = 0;
    bool before = false;
    for (unsigned n = 0; n < COUNT; n++) {
        bool now = decide(&i, n * MS, due) == 0;
        bursts += now && !before;
        lost += now;
        before = now;
    }
    assert_in_range(lost, 3846 - 450, 3846 + 450);
    assert_in_range(lost * 10 / bursts, 35, 45);
}

static void the_same_seed_is_the_same_fate(void **state)
{
    struct impair_rule rule = {.loss = 0.1, .jitter_ns = 20 * MS, .duplicate = 0.1};
    struct impair a = make(rule), b = make(rule);
    for (unsigned n = 0; n < 1000; n++) {
        uint64_t x[2] = {0}, y[2] = {0};
        assert_int_equal(decide(&a, n, x), decide(&b, n, y));
        assert_memory_equal(x, y, sizeof(x));
    }
}

static void the_line_is_as_fast_as_said(void **state)
{
    /* 1514 bytes at 12.112 Mbit/s: 1 ms each; room for three. */
    struct impair i =
        make((struct impair_rule){.rate_bps = 12112000, .queue_bytes = 3 * 1514, .delay_ns = MS});
    uint64_t due[2];
    for (unsigned n = 0; n < 3; n++) {
        assert_int_equal(decide(&i, 0, due), 1);
        assert_int_equal(due[0], (n + 1) * MS + MS);
    }
    assert_int_equal(decide(&i, 0, due), 0);
    assert_int_equal(i.tally.lost_in_queue, 1);
    assert_int_equal(decide(&i, MS, due), 1); /* one has left */
}

static void jitter_stays_in_its_range(void **state)
{
    struct impair i = make((struct impair_rule){.delay_ns = 5 * MS, .jitter_ns = 20 * MS});
    uint64_t due[2], least = UINT64_MAX, most = 0;
    for (unsigned n = 0; n < 10000; n++) {
        assert_int_equal(decide(&i, 0, due), 1);
        least = due[0] < least ? due[0] : least;
        most = due[0] > most ? due[0] : most;
    }
    assert_in_range(least, 5 * MS, 5 * MS + MS / 10);
    assert_in_range(most, 25 * MS - MS / 10, 25 * MS);
}

static void large_packets_vanish_and_others_are_spared(void **state)
{
    struct impair i = make((struct impair_rule){.mtu = 1400, .loss = 1});
    const struct frame_facts other = {.ip_bytes = 1400};
    uint64_t due[2];
    assert_int_equal(decide(&i, 0, due), 0);
    assert_int_equal(i.tally.too_large, 1);
    assert_int_equal(impair_decide(&i, &other, 1414, false, 7, due), 1); /* loss is for datagrams */
    assert_int_equal(i.tally.lost, 0);
}

static void frames_are_understood(void **state)
{
    uint8_t frame[64] = {[12] = 0x08, [14] = 0x45, [16] = 0, [17] = 36, [23] = 17};
    memcpy(frame + 34, "\x26\x31\x12\x34\x00\x10", 6); /* 9777 → 4660, 16 bytes */
    struct frame_facts f = frame_look(frame, sizeof(frame));
    assert_true(f.udp && !f.fragment);
    assert_int_equal(f.source, 9777);
    assert_int_equal(f.destination, 4660);
    assert_int_equal(f.payload_bytes, 8);
    assert_int_equal(f.ip_bytes, 36);
    frame[20] = 0x20; /* more fragments */
    f = frame_look(frame, sizeof(frame));
    assert_true(f.fragment && !f.udp);
    uint8_t six[64] = {[12] = 0x86, [13] = 0xdd, [14] = 0x60, [19] = 16, [20] = 17};
    f = frame_look(six, sizeof(six));
    assert_true(f.udp);
    assert_int_equal(f.ip_bytes, 56);
    six[20] = 44;
    assert_true(frame_look(six, sizeof(six)).fragment);
    for (size_t len = 0; len < sizeof(frame); len++) /* the sanitizer watches */
        frame_look(frame, len);
}

static void what_waits_comes_in_order(void **state)
{
    struct waiting *w = waiting_create(100);
    uint64_t last = 0;
    for (uint8_t n = 0; n < 100; n++)
        assert_true(waiting_put(w, n * 37u % 20, 0, &n, 1));
    assert_false(waiting_put(w, 0, 0, (const uint8_t *)"x", 1));
    unsigned count = 0;
    uint8_t before = 0;
    for (const struct waiting_frame *f; (f = waiting_first(w)); count++, waiting_drop_first(w)) {
        assert_true(f->due_ns > last || (f->due_ns == last && (!count || f->data[0] > before)));
        last = f->due_ns;
        before = f->data[0];
    }
    assert_int_equal(count, 100);
    waiting_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_wire_changes_nothing),
        cmocka_unit_test(rates_are_kept),
        cmocka_unit_test(bursts_have_their_length),
        cmocka_unit_test(the_same_seed_is_the_same_fate),
        cmocka_unit_test(the_line_is_as_fast_as_said),
        cmocka_unit_test(jitter_stays_in_its_range),
        cmocka_unit_test(large_packets_vanish_and_others_are_spared),
        cmocka_unit_test(frames_are_understood),
        cmocka_unit_test(what_waits_comes_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
