#include "client/discover.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FINGERPRINT "60a3fc80cd8d087bc8168f6570269dc500863b337424a07aa71b9a104dc25c7f"

static void make_hosts(struct pf_found_host hosts[2])
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9777)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9778)};
    inet_pton(AF_INET, "192.168.1.20", &four.sin_addr);
    inet_pton(AF_INET6, "fd00::1", &six.sin6_addr);
    memset(hosts, 0, 2 * sizeof(*hosts));
    hosts[0].advert = (struct pf_advert){.name = "den",
        .host = "den.local",
        .port = 9777,
        .fingerprint = FINGERPRINT,
        .pairing_required = true,
        .id = "me",
        .mgmt_port = 47990,
        .macs = {"aa:bb:cc:dd:ee:ff", "11:22:33:44:55:66"},
        .os = "linux/debian"};
    memcpy(&hosts[0].address, &four, sizeof(four));
    hosts[1].advert = (struct pf_advert){.name = "bare", .host = "bare.local", .port = 9778};
    memcpy(&hosts[1].address, &six, sizeof(six));
}

static char *printed(size_t count, bool json)
{
    struct pf_found_host hosts[2];
    char *text = NULL;
    size_t len;
    make_hosts(hosts);
    FILE *out = open_memstream(&text, &len);
    probe_discover_print(out, hosts, count, json);
    fclose(out);
    return text;
}

static void as_json(void **state)
{
    char *text = printed(2, true);
    json_t *found = json_loads(text, 0, NULL);
    json_t *expected = json_pack("{s:[{s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:[s, s], s:s},"
                                 "{s:s, s:s, s:s, s:i, s:n, s:s, s:n, s:n, s:[], s:n}]}",
        "hosts", "name", "den", "target", "den.local", "address", "192.168.1.20", "port", 9777, "fingerprint",
        FINGERPRINT, "pair", "required", "mgmt", 47990, "id", "me", "mac", "aa:bb:cc:dd:ee:ff",
        "11:22:33:44:55:66", "os", "linux/debian", "name", "bare", "target", "bare.local", "address",
        "fd00::1", "port", 9778, "fingerprint", "pair", "optional", "mgmt", "id", "mac", "os");
    assert_non_null(expected);
    if (!json_equal(found, expected))
        fail_msg("%s", text);
    json_decref(found);
    json_decref(expected);
    free(text);
}

static void as_a_table(void **state)
{
    char *text = printed(2, false);
    assert_non_null(strstr(text, "NAME"));
    assert_non_null(strstr(text, "192.168.1.20:9777"));
    assert_non_null(strstr(text, FINGERPRINT));
    assert_non_null(strstr(text, "aa:bb:cc:dd:ee:ff,11:22:33:44:55:66\n"));
    assert_non_null(strstr(text, "[fd00::1]:9778"));
    free(text);
}

static void nothing(void **state)
{
    char *text = printed(0, true);
    assert_string_equal(text, "{\"hosts\":[]}\n");
    free(text);
    text = printed(0, false);
    assert_non_null(strstr(text, "no host"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_json),
        cmocka_unit_test(as_a_table),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
