#include "net/path_mtu.h"

#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static int ask(const char *local, const char *peer)
{
    struct sockaddr_storage a, b;
    assert_int_equal(pf_address_parse(local, 1, &a, NULL), 0);
    assert_int_equal(pf_address_parse(peer, 9, &b, NULL), 0);
    return pf_path_mtu(&a, &b);
}

/* An IPv4 packet ends at 65535 bytes, whatever the interface would take. */
static int loopback_mtu(int most)
{
    int mtu = 0;
    FILE *f = fopen("/sys/class/net/lo/mtu", "r");
    if (!f || fscanf(f, "%d", &mtu) != 1)
        mtu = 65536;
    if (f)
        fclose(f);
    return mtu < most ? mtu : most;
}

static void the_interface_sets_it(void **state)
{
    assert_int_equal(ask("127.0.0.1", "127.0.0.1"), loopback_mtu(65535));
    assert_int_equal(ask("0.0.0.0", "127.0.0.2"), loopback_mtu(65535));
    int six = ask("::1", "::1");
    if (six >= 0) /* not every machine has IPv6 */
        assert_int_equal(six, loopback_mtu(65575));
}

static void an_address_that_is_not_ours_is_an_error(void **state)
{
    assert_true(ask("192.0.2.1", "127.0.0.1") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interface_sets_it),
        cmocka_unit_test(an_address_that_is_not_ours_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
