#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "trust/pairing.h"

static const uint8_t A[32] = {0xaa}, B[32] = {0xbb};
#define S PF_NS_PER_S

static void starts_closed(void **state)
{
    (void)state;
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    pf_pairing_init(&p);
    assert_false(pf_pairing_status(&p, 0).armed);
    assert_int_equal(pf_pairing_status(&p, 0).result, PF_PAIRING_NONE);
    /* Time 0 is as good as any: no cool-down before the first attempt. */
    assert_int_equal(pf_pairing_begin(&p, 0, A, pin), PF_PAIRING_REFUSE_NOT_ARMED);
}

static void a_ceremony_uses_the_window_up(void **state)
{
    (void)state;
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    pf_pairing_init(&p);
    assert_int_equal(pf_pairing_arm(&p, 10 * S, "0042", 120, NULL), 0);
    struct pf_pairing_status st = pf_pairing_status(&p, 20 * S);
    assert_true(st.armed);
    assert_string_equal(st.pin, "0042");
    assert_true(st.expires);
    assert_int_equal(st.left_ns, 110 * S);

    assert_int_equal(pf_pairing_begin(&p, 20 * S, A, pin), PF_PAIRING_ACCEPT);
    assert_string_equal(pin, "0042");
    assert_true(pf_pairing_status(&p, 20 * S).armed); /* malformed messages must not close it */
    uint32_t ticket = pf_pairing_consume(&p, 20 * S);
    assert_int_not_equal(ticket, 0);
    assert_false(pf_pairing_status(&p, 20 * S).armed);
    assert_null(pf_pairing_status(&p, 20 * S).pin);
    assert_int_equal(pf_pairing_consume(&p, 20 * S), 0);

    pf_pairing_conclude(&p, ticket, PF_PAIRING_OK, "Phone", A);
    st = pf_pairing_status(&p, 21 * S);
    assert_int_equal(st.result, PF_PAIRING_PAIRED);
    assert_string_equal(st.device_name, "Phone");
    assert_memory_equal(st.device_fingerprint, A, 32);
    assert_int_equal(pf_pairing_begin(&p, 30 * S, A, pin), PF_PAIRING_REFUSE_NOT_ARMED);
}

static void a_wrong_pin_uses_the_window_up(void **state)
{
    (void)state;
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    pf_pairing_init(&p);
    pf_pairing_arm(&p, 0, "1234", 0, NULL);
    assert_int_equal(pf_pairing_begin(&p, 5 * S, A, pin), PF_PAIRING_ACCEPT);
    uint32_t ticket = pf_pairing_consume(&p, 5 * S);
    pf_pairing_conclude(&p, ticket, PF_PAIRING_WRONG_PIN, "Phone", A);
    assert_int_equal(pf_pairing_status(&p, 5 * S).result, PF_PAIRING_FAILED);
    assert_int_equal(pf_pairing_begin(&p, 60 * S, A, pin), PF_PAIRING_REFUSE_NOT_ARMED);
}

static void attempts_are_two_seconds_apart(void **state)
{
    (void)state;
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    pf_pairing_init(&p);
    /* A closed window answers an attempt and starts the cool-down like an open one. */
    assert_int_equal(pf_pairing_begin(&p, 10 * S, B, pin), PF_PAIRING_REFUSE_NOT_ARMED);
    pf_pairing_arm(&p, 10 * S, "1234", 120, NULL);
    assert_int_equal(pf_pairing_begin(&p, 11 * S, A, pin), PF_PAIRING_REFUSE_TOO_SOON);
    assert_int_equal(pf_pairing_begin(&p, 12 * S - 1, A, pin), PF_PAIRING_REFUSE_TOO_SOON);
    /* A refused attempt does not prolong it. */
    assert_int_equal(pf_pairing_begin(&p, 12 * S, A, pin), PF_PAIRING_ACCEPT);
    pf_pairing_disarm(&p, 12 * S);
    assert_int_equal(pf_pairing_begin(&p, 13 * S, A, pin), PF_PAIRING_REFUSE_TOO_SOON);
}

static void a_bound_window_refuses_others_and_stays(void **state)
{
    (void)state;
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    pf_pairing_init(&p);
    pf_pairing_arm(&p, 0, "1234", 120, A);
    assert_int_equal(pf_pairing_begin(&p, 1 * S, B, pin), PF_PAIRING_REFUSE_OTHER_DEVICE);
    assert_true(pf_pairing_status(&p, 1 * S).armed);
    assert_int_equal(pf_pairing_begin(&p, 4 * S, A, pin), PF_PAIRING_ACCEPT);
    /* Arming again without a binding forgets the old one. */
    pf_pairing_arm(&p, 5 * S, "5678", 120, NULL);
    assert_int_equal(pf_pairing_begin(&p, 7 * S, B, pin), PF_PAIRING_ACCEPT);
    assert_string_equal(pin, "5678");
}

static void windows_expire(void **state)
{
    (void)state;
    static const struct {
        unsigned asked, real;
    } table[] = {{1, 15}, {15, 15}, {120, 120}, {600, 600}, {9999, 600}};
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        uint64_t end = (100 + table[i].real) * S;
        pf_pairing_init(&p);
        pf_pairing_arm(&p, 100 * S, "1234", table[i].asked, NULL);
        assert_true(pf_pairing_status(&p, end - 1).armed);
        assert_int_equal(pf_pairing_begin(&p, end, A, pin), PF_PAIRING_REFUSE_NOT_ARMED);
        assert_int_equal(pf_pairing_status(&p, end).result, PF_PAIRING_EXPIRED);
    }
    pf_pairing_init(&p);
    pf_pairing_arm(&p, 0, "1234", 0, NULL);
    assert_true(pf_pairing_status(&p, 1000000 * S).armed);
    assert_false(pf_pairing_status(&p, 0).expires);
}

static void a_late_end_does_not_touch_a_newer_window(void **state)
{
    (void)state;
    struct pf_pairing p;
    char pin[PF_PAIRING_PIN_MAX + 1];
    pf_pairing_init(&p);
    pf_pairing_arm(&p, 0, "1111", 120, NULL);
    pf_pairing_begin(&p, 0, A, pin);
    uint32_t old = pf_pairing_consume(&p, 0);
    pf_pairing_arm(&p, 3 * S, "2222", 120, NULL);
    pf_pairing_conclude(&p, old, PF_PAIRING_OK, "Old", A);
    assert_true(pf_pairing_status(&p, 3 * S).armed);
    pf_pairing_begin(&p, 4 * S, B, pin);
    uint32_t fresh = pf_pairing_consume(&p, 4 * S);
    pf_pairing_conclude(&p, old, PF_PAIRING_OK, "Old", A);
    assert_int_equal(pf_pairing_status(&p, 4 * S).result, PF_PAIRING_TRYING);
    pf_pairing_conclude(&p, fresh, PF_PAIRING_OK, "New", B);
    assert_string_equal(pf_pairing_status(&p, 4 * S).device_name, "New");
}

static void pins_are_digits(void **state)
{
    (void)state;
    struct pf_pairing p;
    pf_pairing_init(&p);
    static const char *bad[] = {"", "12a4", " 123", "12345678901234567", "-123"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_true(pf_pairing_arm(&p, 0, bad[i], 120, NULL) < 0);
    assert_false(pf_pairing_status(&p, 0).armed);
    assert_int_equal(pf_pairing_arm(&p, 0, "1234567890123456", 120, NULL), 0);

    bool leading_zero = false, seen[10] = {false};
    for (int i = 0; i < 2000; i++) {
        char pin[5];
        pf_pairing_make_pin(pin);
        assert_int_equal(strspn(pin, "0123456789"), 4);
        assert_int_equal(strlen(pin), 4);
        leading_zero |= pin[0] == '0';
        seen[pin[3] - '0'] = true;
    }
    assert_true(leading_zero); /* chance of failing: 0.9^2000 */
    for (int i = 0; i < 10; i++)
        assert_true(seen[i]);
}

/* Random walk: an attempt is accepted only when a window is open for that device and 2 s have passed since
 * the last one that counted; each window is consumed at most once. */
static void walk(void **state)
{
    (void)state;
    struct pf_pairing p;
    pf_pairing_init(&p);
    srandom(20260704);
    uint64_t now = 0, counted = 0, end = 0;
    bool any = false, open = false, bound = false;
    for (int step = 0; step < 200000; step++) {
        now += (uint64_t)(random() % 3000) * PF_NS_PER_MS;
        if (open && end && now >= end)
            open = false;
        char pin[PF_PAIRING_PIN_MAX + 1];
        switch (random() % 6) {
        case 0: {
            unsigned ttl = (unsigned)random() % 700;
            bound = random() % 2;
            pf_pairing_arm(&p, now, "4711", ttl, bound ? A : NULL);
            open = true;
            end = ttl ? now + (ttl < 15 ? 15 : ttl > 600 ? 600 : ttl) * S : 0;
            break;
        }
        case 1:
            pf_pairing_disarm(&p, now);
            open = false;
            break;
        default: {
            bool mine = random() % 2, soon = any && now - counted < 2 * S;
            enum pf_pairing_verdict want = soon             ? PF_PAIRING_REFUSE_TOO_SOON
                                           : !open          ? PF_PAIRING_REFUSE_NOT_ARMED
                                           : bound && !mine ? PF_PAIRING_REFUSE_OTHER_DEVICE
                                                            : PF_PAIRING_ACCEPT;
            assert_int_equal(pf_pairing_begin(&p, now, mine ? A : B, pin), want);
            if (!soon)
                any = true, counted = now;
            if (want == PF_PAIRING_ACCEPT && random() % 2) {
                uint32_t ticket = pf_pairing_consume(&p, now);
                assert_int_not_equal(ticket, 0);
                open = false;
                pf_pairing_conclude(&p, ticket, (enum pf_pairing_outcome)(random() % 4), "x", A);
            }
        }
        }
        assert_int_equal(pf_pairing_status(&p, now).armed, open);
        assert_int_equal(pf_pairing_status(&p, now).pin != NULL, open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_closed),
        cmocka_unit_test(a_ceremony_uses_the_window_up),
        cmocka_unit_test(a_wrong_pin_uses_the_window_up),
        cmocka_unit_test(attempts_are_two_seconds_apart),
        cmocka_unit_test(a_bound_window_refuses_others_and_stays),
        cmocka_unit_test(windows_expire),
        cmocka_unit_test(a_late_end_does_not_touch_a_newer_window),
        cmocka_unit_test(pins_are_digits),
        cmocka_unit_test(walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
