#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/admission.h"
#include "session/request.h"

#include <string.h>

static struct pf_ticket ticket(uint8_t client)
{
    struct pf_ticket t = {.has_fingerprint = client != 0};
    memset(t.fingerprint, client, sizeof(t.fingerprint));
    return t;
}

static void permits_are_handed_on_in_order(void **state)
{
    (void)state;
    struct pf_admission a;
    struct pf_ticket t[5] = {ticket(1), ticket(2), ticket(3), ticket(4), ticket(5)};
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
    struct pf_ticket t[50];
    pf_admission_init(&a, 0, 0);
    for (int i = 0; i < 50; i++) {
        t[i] = ticket(0);
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
    struct pf_ticket t[4] = {ticket(1), ticket(2), ticket(3), ticket(4)};
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

static void clients_are_told_apart(void **state)
{
    (void)state;
    struct pf_admission a;
    struct pf_ticket one = ticket(1), again = ticket(1), other = ticket(2), nobody = ticket(0),
                     nobody_else = ticket(0);
    struct pf_ticket *all[] = {&one, &other, &nobody, &again};
    pf_admission_init(&a, 0, 0);
    for (int i = 0; i < 4; i++) {
        pf_admission_connect(&a, all[i]);
        pf_admission_request(&a, all[i]);
    }
    assert_ptr_equal(pf_admission_same_client(&a, &again, NULL), &one);
    assert_null(pf_admission_same_client(&a, &again, &one));
    assert_ptr_equal(pf_admission_other_client(&a, &again, NULL), &other);
    assert_ptr_equal(pf_admission_other_client(&a, &again, &other), &nobody);
    assert_null(pf_admission_other_client(&a, &again, &nobody));

    assert_true(pf_admission_connect(&a, &nobody_else));
    assert_null(pf_admission_same_client(&a, &nobody_else, NULL));
    assert_ptr_equal(pf_admission_other_client(&a, &nobody_else, NULL), &one);
    /* connected, but without a permit: nobody's business */
    assert_null(pf_admission_same_client(&a, &nobody, NULL));
}

/* ---- the verdict ---- */

enum { NEWCOMER = 9 };

/* What a newcomer (client 9, or anonymous: 0) gets beside sessions of the clients in `running`. */
static enum pf_admission_verdict verdict_for(enum pf_mode_conflict conflict, unsigned max, uint8_t newcomer,
    const uint8_t *running, size_t n, const uint8_t *ret_other)
{
    struct pf_admission a;
    struct pf_ticket t[8], new = ticket(newcomer), *other;
    const struct pf_display_policy policy = {.conflict = conflict, .max_displays = max};
    pf_admission_init(&a, 0, 0);
    for (size_t i = 0; i < n; i++) {
        t[i] = ticket(running[i] % 10);
        pf_admission_connect(&a, &t[i]);
        pf_admission_request(&a, &t[i]);
        t[i].ending = running[i] >= 10; /* 12: client 2, being stopped */
    }
    pf_admission_connect(&a, &new);
    enum pf_admission_verdict before = pf_admission_judge(&a, &new, &policy, &other);
    pf_admission_request(&a, &new);
    enum pf_admission_verdict after = pf_admission_judge(&a, &new, &policy, &other);
    assert_int_equal(before, after); /* its own permit is not in its way */
    if (ret_other)
        assert_int_equal(other ? other->fingerprint[0] : 99, *ret_other);
    return after;
}

static void the_policy_decides_about_a_second_client(void **state)
{
    (void)state;
    const enum pf_admission_verdict wanted[] = {[PF_CONFLICT_SEPARATE] = PF_ADMIT,
        [PF_CONFLICT_JOIN] = PF_ADMIT_JOIN,
        [PF_CONFLICT_STEAL] = PF_ADMIT_STEAL,
        [PF_CONFLICT_REJECT] = PF_ADMIT_BUSY};
    const uint8_t two[] = {9, 2, 3}, own[] = {9, 9}, ending[] = {12, 3}, gone[] = {12, 9}, anonymous[] = {0};
    const uint8_t second = 2, third = 3, none = 99, nobody = 0;
    for (int c = PF_CONFLICT_SEPARATE; c <= PF_CONFLICT_REJECT; c++) {
        assert_int_equal(verdict_for(c, 4, NEWCOMER, NULL, 0, &none), PF_ADMIT);
        assert_int_equal(verdict_for(c, 4, NEWCOMER, two, 3, &second), wanted[c]); /* the oldest other one */
        assert_int_equal(verdict_for(c, 4, NEWCOMER, own, 2, &none), PF_ADMIT);
        assert_int_equal(verdict_for(c, 4, NEWCOMER, ending, 2, &third), wanted[c]);
        assert_int_equal(verdict_for(c, 4, NEWCOMER, gone, 2, &none), PF_ADMIT);
        assert_int_equal(verdict_for(c, 4, 0, anonymous, 1, &nobody), wanted[c]); /* two strangers */
    }
}

/* ---- the conflict table: both protocols ---- */

enum protocol { NATIVE, GAMESTREAM };

/* What the two front ends make of a client's wish. The judge sees nothing of it but who asks. */
static struct pf_session_request request_by(enum protocol protocol, uint8_t client)
{
    struct pf_session_request r = {.source = PF_SESSION_SOURCE_VIRTUAL,
        .mode = {1920, 1080, 60000},
        .codecs = PF_CODEC_H264,
        .audio_channels = 2,
        .has_fingerprint = client != 0,
        .fingerprint = {client}};
    if (protocol == NATIVE) {
        r.codecs |= PF_CODEC_HEVC;
        r.compositor = PF_WISH_WLROOTS;
        strcpy(r.label, "Couch");
    } else { /* the device's certificate for this protocol is another one than for the other */
        r.fingerprint[1] = 0x47;
        r.bitrate_kbps = 20000;
        strcpy(r.launch, "1");
    }
    return r;
}

static struct pf_ticket ticket_of(const struct pf_session_request *r)
{
    struct pf_ticket t = {.has_fingerprint = r->has_fingerprint};
    memcpy(t.fingerprint, r->fingerprint, sizeof(t.fingerprint));
    return t;
}

enum relation { SAME, OTHER, ANONYMOUS };

static void every_conflict_policy_for_both_protocols(void **state)
{
    (void)state;
    static const struct {
        enum pf_mode_conflict conflict;
        /* of the same client by the same protocol, of another client, of one that nobody knows */
        enum pf_admission_verdict same, other, anonymous;
    } table[] = {
        {PF_CONFLICT_SEPARATE, PF_ADMIT, PF_ADMIT, PF_ADMIT},
        {PF_CONFLICT_JOIN, PF_ADMIT, PF_ADMIT_JOIN, PF_ADMIT_JOIN},
        {PF_CONFLICT_STEAL, PF_ADMIT, PF_ADMIT_STEAL, PF_ADMIT_STEAL},
        {PF_CONFLICT_REJECT, PF_ADMIT, PF_ADMIT_BUSY, PF_ADMIT_BUSY},
    };
    unsigned cells = 0;
    for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++)
        for (int cell = 0; cell < 2 * 2 * 3; cell++, cells++) {
            enum protocol running = cell & 1, coming = cell >> 1 & 1;
            enum relation relation = cell >> 2;
            const struct pf_display_policy policy = {.conflict = table[row].conflict, .max_displays = 4};
            struct pf_session_request first = request_by(running, relation == ANONYMOUS ? 0 : 1);
            struct pf_session_request second = request_by(coming, relation == OTHER ? 2 : relation == SAME);
            struct pf_ticket one = ticket_of(&first), two = ticket_of(&second), *other;
            struct pf_admission a;
            pf_admission_init(&a, 0, 0);
            pf_admission_connect(&a, &one);
            pf_admission_request(&a, &one);
            pf_admission_connect(&a, &two);
            bool known = relation == SAME && running == coming;
            enum pf_admission_verdict wanted = known                   ? table[row].same
                                               : relation == ANONYMOUS ? table[row].anonymous
                                                                       : table[row].other;
            enum pf_admission_verdict got = pf_admission_judge(&a, &two, &policy, &other);
            if (got != wanted || other != (known ? NULL : &one))
                fail_msg("policy %d, running %d, coming %d, relation %d: %d instead of %d",
                    table[row].conflict, running, coming, relation, got, wanted);
        }
    assert_int_equal(cells, 48);
}

static void displays_are_counted(void **state)
{
    (void)state;
    const uint8_t three[] = {1, 2, 3}, own[] = {9, 9}, ending[] = {1, 12};
    assert_int_equal(verdict_for(PF_CONFLICT_SEPARATE, 4, NEWCOMER, three, 3, NULL), PF_ADMIT);
    assert_int_equal(verdict_for(PF_CONFLICT_SEPARATE, 3, NEWCOMER, three, 3, NULL), PF_ADMIT_FULL);
    assert_int_equal(verdict_for(PF_CONFLICT_JOIN, 3, NEWCOMER, three, 3, NULL), PF_ADMIT_FULL);
    assert_int_equal(verdict_for(PF_CONFLICT_SEPARATE, 2, NEWCOMER, own, 2, NULL), PF_ADMIT_FULL);
    assert_int_equal(verdict_for(PF_CONFLICT_SEPARATE, 2, NEWCOMER, ending, 2, NULL), PF_ADMIT);
    assert_int_equal(verdict_for(PF_CONFLICT_STEAL, 1, NEWCOMER, three, 3, NULL), PF_ADMIT_STEAL);
    assert_int_equal(verdict_for(PF_CONFLICT_REJECT, 1, NEWCOMER, three, 3, NULL), PF_ADMIT_BUSY);
}

/* A long random walk against a model that counts. */
static void random_walk(void **state)
{
    (void)state;
    enum { N = 12 };
    struct pf_admission a;
    struct pf_ticket t[N];
    uint32_t x = 2463534242u;
    pf_admission_init(&a, 3, 0);
    for (int i = 0; i < N; i++)
        t[i] = ticket((uint8_t)i);
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
        cmocka_unit_test(clients_are_told_apart),
        cmocka_unit_test(the_policy_decides_about_a_second_client),
        cmocka_unit_test(every_conflict_policy_for_both_protocols),
        cmocka_unit_test(displays_are_counted),
        cmocka_unit_test(random_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
