#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/admission.h"

static void permits_are_handed_on_in_order(void **state)
{
    (void)state;
    struct pf_admission a;
    struct pf_ticket t[5] = {0};
    pf_admission_init(&a, 2, 0);
    for (int i = 0; i < 5; i++)
        assert_true(pf_admission_connect(&a, &t[i]));
    assert_true(pf_admission_request(&a, &t[1]));
    assert_true(pf_admission_request(&a, &t[0]));
    assert_false(pf_admission_request(&a, &t[4]));
    assert_false(pf_admission_request(&a, &t[2]));
    assert_false(pf_admission_request(&a, &t[4])); /* asking again does not lose the place */
    assert_true(pf_admission_request(&a, &t[1]));

    assert_null(pf_admission_leave(&a, &t[3])); /* never asked: frees nothing */
    assert_ptr_equal(pf_admission_leave(&a, &t[0]), &t[4]);
    assert_int_equal(t[4].state, PF_TICKET_ADMITTED);
    assert_null(pf_admission_leave(&a, &t[2])); /* gave up waiting */
    assert_null(pf_admission_leave(&a, &t[1]));
    assert_null(pf_admission_leave(&a, &t[1])); /* twice is fine */
    assert_int_equal(a.admitted, 1);
    assert_null(pf_admission_leave(&a, &t[4]));
    assert_int_equal(a.admitted + a.waiting + a.connected, 0);
    assert_false(pf_admission_is_finished(&a)); /* without a limit it never is */
}

static void no_limit_admits_everyone(void **state)
{
    (void)state;
    struct pf_admission a;
    struct pf_ticket t[50] = {0};
    pf_admission_init(&a, 0, 0);
    for (int i = 0; i < 50; i++) {
        assert_true(pf_admission_connect(&a, &t[i]));
        assert_true(pf_admission_request(&a, &t[i]));
    }
    assert_int_equal(a.admitted, 50);
}

/* Pairing and refused connections count as well; running sessions end before the program does. */
static void a_limited_host_finishes(void **state)
{
    (void)state;
    struct pf_admission a;
    struct pf_ticket t[4] = {0};
    pf_admission_init(&a, 1, 3);
    assert_true(pf_admission_connect(&a, &t[0]));
    assert_null(pf_admission_leave(&a, &t[0]));
    assert_false(pf_admission_is_full(&a));
    assert_true(pf_admission_connect(&a, &t[1]));
    assert_true(pf_admission_request(&a, &t[1]));
    assert_true(pf_admission_connect(&a, &t[2]));
    assert_true(pf_admission_is_full(&a));
    assert_false(pf_admission_connect(&a, &t[3]));
    assert_false(pf_admission_request(&a, &t[2]));
    assert_ptr_equal(pf_admission_leave(&a, &t[1]), &t[2]);
    assert_false(pf_admission_is_finished(&a));
    assert_null(pf_admission_leave(&a, &t[2]));
    assert_true(pf_admission_is_finished(&a));
}

/* A long random walk against a model that counts. */
static void random_walk(void **state)
{
    (void)state;
    enum { N = 12 };
    struct pf_admission a;
    struct pf_ticket t[N] = {0};
    uint32_t x = 2463534242u;
    pf_admission_init(&a, 3, 0);
    for (int step = 0; step < 200000; step++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        struct pf_ticket *one = &t[x % N], *freed;
        switch (x >> 8 & 3) {
        case 0:
            if (one->state == PF_TICKET_OUT)
                assert_true(pf_admission_connect(&a, one));
            break;
        case 1:
            if (one->state != PF_TICKET_OUT) {
                bool admitted = pf_admission_request(&a, one);
                assert_int_equal(admitted, one->state == PF_TICKET_ADMITTED);
            }
            break;
        default:
            freed = pf_admission_leave(&a, one);
            assert_int_equal(one->state, PF_TICKET_OUT);
            if (freed)
                assert_int_equal(freed->state, PF_TICKET_ADMITTED);
        }
        unsigned count[4] = {0};
        for (int i = 0; i < N; i++)
            count[t[i].state]++;
        assert_int_equal(a.connected, count[PF_TICKET_CONNECTED]);
        assert_int_equal(a.waiting, count[PF_TICKET_WAITING]);
        assert_int_equal(a.admitted, count[PF_TICKET_ADMITTED]);
        assert_true(a.admitted <= 3);
        assert_true(a.admitted == 3 || !a.waiting); /* nobody waits beside a free permit */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_are_handed_on_in_order),
        cmocka_unit_test(no_limit_admits_everyone),
        cmocka_unit_test(a_limited_host_finishes),
        cmocka_unit_test(random_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
