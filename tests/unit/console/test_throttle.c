#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/time.h"
#include "console/throttle.h"
#include "net/address.h"

#include <string.h>

static struct pf_throttle throttle;
static uint64_t now;

static int fresh(void **state)
{
    (void)state;
    memset(&throttle, 0, sizeof(throttle));
    now = 1000 * PF_NS_PER_S;
    return 0;
}

static const struct sockaddr *peer(const char *text)
{
    static struct sockaddr_storage a;
    assert_int_equal(pf_address_parse(text, 1, &a, NULL), 0);
    return (const struct sockaddr *)&a;
}

static unsigned wait_of(const char *who)
{
    return pf_throttle_wait_s(&throttle, peer(who), now);
}

static void guess(const char *who)
{
    pf_throttle_failed(&throttle, peer(who), now);
}

static void five_are_free_then_each_doubles_the_wait(void **state)
{
    (void)state;
    static const unsigned waits[] = {0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300};
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        assert_int_equal(wait_of("192.0.2.1"), 0);
        guess("192.0.2.1");
        assert_int_equal(wait_of("192.0.2.1"), waits[i]);
        now += waits[i] * PF_NS_PER_S;
    }
    assert_int_equal(wait_of("192.0.2.2"), 0); /* somebody else */
}

static void a_part_of_a_second_is_a_second(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++)
        guess("192.0.2.1");
    assert_int_equal(wait_of("192.0.2.1"), 2);
    now += 2 * PF_NS_PER_S - 1;
    assert_int_equal(wait_of("192.0.2.1"), 1);
    now++;
    assert_int_equal(wait_of("192.0.2.1"), 0);
}

static void a_quarter_of_an_hour_or_the_password_forgets(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        guess("192.0.2.1");
    assert_int_equal(wait_of("192.0.2.1"), 300);
    now += 900 * PF_NS_PER_S;
    guess("192.0.2.1");
    assert_int_equal(wait_of("192.0.2.1"), 0);
    for (int i = 0; i < 6; i++)
        guess("192.0.2.1");
    assert_int_equal(wait_of("192.0.2.1"), 2);
    pf_throttle_succeeded(&throttle, peer("192.0.2.1"));
    assert_int_equal(wait_of("192.0.2.1"), 0);
}

static void one_network_is_one_peer(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        guess(i % 2 ? "2001:db8::1" : "2001:db8::2");
    assert_int_equal(wait_of("2001:db8::3"), 4);
    assert_int_equal(wait_of("2001:db8:0:1::3"), 0);
    for (int i = 0; i < 8; i++)
        guess("192.0.2.1");
    assert_int_equal(wait_of("::ffff:192.0.2.1"), 4);
}

static void a_hundred_in_a_minute_slow_everybody(void **state)
{
    (void)state;
    char who[32];
    for (int i = 0; i < 100; i++) {
        assert_int_equal(wait_of("198.51.100.1"), 0);
        snprintf(who, sizeof(who), "192.0.2.%d", i);
        guess(who);
    }
    assert_int_equal(wait_of("198.51.100.1"), 1);
    now += PF_NS_PER_S;
    assert_int_equal(wait_of("198.51.100.1"), 0); /* until the next failure */
    guess("192.0.2.200");
    assert_int_equal(wait_of("198.51.100.1"), 1);
    now += 61 * PF_NS_PER_S;
    guess("192.0.2.201");
    assert_int_equal(wait_of("198.51.100.1"), 0);
}

static void a_crowd_does_not_make_it_grow(void **state)
{
    (void)state;
    char who[32];
    for (int i = 0; i < 9; i++)
        guess("203.0.113.1");
    for (unsigned i = 0; i < PF_THROTTLE_PEERS - 1; i++, now++) {
        snprintf(who, sizeof(who), "10.1.%u.%u", i >> 8, i & 255);
        guess(who);
    }
    assert_int_equal(wait_of("203.0.113.1"), 8);
    guess("10.2.0.1"); /* one too many: the oldest goes */
    now += PF_NS_PER_S;
    assert_int_equal(wait_of("203.0.113.1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(five_are_free_then_each_doubles_the_wait, fresh),
        cmocka_unit_test_setup(a_part_of_a_second_is_a_second, fresh),
        cmocka_unit_test_setup(a_quarter_of_an_hour_or_the_password_forgets, fresh),
        cmocka_unit_test_setup(one_network_is_one_peer, fresh),
        cmocka_unit_test_setup(a_hundred_in_a_minute_slow_everybody, fresh),
        cmocka_unit_test_setup(a_crowd_does_not_make_it_grow, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
