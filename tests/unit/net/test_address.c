#include "net/address.h"
#include "net/exposure.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void what_is_read_is_written_back(void **state)
{
    static const struct {
        const char *text, *full, *ip;
    } cases[] = {
        {"10.0.0.5", "10.0.0.5:9777", "10.0.0.5"},
        {"10.0.0.5:1", "10.0.0.5:1", "10.0.0.5"},
        {"255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255"},
        {"::1", "[::1]:9777", "::1"},
        {"[::1]", "[::1]:9777", "::1"},
        {"[2001:DB8::7]:47990", "[2001:db8::7]:47990", "2001:db8::7"},
        {"::ffff:10.0.0.5", "[::ffff:10.0.0.5]:9777", "::ffff:10.0.0.5"},
        {"[fe80::1%lo]:5", "[fe80::1%lo]:5", "fe80::1%lo"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sockaddr_storage a;
        char out[PF_ADDRESS_TEXT];
        assert_int_equal(pf_address_parse(cases[i].text, 9777, &a, NULL), 0);
        assert_string_equal(pf_address_format((struct sockaddr *)&a, out), cases[i].full);
        assert_string_equal(pf_address_format_ip((struct sockaddr *)&a, out), cases[i].ip);
    }
}

static void anything_else_is_refused_and_named(void **state)
{
    static const char *const cases[] = {"", "localhost", "10.0.0", "10.0.0.5:", "10.0.0.5:0",
        "10.0.0.5:65536", "10.0.0.5:99999999999", "10.0.0.5:+1", "10.0.0.5: 1", "10.0.0.5 ", "[::1", "[::1]x",
        "[::1]:", "[]", "[]:1", "[10.0.0.5]:1", ":9777", "1:2:3", "0x7f.1", "[fe80::1%no-such-interface]",
        "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sockaddr_storage a = {.ss_family = 77};
        struct pf_error err = {0};
        assert_int_equal(pf_address_parse(cases[i], 9777, &a, &err), -EINVAL);
        assert_int_equal(a.ss_family, 77);
        assert_non_null(strstr(err.text, "is not a numeric address"));
    }
}

static struct sockaddr_storage read_address(const char *text)
{
    struct sockaddr_storage a;
    assert_int_equal(pf_address_parse(text, 1, &a, NULL), 0);
    return a;
}

static bool same(const char *x, const char *y, bool with_port)
{
    struct sockaddr_storage a = read_address(x), b = read_address(y);
    const struct sockaddr *p = (struct sockaddr *)&a, *q = (struct sockaddr *)&b;
    return with_port ? pf_address_equal(p, q) : pf_address_same_ip(p, q);
}

static void comparison_knows_mapped_addresses(void **state)
{
    assert_true(same("10.0.0.5:1", "10.0.0.5:2", false));
    assert_false(same("10.0.0.5:1", "10.0.0.5:2", true));
    assert_true(same("10.0.0.5:2", "[::ffff:10.0.0.5]:2", true));
    assert_false(same("10.0.0.5", "10.0.0.6", false));
    assert_false(same("::1", "127.0.0.1", false));
    assert_false(same("::1", "::2", false));
    assert_true(same("::1", "[::1]:1", true));
    struct sockaddr_storage local = {.ss_family = AF_UNIX}, ip = read_address("::1");
    char out[PF_ADDRESS_TEXT];
    assert_false(pf_address_same_ip((struct sockaddr *)&local, (struct sockaddr *)&ip));
    assert_string_equal(pf_address_format((struct sockaddr *)&local, out), "unknown");
    assert_int_equal(pf_address_port((struct sockaddr *)&local), 0);
}

static bool near(const char *x, const char *y)
{
    struct sockaddr_storage a = read_address(x), b = read_address(y);
    return pf_address_same_network((struct sockaddr *)&a, (struct sockaddr *)&b);
}

static void a_network_is_an_ipv4_address_or_an_ipv6_64(void **state)
{
    assert_true(near("10.0.0.5:1", "10.0.0.5:2"));
    assert_true(near("10.0.0.5", "::ffff:10.0.0.5"));
    assert_false(near("10.0.0.5", "10.0.0.6"));
    assert_false(near("::ffff:10.0.0.5", "::ffff:10.0.0.6"));
    assert_true(near("2001:db8::1", "[2001:db8::ffff:1]:7"));
    assert_false(near("2001:db8::1", "2001:db8:0:1::1"));
    assert_false(near("::1", "10.0.0.5"));
}

static void ports_can_be_changed(void **state)
{
    struct sockaddr_storage a = read_address("10.0.0.5:1"), b = read_address("[::1]:1");
    pf_address_set_port(&a, 513);
    pf_address_set_port(&b, 514);
    assert_int_equal(pf_address_port((struct sockaddr *)&a), 513);
    assert_int_equal(pf_address_port((struct sockaddr *)&b), 514);
}

static bool is_public(const char *text)
{
    struct sockaddr_storage a = read_address(text);
    return pf_address_is_public((struct sockaddr *)&a);
}

static void public_addresses_are_known(void **state)
{
    static const char *const private[] = {"127.0.0.1", "10.255.0.1", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.1.1", "100.64.0.1", "100.127.255.255", "0.0.0.0", "::", "::1", "fe80::1",
        "fec0::1", "fc00::1", "fd77::1", "::ffff:10.0.0.1"};
    static const char *const public[] = {"8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.63.0.1",
        "100.128.0.1", "203.0.113.5", "11.0.0.1", "2001:db8::1", "2a00::1", "::ffff:8.8.8.8", "fe00::1"};
    for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
        if (is_public(private[i]))
            fail_msg("%s is not public", private[i]);
    for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++)
        if (!is_public(public[i]))
            fail_msg("%s is public", public[i]);
    struct sockaddr_storage one = read_address("203.0.113.5"), home = read_address("127.0.0.1"), found;
    assert_int_equal(pf_exposure_find((struct sockaddr *)&one, &found), 1);
    assert_true(pf_address_same_ip((struct sockaddr *)&one, (struct sockaddr *)&found));
    assert_int_equal(pf_exposure_find((struct sockaddr *)&home, &found), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_back),
        cmocka_unit_test(anything_else_is_refused_and_named),
        cmocka_unit_test(comparison_knows_mapped_addresses),
        cmocka_unit_test(a_network_is_an_ipv4_address_or_an_ipv6_64),
        cmocka_unit_test(ports_can_be_changed),
        cmocka_unit_test(public_addresses_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
