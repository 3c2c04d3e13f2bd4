#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "trust/knocks.h"

#define S PF_NS_PER_S

struct connection {
    struct pf_knock_waiter waiter;
    int decided; /* how often */
    enum pf_knock_outcome outcome;
};

static void on_decided(struct pf_knock_waiter *w, enum pf_knock_outcome outcome)
{
    struct connection *c = (struct connection *)w;
    c->decided++;
    c->outcome = outcome;
}

static void park_as(
    struct pf_knocks *k, uint64_t now, unsigned device, unsigned address, struct connection *c)
{
    uint8_t fingerprint[32] = {(uint8_t)device, (uint8_t)(device >> 8), 1};
    struct pf_knock_address a = {{(uint8_t)address, (uint8_t)(address >> 8)}};
    *c = (struct connection){.waiter = {on_decided}};
    pf_knocks_park(k, now, fingerprint, "Device", &a, &c->waiter);
}

static const struct pf_knock *entry_of(const struct pf_knocks *k, unsigned device)
{
    const struct pf_knock *list;
    size_t n = pf_knocks_list(k, &list);
    for (size_t i = 0; i < n; i++)
        if (list[i].fingerprint[0] == (device & 0xff) && list[i].fingerprint[1] == device >> 8)
            return &list[i];
    return NULL;
}

static void approval_wakes_the_connection(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c, d;
    pf_knocks_init(&k);
    park_as(&k, 5 * S, 1, 1, &c);
    park_as(&k, 6 * S, 2, 1, &d);
    const struct pf_knock *e = entry_of(&k, 1);
    assert_int_equal(e->id, 0);
    assert_string_equal(e->name, "Device");
    uint8_t fingerprint[32];
    memcpy(fingerprint, e->fingerprint, 32);
    assert_true(pf_knocks_admit(&k, fingerprint));
    assert_int_equal(c.decided, 1);
    assert_int_equal(c.outcome, PF_KNOCK_ADMITTED);
    assert_int_equal(d.decided, 0);
    assert_false(pf_knocks_admit(&k, fingerprint));
    assert_null(pf_knocks_find(&k, 0));
    assert_non_null(pf_knocks_find(&k, 1));
}

static void denial_is_no_block_list(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c, d;
    pf_knocks_init(&k);
    park_as(&k, 0, 1, 1, &c);
    assert_true(pf_knocks_deny(&k, 0));
    assert_int_equal(c.outcome, PF_KNOCK_DENIED);
    assert_false(pf_knocks_deny(&k, 0));
    park_as(&k, 1 * S, 1, 1, &d);
    assert_int_equal(entry_of(&k, 1)->id, 1);
}

static void only_the_newest_connection_waits(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c, d;
    pf_knocks_init(&k);
    park_as(&k, 0, 7, 1, &c);
    park_as(&k, 3 * S, 7, 1, &d);
    assert_int_equal(c.outcome, PF_KNOCK_SUPERSEDED);
    assert_int_equal(d.decided, 0);
    assert_int_equal(entry_of(&k, 7)->id, 0);
    assert_int_equal(entry_of(&k, 7)->last_ns, 3 * S);
    /* The older one leaving late does not disturb the newer one. */
    pf_knocks_leave(&k, &c.waiter);
    pf_knocks_deny(&k, 0);
    assert_int_equal(d.outcome, PF_KNOCK_DENIED);
    assert_int_equal(c.decided, 1);
}

static void a_connection_that_left_is_not_called(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c;
    pf_knocks_init(&k);
    park_as(&k, 0, 1, 1, &c);
    pf_knocks_leave(&k, &c.waiter);
    assert_non_null(pf_knocks_find(&k, 0));
    pf_knocks_deny(&k, 0);
    assert_int_equal(c.decided, 0);
}

static void waiting_and_entries_end_in_time(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c;
    pf_knocks_init(&k);
    assert_true(pf_knocks_deadline(&k) == UINT64_MAX);
    park_as(&k, 100 * S, 1, 1, &c);
    assert_true(pf_knocks_deadline(&k) == 280 * S);
    pf_knocks_expire(&k, 280 * S - 1);
    assert_int_equal(c.decided, 0);
    pf_knocks_expire(&k, 280 * S);
    assert_int_equal(c.outcome, PF_KNOCK_TIMED_OUT);
    assert_non_null(pf_knocks_find(&k, 0));
    assert_true(pf_knocks_deadline(&k) == 700 * S);
    pf_knocks_expire(&k, 700 * S - 1);
    assert_non_null(pf_knocks_find(&k, 0));
    pf_knocks_expire(&k, 700 * S);
    assert_null(pf_knocks_find(&k, 0));
    assert_int_equal(c.decided, 1);
}

static void four_from_one_address(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c[5];
    pf_knocks_init(&k);
    for (unsigned i = 0; i < 4; i++)
        park_as(&k, i * S, i, 9, &c[i]);
    pf_knocks_leave(&k, &c[2].waiter); /* not parked: goes before older ones that are */
    park_as(&k, 10 * S, 4, 9, &c[4]);
    assert_null(entry_of(&k, 2));
    assert_non_null(entry_of(&k, 0));
    const struct pf_knock *list;
    assert_int_equal(pf_knocks_list(&k, &list), 4);
    /* All parked: the least recently active goes, and is told so. */
    struct connection more;
    park_as(&k, 11 * S, 5, 9, &more);
    assert_int_equal(c[0].outcome, PF_KNOCK_DENIED);
    assert_null(entry_of(&k, 0));
}

static void park_at(struct pf_knocks *k, unsigned device, const uint8_t address[16], struct connection *c)
{
    uint8_t fingerprint[32] = {(uint8_t)device, 0, 1};
    struct pf_knock_address a;
    memcpy(a.bytes, address, 16);
    *c = (struct connection){.waiter = {on_decided}};
    pf_knocks_park(k, device, fingerprint, "Device", &a, &c->waiter);
}

/* One subscriber has a whole IPv6 /64, but only one IPv4 address. */
static void a_network_is_one_address(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c[10];
    uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8}, four[16] = {[10] = 0xff, 0xff, 192, 168, 1};
    pf_knocks_init(&k);
    for (unsigned i = 0; i < 5; i++) {
        six[15] = (uint8_t)i;
        park_at(&k, i, six, &c[i]);
    }
    assert_null(entry_of(&k, 0));
    assert_int_equal(c[0].outcome, PF_KNOCK_DENIED);
    for (unsigned i = 5; i < 10; i++) {
        four[15] = (uint8_t)i;
        park_at(&k, i, four, &c[i]);
    }
    const struct pf_knock *list;
    assert_int_equal(pf_knocks_list(&k, &list), 9);
}

static void parked_connections_survive_a_flood(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection parked[3], flood[200];
    pf_knocks_init(&k);
    for (unsigned i = 0; i < 3; i++)
        park_as(&k, 0, 1000 + i, 50, &parked[i]);
    for (unsigned i = 0; i < 200; i++) {
        park_as(&k, i + 1, i, 100 + i, &flood[i]);
        pf_knocks_leave(&k, &flood[i].waiter);
        const struct pf_knock *list;
        assert_true(pf_knocks_list(&k, &list) <= PF_KNOCKS_MAX);
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(parked[i].decided, 0);
        assert_non_null(entry_of(&k, 1000 + i));
    }
    assert_null(entry_of(&k, 0));
    assert_non_null(entry_of(&k, 199));
}

static void moving_to_a_full_address_makes_room_there(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c[6];
    pf_knocks_init(&k);
    for (unsigned i = 0; i < 4; i++)
        park_as(&k, i, i, 1, &c[i]);
    park_as(&k, 10, 4, 2, &c[4]);
    park_as(&k, 20, 4, 1, &c[5]);
    assert_null(entry_of(&k, 0));
    assert_int_equal(entry_of(&k, 4)->address.bytes[0], 1);
    assert_int_equal(c[4].outcome, PF_KNOCK_SUPERSEDED);
}

/* A device that is refused may knock again from within the callback. */
struct reknocker {
    struct pf_knock_waiter waiter;
    struct pf_knocks *queue;
    struct connection again;
    int decided;
};

static void knock_again(struct pf_knock_waiter *w, enum pf_knock_outcome outcome)
{
    (void)outcome;
    struct reknocker *r = (struct reknocker *)w;
    r->decided++;
    park_as(r->queue, 700 * S, 1, 1, &r->again);
}

static void callbacks_may_call_back(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection other;
    pf_knocks_init(&k);
    struct reknocker r = {.waiter = {knock_again}, .queue = &k};
    uint8_t fingerprint[32] = {1, 0, 1};
    struct pf_knock_address a = {{1}};
    park_as(&k, 0, 2, 2, &other);
    pf_knocks_park(&k, 0, fingerprint, "R", &a, &r.waiter);
    pf_knocks_expire(&k, 700 * S);
    assert_int_equal(r.decided, 1);
    assert_non_null(entry_of(&k, 1));
    assert_int_equal(r.again.decided, 0);
    assert_null(entry_of(&k, 2));
}

static void clearing_tells_everyone(void **state)
{
    (void)state;
    struct pf_knocks k;
    struct connection c[3];
    pf_knocks_init(&k);
    for (unsigned i = 0; i < 3; i++)
        park_as(&k, 0, i, i, &c[i]);
    pf_knocks_clear(&k);
    const struct pf_knock *list;
    assert_int_equal(pf_knocks_list(&k, &list), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(c[i].decided, 1);
}

static void check_invariants(const struct pf_knocks *k)
{
    const struct pf_knock *list;
    size_t n = pf_knocks_list(k, &list);
    assert_true(n <= PF_KNOCKS_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t same = 0;
        for (size_t j = 0; j < n; j++) {
            same += memcmp(list[i].address.bytes, list[j].address.bytes, 16) == 0;
            assert_true(i == j || memcmp(list[i].fingerprint, list[j].fingerprint, 32) != 0);
        }
        assert_true(same <= PF_KNOCKS_PER_ADDRESS);
        assert_true(i == 0 || list[i - 1].id < list[i].id);
    }
}

/* Random walk: the bounds hold at every step, and each connection is told exactly once unless it left. */
static void walk(void **state)
{
    (void)state;
    enum { STEPS = 20000 };
    struct pf_knocks k;
    static struct connection c[STEPS];
    static bool left[STEPS];
    uint64_t now = 0;
    unsigned used = 0;
    pf_knocks_init(&k);
    srandom(7);
    for (int step = 0; step < STEPS; step++) {
        now += (uint64_t)(random() % 20) * S;
        switch (random() % 8) {
        case 0:
            pf_knocks_deny(&k, (uint32_t)random() % (k.next_id + 1));
            break;
        case 1:
            pf_knocks_expire(&k, now);
            assert_true(pf_knocks_deadline(&k) > now);
            break;
        case 2:
            if (used) {
                unsigned i = used - 1 - (unsigned)random() % (used < 40 ? used : 40);
                if (c[i].decided == 0) {
                    pf_knocks_leave(&k, &c[i].waiter);
                    left[i] = true;
                }
            }
            break;
        case 3: {
            uint8_t fingerprint[32] = {(uint8_t)(random() % 60), 0, 1};
            pf_knocks_admit(&k, fingerprint);
            break;
        }
        default:
            park_as(&k, now, (unsigned)random() % 60, (unsigned)random() % 12, &c[used++]);
        }
        check_invariants(&k);
    }
    pf_knocks_clear(&k);
    for (unsigned i = 0; i < used; i++)
        assert_int_equal(c[i].decided, left[i] ? 0 : 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approval_wakes_the_connection),
        cmocka_unit_test(denial_is_no_block_list),
        cmocka_unit_test(only_the_newest_connection_waits),
        cmocka_unit_test(a_connection_that_left_is_not_called),
        cmocka_unit_test(waiting_and_entries_end_in_time),
        cmocka_unit_test(four_from_one_address),
        cmocka_unit_test(a_network_is_one_address),
        cmocka_unit_test(parked_connections_survive_a_flood),
        cmocka_unit_test(moving_to_a_full_address_makes_room_there),
        cmocka_unit_test(callbacks_may_call_back),
        cmocka_unit_test(clearing_tells_everyone),
        cmocka_unit_test(walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
