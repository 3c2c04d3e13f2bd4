#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mgmt/room.h"
#include "net/address.h"

static struct sockaddr_storage present[PF_MGMT_CONNECTIONS_MAX];
static unsigned count;

/* True if it was let in; then it is there. */
static bool comes(const char *text)
{
    struct sockaddr_storage a;
    struct pf_mgmt_room room = {0};
    assert_int_equal(pf_address_parse(text, 1, &a, NULL), 0);
    for (unsigned i = 0; i < count; i++)
        pf_mgmt_room_count(&room, (struct sockaddr *)&present[i], (struct sockaddr *)&a);
    if (!pf_mgmt_room_is_there(&room, (struct sockaddr *)&a))
        return false;
    assert_true(count < PF_MGMT_CONNECTIONS_MAX);
    present[count++] = a;
    return true;
}

static int empty(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

static void a_crowd_of_other_machines_leaves_room_for_this_one(void **state)
{
    (void)state;
    char text[64];
    unsigned in = 0;
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(text, sizeof(text), i % 2 ? "10.0.%u.%u" : "2001:db8:%x:%x::1", i >> 8, i & 255);
        in += comes(text);
    }
    assert_int_equal(in, 192);
    for (unsigned i = 0; i < 64; i++)
        assert_true(comes(i % 3 == 0 ? "127.0.0.1" : i % 3 == 1 ? "::1" : "::ffff:127.0.0.1"));
    assert_false(comes("127.0.0.2")); /* 256 */
    assert_int_equal(count, 256);
}

static void one_network_gets_a_quarter(void **state)
{
    (void)state;
    char text[64];
    for (unsigned i = 0; i < 80; i++) {
        snprintf(text, sizeof(text), "2001:db8::%x", i);
        assert_int_equal(comes(text), i < 64);
    }
    assert_true(comes("2001:db8:0:1::1"));
    for (unsigned i = 0; i < 80; i++)
        assert_int_equal(comes("10.0.0.1"), i < 64);
    assert_true(comes("10.0.0.2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_crowd_of_other_machines_leaves_room_for_this_one, empty),
        cmocka_unit_test_setup(one_network_gets_a_quarter, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
