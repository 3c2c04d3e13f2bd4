/* The pacer as a table, and its invariants over many shapes. Times are made up. */
#include "net/pacer.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KIB ((size_t)1024)

static const struct pf_pace_rule live = {.burst_bytes = 128 * KIB, .factor = 3};
static const struct pf_pace_rule baseline = {.burst_bytes = 128 * KIB};

static void small_frames_leave_at_once(void **state)
{
    struct pf_pace p;
    /* a frame of 115 KB at 10 %: 80 + 8 packets of 1516 bytes, the 87th crosses 128 KiB */
    pf_pace_begin(&p, &live, 87, 1516, 0, 20000);
    assert_int_equal(p.burst, 87);
    assert_int_equal(p.budget_ns, 0);
    assert_int_equal(pf_pace_chunk(&p), 64);
    assert_int_equal(pf_pace_sent(&p, 64, 1), 0);
    assert_int_equal(pf_pace_chunk(&p), 23);
    assert_int_equal(pf_pace_sent(&p, 23, 2), 0);
    assert_int_equal(pf_pace_chunk(&p), 0);
    pf_pace_begin(&p, &live, 88, 1516, 0, 20000);
    assert_int_equal(p.burst, 87);
}

static void the_live_rate_sets_the_budget(void **state)
{
    static const struct {
        unsigned packets;
        uint32_t kbps;
        unsigned burst, chunk;
        uint64_t budget_ns;
    } cases[] = {
        /* burst is a quarter of 1 472 000 bytes; 750 · 1472 · 8 bits at 3 · 100 Mbit/s */
        {1000, 100000, 250, 16, 29440000},
        {1000, 1000000, 250, 128, 2944000}, /* a chunk of 500 µs would be 128 */
        {1000, 20000, 250, 16, 100000000},  /* capped */
        {1000, 300000, 250, 39, 9813333},   /* ceil(0.5 · 750 / 9.81) */
        {1000, 0, 250, 64, 0},              /* rate unknown */
        {200, 100000, 90, 16, 4317866},     /* burst is 128 KiB: ceil(131072 / 1472) */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pf_pace p;
        pf_pace_begin(&p, &live, cases[i].packets, 1472, 0, cases[i].kbps);
        assert_int_equal(p.burst, cases[i].burst);
        assert_int_equal(p.budget_ns, cases[i].budget_ns);
        assert_int_equal(p.chunk, cases[i].chunk > 64 ? 64 : cases[i].chunk);
    }
}

static void chunks_wait_for_their_share(void **state)
{
    struct pf_pace p;
    uint64_t now = 5000 * PF_NS_PER_MS;
    pf_pace_begin(&p, &live, 200, 1472, 0, 100000); /* 90 at once, 110 in seven chunks over 4.3 ms */
    while (p.sent < p.burst)
        assert_int_equal(pf_pace_sent(&p, pf_pace_chunk(&p), now), 0);
    for (unsigned j = 1; j < 7; j++) {
        assert_int_equal(pf_pace_chunk(&p), 16);
        assert_int_equal(pf_pace_sent(&p, 10, now), 0); /* in the middle of a chunk */
        assert_int_equal(pf_pace_chunk(&p), 6);
        uint64_t due = 5000 * PF_NS_PER_MS + 4317866ull * j / 7;
        assert_int_equal(pf_pace_sent(&p, 6, now), due);
        now = due;
    }
    assert_int_equal(pf_pace_chunk(&p), 14);
    assert_int_equal(pf_pace_sent(&p, 14, now), 0); /* nothing follows, so nothing to wait for */
    assert_int_equal(pf_pace_chunk(&p), 0);
}

static void a_late_sender_does_not_wait(void **state)
{
    struct pf_pace p;
    pf_pace_begin(&p, &live, 200, 1472, 0, 100000);
    while (p.sent < p.burst)
        pf_pace_sent(&p, pf_pace_chunk(&p), 1000);
    uint64_t due = 1000 + 4317866ull / 7;
    assert_int_equal(pf_pace_sent(&p, 16, due - 500 * PF_NS_PER_US), 0); /* too close to sleep */
    due = 1000 + 4317866ull * 2 / 7;
    assert_int_equal(pf_pace_sent(&p, 16, due - 500 * PF_NS_PER_US - 1), due);
}

static void the_baseline_rule_ends_before_the_deadline(void **state)
{
    struct pf_pace p;
    uint64_t burst_end = 100 * PF_NS_PER_MS, deadline = 110 * PF_NS_PER_MS;
    pf_pace_begin(&p, &baseline, 1000, 1472, deadline, 100000);
    assert_int_equal(p.burst, 90);
    assert_int_equal(p.chunk, 16);
    while (p.sent < p.burst)
        assert_int_equal(pf_pace_sent(&p, pf_pace_chunk(&p), burst_end), 0);
    assert_int_equal(p.budget_ns, 9 * PF_NS_PER_MS);
    uint64_t now = burst_end, last = 0;
    while (p.sent < 1000) {
        uint64_t wake = pf_pace_sent(&p, pf_pace_chunk(&p), now);
        now = wake ? wake : now;
        last = wake ? wake : last;
    }
    assert_in_range(last, burst_end + 8 * PF_NS_PER_MS, burst_end + 9 * PF_NS_PER_MS);

    pf_pace_begin(&p, &baseline, 1000, 1472, deadline, 100000);
    while (p.sent < 1000)
        assert_int_equal(
            pf_pace_sent(&p, pf_pace_chunk(&p), deadline + 1), 0); /* no time left: no spreading */
}

static void every_packet_is_sent_once_and_in_time(void **state)
{
    uint64_t rng = 3;
    for (unsigned i = 0; i < 5000; i++) {
        rng = rng * 6364136223846793005ull + 1442695040888963407ull;
        unsigned packets = 1 + (unsigned)(rng >> 40) % 5000, kbps = (unsigned)(rng >> 20) % 2000000;
        struct pf_pace_rule rule = {.burst_bytes = (rng >> 50) % 3 * 64 * KIB, .factor = (rng >> 33) % 4};
        struct pf_pace p;
        uint64_t now = PF_NS_PER_S, last = 0;
        unsigned sent = 0, n;
        pf_pace_begin(&p, &rule, packets, 1472, now + 16 * PF_NS_PER_MS, kbps);
        while ((n = pf_pace_chunk(&p)) > 0) {
            assert_in_range(n, 1, 64);
            sent += n;
            uint64_t wake = pf_pace_sent(&p, n, now);
            assert_true(wake == 0 || (wake > now + 500 * PF_NS_PER_US && wake > last));
            last = wake ? wake : last;
            now = wake ? wake : now;
        }
        assert_int_equal(sent, packets);
        assert_true(now <= PF_NS_PER_S + 100 * PF_NS_PER_MS);
    }
}

static void the_environment_sets_the_rule(void **state)
{
    unsetenv("PUNKTFUNK_PACE_BURST_KB");
    unsetenv("PUNKTFUNK_PACE_FACTOR");
    struct pf_pace_rule rule = pf_pace_rule_from_env();
    assert_int_equal(rule.burst_bytes, 128 * KIB);
    assert_int_equal(rule.factor, 3);
    setenv("PUNKTFUNK_PACE_BURST_KB", "64", 1);
    setenv("PUNKTFUNK_PACE_FACTOR", "0", 1);
    rule = pf_pace_rule_from_env();
    assert_int_equal(rule.burst_bytes, 64 * KIB);
    assert_int_equal(rule.factor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_frames_leave_at_once),
        cmocka_unit_test(the_live_rate_sets_the_budget),
        cmocka_unit_test(chunks_wait_for_their_share),
        cmocka_unit_test(a_late_sender_does_not_wait),
        cmocka_unit_test(the_baseline_rule_ends_before_the_deadline),
        cmocka_unit_test(every_packet_is_sent_once_and_in_time),
        cmocka_unit_test(the_environment_sets_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
