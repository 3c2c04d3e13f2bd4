#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/time.h"
#include "console/throttle.h"
#include "net/address.h"

#define S PF_NS_PER_S

static struct pf_throttle t;

static struct sockaddr_storage at(const char *text)
{
    struct sockaddr_storage a;
    assert_int_equal(pf_address_parse(text, 1, &a, NULL), 0);
    return a;
}

static unsigned wait_of(const char *text, uint64_t now)
{
    struct sockaddr_storage a = at(text);
    return pf_throttle_wait_s(&t, (struct sockaddr *)&a, now);
}

static void guess_wrong(const char *text, uint64_t now)
{
    struct sockaddr_storage a = at(text);
    pf_throttle_failed(&t, (struct sockaddr *)&a, now);
}

static int set_up(void **state)
{
    t = (struct pf_throttle){0};
    return 0;
}

static void five_failures_are_free_then_each_doubles_the_wait(void **state)
{
    uint64_t now = 1000 * S;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(wait_of("10.0.0.5", now), 0);
        guess_wrong("10.0.0.5", now);
    }
    assert_int_equal(wait_of("10.0.0.5", now), 0); /* the sixth is tried at once */
    for (unsigned want = 1; want < 300; want *= 2) {
        guess_wrong("10.0.0.5", now);
        assert_int_equal(wait_of("10.0.0.5", now), want);
        assert_int_equal(wait_of("10.0.0.5", now + (want - 1) * S + 1), 1);
        assert_int_equal(wait_of("10.0.0.5", now + want * S), 0);
        now += want * S;
    }
    guess_wrong("10.0.0.5", now);
    assert_int_equal(wait_of("10.0.0.5", now), 300); /* no longer */
    for (unsigned i = 0; i < 40; i++)
        guess_wrong("10.0.0.5", now);
    assert_int_equal(wait_of("10.0.0.5", now), 300);
    assert_int_equal(wait_of("10.0.0.6", now), 0); /* nobody else's failures */
}

static void a_quarter_of_an_hour_forgets(void **state)
{
    for (unsigned i = 0; i < 20; i++)
        guess_wrong("10.0.0.5", 1000 * S);
    assert_int_equal(wait_of("10.0.0.5", 1900 * S), 0);
    guess_wrong("10.0.0.5", 1900 * S);
    assert_int_equal(wait_of("10.0.0.5", 1900 * S), 0); /* it counts from one again */
}

static void success_forgets(void **state)
{
    struct sockaddr_storage a = at("10.0.0.5");
    for (unsigned i = 0; i < 8; i++)
        guess_wrong("10.0.0.5", S);
    pf_throttle_succeeded(&t, (struct sockaddr *)&a);
    assert_int_equal(wait_of("10.0.0.5", S), 0);
}

static void a_network_counts_as_one(void **state)
{
    for (unsigned i = 0; i < 3; i++) {
        guess_wrong("2001:db8::1", S);
        guess_wrong("2001:db8::ffff:2", S);
    }
    assert_int_equal(wait_of("2001:db8::77", S), 1);
    assert_int_equal(wait_of("2001:db8:0:1::1", S), 0);
    for (unsigned i = 0; i < 3; i++) {
        guess_wrong("10.0.0.9", S);
        guess_wrong("::ffff:10.0.0.9", S);
    }
    assert_int_equal(wait_of("10.0.0.9", S), 1);
}

static void a_hundred_in_a_minute_make_everybody_wait(void **state)
{
    char text[32];
    for (unsigned i = 0; i < PF_THROTTLE_BURST; i++) {
        snprintf(text, sizeof(text), "10.1.%u.%u", i / 50, i % 50 + 1);
        assert_int_equal(wait_of("10.9.9.9", 100 * S + i), 0);
        guess_wrong(text, 100 * S + i);
    }
    assert_int_equal(wait_of("10.9.9.9", 100 * S + 100), 1);
    assert_int_equal(wait_of("10.9.9.9", 101 * S + 100), 0);
    guess_wrong("10.2.0.1", 101 * S + 100);
    assert_int_equal(wait_of("10.9.9.9", 101 * S + 100), 1);
    assert_int_equal(wait_of("10.9.9.9", 160 * S + 50), 0);
}

static void the_oldest_is_forgotten_when_it_is_full(void **state)
{
    char text[32];
    for (unsigned i = 0; i < 6; i++)
        guess_wrong("10.0.0.1", S);
    for (unsigned i = 0; i < PF_THROTTLE_PEERS - 1; i++) {
        snprintf(text, sizeof(text), "10.%u.%u.1", 1 + i / 250, i % 250);
        guess_wrong(text, 200 * S + i);
    }
    assert_int_equal(wait_of("10.0.0.1", S), 1);
    guess_wrong("10.99.0.1", 400 * S);
    assert_int_equal(wait_of("10.0.0.1", S), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(five_failures_are_free_then_each_doubles_the_wait, set_up),
        cmocka_unit_test_setup(a_quarter_of_an_hour_forgets, set_up),
        cmocka_unit_test_setup(success_forgets, set_up),
        cmocka_unit_test_setup(a_network_counts_as_one, set_up),
        cmocka_unit_test_setup(a_hundred_in_a_minute_make_everybody_wait, set_up),
        cmocka_unit_test_setup(the_oldest_is_forgotten_when_it_is_full, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
