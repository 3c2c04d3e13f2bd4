#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/seats.h"

#include <stdio.h>
#include <string.h>

/* ---- a session of either protocol ---- */

struct session {
    struct pf_seat seat;
    struct pf_seats *seats;
    struct pf_mode mode;
    char label[8];
    bool slow; /* it takes its time to end */
    unsigned ended, woken;
    char why[64];
};

static void describe(const struct pf_seat *seat, struct pf_mode *ret_mode, char *ret_label)
{
    const struct session *s = seat->user;
    *ret_mode = s->mode;
    snprintf(ret_label, PF_SEAT_LABEL, "%s", s->label);
}

static void end(struct pf_seat *seat, const char *why)
{
    struct session *s = seat->user;
    s->ended++;
    snprintf(s->why, sizeof(s->why), "%s", why);
    pf_seat_end(s->seats, seat); /* as front ends do that end for other reasons too */
    if (!s->slow)
        pf_seat_leave(s->seats, seat);
}

static void wake(struct pf_seat *seat)
{
    ((struct session *)seat->user)->woken++;
}

static const struct pf_seat_ops ops = {.describe = describe, .end = end, .wake = wake};

/* Client 0 shows no certificate. */
static void make(
    struct session *s, struct pf_seats *seats, enum pf_seat_protocol protocol, uint8_t client, uint32_t width)
{
    *s = (struct session){.seats = seats,
        .mode = {width, width / 2, 59940},
        .seat = {.ops = &ops,
            .user = s,
            .protocol = protocol,
            .needs_display = true,
            .replaces_own = protocol == PF_SEAT_GAMESTREAM,
            .has_fingerprint = client != 0}};
    snprintf(s->label, sizeof(s->label), "c%u", client);
    memset(s->seat.fingerprint, client, sizeof(s->seat.fingerprint));
}

static enum pf_verdict judge(const struct session *s, const struct pf_display_policy *policy)
{
    struct pf_judgement j;
    pf_seats_judge(s->seats, &s->seat, policy, &j);
    return j.verdict;
}

/* All of it: what a front end does. */
static struct pf_judgement enter(struct session *s, const struct pf_display_policy *policy)
{
    struct pf_judgement j;
    pf_seats_judge(s->seats, &s->seat, policy, &j);
    if (j.verdict == PF_VERDICT_BUSY || j.verdict == PF_VERDICT_FULL)
        return j;
    pf_seat_claim(s->seats, &s->seat, &j, 0, 1000);
    pf_seat_take(s->seats, &s->seat);
    return j;
}

/* ---- the conflict table: each policy, each pair of protocols, the same client and others ---- */

enum relation { SAME, OTHER, ANONYMOUS };
enum fate { STAYS, ENDS };

static const struct row {
    enum pf_mode_conflict conflict;
    enum pf_seat_protocol running, coming;
    enum relation relation;
    enum pf_verdict verdict;
    enum fate fate; /* of the one that runs */
} table[] = {
    {PF_CONFLICT_SEPARATE, PF_SEAT_NATIVE, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_NATIVE, PF_SEAT_NATIVE, OTHER, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_NATIVE, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, ANONYMOUS, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, OTHER, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_SEPARATE, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_SEPARATE, ENDS},

    {PF_CONFLICT_JOIN, PF_SEAT_NATIVE, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_NATIVE, PF_SEAT_NATIVE, OTHER, PF_VERDICT_JOIN, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_NATIVE, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_JOIN, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_JOIN, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_JOIN, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, ANONYMOUS, PF_VERDICT_JOIN, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, OTHER, PF_VERDICT_JOIN, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_JOIN, STAYS},
    {PF_CONFLICT_JOIN, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_JOIN, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_SEPARATE, ENDS},

    {PF_CONFLICT_STEAL, PF_SEAT_NATIVE, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_STEAL, PF_SEAT_NATIVE, PF_SEAT_NATIVE, OTHER, PF_VERDICT_STEAL, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_NATIVE, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_STEAL, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_STEAL, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, ANONYMOUS, PF_VERDICT_STEAL, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_STEAL, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, OTHER, PF_VERDICT_STEAL, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_STEAL, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_STEAL, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_STEAL, ENDS},

    {PF_CONFLICT_REJECT, PF_SEAT_NATIVE, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_NATIVE, PF_SEAT_NATIVE, OTHER, PF_VERDICT_BUSY, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_NATIVE, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_BUSY, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_REJECT, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_BUSY, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_NATIVE, PF_SEAT_GAMESTREAM, ANONYMOUS, PF_VERDICT_BUSY, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, SAME, PF_VERDICT_SEPARATE, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, OTHER, PF_VERDICT_BUSY, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_GAMESTREAM, PF_SEAT_NATIVE, ANONYMOUS, PF_VERDICT_BUSY, STAYS},
    {PF_CONFLICT_REJECT, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, SAME, PF_VERDICT_SEPARATE, ENDS},
    {PF_CONFLICT_REJECT, PF_SEAT_GAMESTREAM, PF_SEAT_GAMESTREAM, OTHER, PF_VERDICT_BUSY, STAYS},
};

/* Moonlight clients always have a certificate. */
static uint8_t client_of(enum pf_seat_protocol protocol, enum relation relation, uint8_t client)
{
    return relation == ANONYMOUS && protocol == PF_SEAT_NATIVE ? 0 : client;
}

static void check_row(const struct row *row)
{
    const struct pf_display_policy policy = {.conflict = row->conflict, .max_displays = 4};
    struct pf_seats seats;
    struct session one, two;
    pf_seats_init(&seats);
    make(&one, &seats, row->running, client_of(row->running, row->relation, 1), 1000);
    make(
        &two, &seats, row->coming, client_of(row->coming, row->relation, row->relation == SAME ? 1 : 2), 800);
    enter(&one, &policy);
    struct pf_judgement j = enter(&two, &policy);
    if (j.verdict != row->verdict || one.ended != (row->fate == ENDS))
        fail_msg("policy %d, running %d, coming %d, relation %d: verdict %d, ended %u", row->conflict,
            row->running, row->coming, row->relation, j.verdict, one.ended);
    assert_int_equal(j.joined.width, row->verdict == PF_VERDICT_JOIN ? 1000 : 0);
    assert_string_equal(j.why, row->verdict != PF_VERDICT_BUSY ? ""
                               : one.seat.has_fingerprint      ? "host busy: streaming 1000x500@60 to c1"
                                                               : "host busy: streaming 1000x500@60 to c0");
    assert_string_equal(one.why, row->fate == STAYS      ? ""
                                 : row->relation == SAME ? "a newer session of this client takes over"
                                                         : "another device takes over");
    assert_int_equal(two.seat.state, row->verdict == PF_VERDICT_BUSY ? PF_SEAT_OUT : PF_SEAT_TAKEN);
    assert_int_equal(two.ended, 0);
    pf_seat_leave(&seats, &one.seat);
    pf_seat_leave(&seats, &two.seat);
}

static void every_policy_for_both_protocols(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        check_row(&table[i]);
    assert_int_equal(sizeof(table) / sizeof(table[0]), 4 * (3 * 3 + 2));
}

/* ---- what else is judged ---- */

static void displays_of_both_protocols_are_counted(void **state)
{
    (void)state;
    struct pf_display_policy policy = {.conflict = PF_CONFLICT_SEPARATE, .max_displays = 2};
    struct pf_seats seats;
    struct session one, moon, late, other_moon;
    pf_seats_init(&seats);
    make(&one, &seats, PF_SEAT_NATIVE, 1, 1000);
    make(&moon, &seats, PF_SEAT_GAMESTREAM, 2, 1000);
    make(&late, &seats, PF_SEAT_NATIVE, 3, 1000);
    make(&other_moon, &seats, PF_SEAT_GAMESTREAM, 4, 1000);
    enter(&one, &policy);
    enter(&moon, &policy);
    struct pf_judgement j = enter(&late, &policy);
    assert_int_equal(j.verdict, PF_VERDICT_FULL);
    assert_string_equal(j.why, "host display budget exhausted: 2 of 2 displays are in use");
    policy.conflict = PF_CONFLICT_JOIN;
    assert_int_equal(judge(&late, &policy), PF_VERDICT_FULL);
    assert_int_equal(judge(&other_moon, &policy), PF_VERDICT_JOIN); /* the other's display goes */
    assert_int_equal(judge(&one, &policy), PF_VERDICT_JOIN);        /* its own is not in its way */
    policy.conflict = PF_CONFLICT_STEAL;
    assert_int_equal(judge(&late, &policy), PF_VERDICT_STEAL);
    policy.conflict = PF_CONFLICT_SEPARATE;
    pf_seat_end(&seats, &moon.seat); /* neither what ends counts */
    assert_int_equal(judge(&late, &policy), PF_VERDICT_SEPARATE);
}

static void the_oldest_other_session_gives_the_mode(void **state)
{
    (void)state;
    const struct pf_display_policy join = {.conflict = PF_CONFLICT_JOIN, .max_displays = 8},
                                   separate = {.conflict = PF_CONFLICT_SEPARATE, .max_displays = 8};
    struct pf_seats seats;
    struct session own, moon, native, newcomer;
    pf_seats_init(&seats);
    make(&own, &seats, PF_SEAT_NATIVE, 1, 100);
    make(&moon, &seats, PF_SEAT_GAMESTREAM, 2, 200);
    make(&native, &seats, PF_SEAT_NATIVE, 3, 300);
    make(&newcomer, &seats, PF_SEAT_NATIVE, 1, 400);
    enter(&own, &separate);
    enter(&moon, &separate);
    enter(&native, &separate);
    moon.mode.width = 222; /* in force by now */
    assert_int_equal(enter(&newcomer, &join).joined.width, 222);
    pf_seat_end(&seats, &moon.seat);
    pf_seat_leave(&seats, &newcomer.seat);
    assert_int_equal(enter(&newcomer, &join).joined.width, 300);
}

static void test_frames_are_in_nobodys_way(void **state)
{
    (void)state;
    struct pf_display_policy policy = {.conflict = PF_CONFLICT_REJECT, .max_displays = 1};
    struct pf_seats seats;
    struct session test, more, moon;
    pf_seats_init(&seats);
    make(&test, &seats, PF_SEAT_NATIVE, 1, 100);
    make(&more, &seats, PF_SEAT_NATIVE, 2, 100);
    make(&moon, &seats, PF_SEAT_GAMESTREAM, 3, 100);
    test.seat.needs_display = more.seat.needs_display = false;
    enter(&test, &policy);
    assert_int_equal(enter(&moon, &policy).verdict, PF_VERDICT_SEPARATE);
    assert_int_equal(enter(&more, &policy).verdict, PF_VERDICT_SEPARATE);
    policy.conflict = PF_CONFLICT_STEAL;
    pf_seat_leave(&seats, &moon.seat);
    enter(&moon, &policy);
    assert_int_equal(test.ended + more.ended, 0);
}

/* A baseline client of punktfunk/1 may have two; a later one that comes by either protocol has one. */
static void who_replaces_himself_has_one_session(void **state)
{
    (void)state;
    const struct pf_display_policy policy = {.conflict = PF_CONFLICT_REJECT, .max_displays = 1};
    struct pf_seats seats;
    struct session one, two;
    for (int protocol = PF_SEAT_NATIVE; protocol <= PF_SEAT_GAMESTREAM; protocol++) {
        pf_seats_init(&seats);
        make(&one, &seats, (enum pf_seat_protocol)protocol, 1, 100);
        make(&two, &seats, PF_SEAT_NATIVE, 1, 100);
        enter(&one, &policy);
        assert_int_equal(judge(&two, &policy), PF_VERDICT_FULL); /* both cannot be there */
        two.seat.replaces_own = true;
        assert_int_equal(enter(&two, &policy).verdict, PF_VERDICT_SEPARATE);
        assert_int_equal(one.ended, 1);
    }
}

/* ---- waiting ---- */

static void a_thief_waits_for_those_it_ends(void **state)
{
    (void)state;
    const struct pf_display_policy separate = {.conflict = PF_CONFLICT_SEPARATE, .max_displays = 8},
                                   steal = {.conflict = PF_CONFLICT_STEAL, .max_displays = 8};
    for (int protocol = PF_SEAT_NATIVE; protocol <= PF_SEAT_GAMESTREAM; protocol++) {
        struct pf_seats seats;
        struct pf_judgement j;
        struct session one, moon, thief;
        pf_seats_init(&seats);
        make(&one, &seats, PF_SEAT_NATIVE, 0, 100);
        make(&moon, &seats, PF_SEAT_GAMESTREAM, 2, 100);
        make(&thief, &seats, (enum pf_seat_protocol)protocol, 3, 100);
        one.slow = moon.slow = true;
        enter(&one, &separate);
        enter(&moon, &separate);
        pf_seats_judge(&seats, &thief.seat, &steal, &j);
        pf_seat_claim(&seats, &thief.seat, &j, 5000, 1000);
        assert_int_equal(one.ended + moon.ended, 2);
        assert_true(pf_seat_must_wait(&seats, &thief.seat, 5999));
        assert_false(pf_seat_must_wait(&seats, &thief.seat, 6000)); /* who hangs does not lock others out */
        pf_seat_leave(&seats, &moon.seat);
        assert_int_equal(thief.woken, 0);
        assert_true(pf_seat_must_wait(&seats, &thief.seat, 5000));
        pf_seat_leave(&seats, &one.seat);
        pf_seat_leave(&seats, &one.seat);
        assert_int_equal(thief.woken, 1);
        assert_false(pf_seat_must_wait(&seats, &thief.seat, 5000));
        assert_int_equal(thief.seat.state, PF_SEAT_CLAIMED);
        assert_int_equal(judge(&moon, &(struct pf_display_policy){PF_CONFLICT_REJECT}), PF_VERDICT_SEPARATE);
        pf_seat_take(&seats, &thief.seat);
    }
}

static void who_comes_back_waits_for_its_ending_session(void **state)
{
    (void)state;
    const struct pf_display_policy policy = {.conflict = PF_CONFLICT_SEPARATE, .max_displays = 8};
    struct pf_seats seats;
    struct session one, again, other;
    pf_seats_init(&seats);
    make(&one, &seats, PF_SEAT_NATIVE, 1, 100);
    make(&again, &seats, PF_SEAT_NATIVE, 1, 100);
    make(&other, &seats, PF_SEAT_GAMESTREAM, 2, 100);
    enter(&one, &policy);
    pf_seat_end(&seats, &one.seat);
    enter(&again, &policy);
    enter(&other, &policy);
    assert_true(pf_seat_must_wait(&seats, &again.seat, 0));
    assert_false(pf_seat_must_wait(&seats, &other.seat, 0));
    pf_seat_leave(&seats, &one.seat);
    assert_int_equal(again.woken, 1);
}

static void who_gives_up_while_it_waits_is_out(void **state)
{
    (void)state;
    struct pf_seats seats;
    struct session one;
    const struct pf_judgement in = {.verdict = PF_VERDICT_SEPARATE};
    pf_seats_init(&seats);
    make(&one, &seats, PF_SEAT_NATIVE, 1, 100);
    pf_seat_end(&seats, &one.seat); /* knocked only */
    assert_int_equal(one.seat.state, PF_SEAT_OUT);
    pf_seat_claim(&seats, &one.seat, &in, 0, 1000);
    pf_seat_end(&seats, &one.seat);
    assert_int_equal(one.seat.state, PF_SEAT_OUT);
    assert_ptr_equal(seats.list.next, &seats.list);
}

/* ---- a long random walk: what always holds ---- */

enum { PEOPLE = 12 };

static void check_all(const struct session *p, const struct pf_display_policy *policy)
{
    unsigned moons = 0, taken = 0, own[PEOPLE] = {0};
    for (int i = 0; i < PEOPLE; i++) {
        if (p[i].seat.state != PF_SEAT_TAKEN)
            continue;
        taken++;
        moons += p[i].seat.protocol == PF_SEAT_GAMESTREAM;
        own[p[i].seat.fingerprint[0]]++;
    }
    assert_true(moons <= 1);
    assert_true(taken <= policy->max_displays);
    if (policy->conflict == PF_CONFLICT_STEAL || policy->conflict == PF_CONFLICT_REJECT)
        for (int i = 1; i < PEOPLE; i++)
            assert_true(!own[i] || own[i] == taken); /* one client plays */
}

static void random_walk(void **state)
{
    (void)state;
    uint32_t x = 2463534242u;
    for (int conflict = PF_CONFLICT_SEPARATE; conflict <= PF_CONFLICT_REJECT; conflict++) {
        const struct pf_display_policy policy = {
            .conflict = (enum pf_mode_conflict)conflict, .max_displays = 4};
        struct pf_seats seats;
        struct session p[PEOPLE];
        pf_seats_init(&seats);
        for (uint8_t i = 0; i < PEOPLE; i++) {
            make(&p[i], &seats, i % 3 ? PF_SEAT_NATIVE : PF_SEAT_GAMESTREAM, i / 2 + 1, 100);
            p[i].slow = i & 1;
        }
        for (int step = 0; step < 50000; step++) {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            struct session *s = &p[x % PEOPLE];
            if (x >> 8 & 1 && s->seat.state == PF_SEAT_OUT)
                enter(s, &policy);
            else if (x >> 9 & 1)
                pf_seat_end(&seats, &s->seat);
            else
                pf_seat_leave(&seats, &s->seat);
            check_all(p, &policy);
        }
        for (int i = 0; i < PEOPLE; i++)
            pf_seat_leave(&seats, &p[i].seat);
        assert_ptr_equal(seats.list.next, &seats.list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_for_both_protocols),
        cmocka_unit_test(displays_of_both_protocols_are_counted),
        cmocka_unit_test(the_oldest_other_session_gives_the_mode),
        cmocka_unit_test(test_frames_are_in_nobodys_way),
        cmocka_unit_test(who_replaces_himself_has_one_session),
        cmocka_unit_test(a_thief_waits_for_those_it_ends),
        cmocka_unit_test(who_comes_back_waits_for_its_ending_session),
        cmocka_unit_test(who_gives_up_while_it_waits_is_out),
        cmocka_unit_test(random_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
