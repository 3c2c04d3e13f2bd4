/* Names, the TXT record and hardware addresses. */
#include "base/hex.h"
#include "net/advert.h"
#include "net/wake.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/pf-advert-XXXXXX";

/* Writes <folder>/<name>, making the folders on the way. */
static const char *put(const char *name, const char *content)
{
    static char path[300];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (char *p = path + strlen(folder) + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = 0;
        mkdir(path, 0700);
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    fclose(f);
    return path;
}

/* ---- the TXT record ---- */

static json_t *load_vector(void)
{
    json_t *all = json_load_file(VECTORS_DIR "/control.json", 0, NULL);
    assert_non_null(all);
    json_t *mdns = json_incref(json_object_get(all, "mdns"));
    json_decref(all);
    assert_non_null(mdns);
    return mdns;
}

static struct pf_advert example(void)
{
    return (struct pf_advert){.name = "den",
        .host = "den",
        .port = 9777,
        .fingerprint = "60a3fc80cd8d087bc8168f6570269dc500863b337424a07aa71b9a104dc25c7f",
        .pairing_required = true,
        .id = "0123456789abcdef0123456789abcdef",
        .mgmt_port = 47990,
        .macs = {"aa:bb:cc:dd:ee:ff", "11:22:33:44:55:66"}};
}

static void writes_the_vector(void **state)
{
    json_t *mdns = load_vector();
    const struct pf_advert a = example();
    uint8_t txt[PF_ADVERT_TXT_SIZE];
    char hex[2 * PF_ADVERT_TXT_SIZE + 1];
    pf_hex_encode(txt, pf_advert_write_txt(&a, txt), hex);
    assert_string_equal(hex, json_string_value(json_object_get(mdns, "txt_rdata_hex")));
    json_decref(mdns);
}

static void reads_what_it_writes(void **state)
{
    struct pf_advert a = example(), b;
    uint8_t txt[PF_ADVERT_TXT_SIZE];
    strcpy(a.os, "linux/debian");
    a.pairing_required = false;
    assert_int_equal(pf_advert_read_txt(txt, pf_advert_write_txt(&a, txt), &b), 0);
    assert_string_equal(b.fingerprint, a.fingerprint);
    assert_false(b.pairing_required);
    assert_string_equal(b.id, a.id);
    assert_int_equal(b.mgmt_port, a.mgmt_port);
    assert_memory_equal(b.macs, a.macs, sizeof(a.macs));
    assert_string_equal(b.os, a.os);
}

static void omits_what_there_is_not(void **state)
{
    const struct pf_advert a = {0};
    static const char expected[] = "\x11proto=punktfunk/1\x0dpair=optional";
    uint8_t txt[PF_ADVERT_TXT_SIZE];
    assert_int_equal(pf_advert_write_txt(&a, txt), sizeof(expected) - 1);
    assert_memory_equal(txt, expected, sizeof(expected) - 1);
}

static void has_room_for_the_longest(void **state)
{
    struct pf_advert a = example(), b;
    uint8_t txt[PF_ADVERT_TXT_SIZE];
    memset(a.id, 'i', sizeof(a.id) - 1);
    memset(a.os, 'o', sizeof(a.os) - 1);
    for (size_t i = 0; i < PF_ADVERT_MACS; i++)
        snprintf(a.macs[i], sizeof(a.macs[i]), "00:00:00:00:00:0%zu", i + 1);
    assert_int_equal(pf_advert_read_txt(txt, pf_advert_write_txt(&a, txt), &b), 0);
    assert_string_equal(b.os, a.os); /* the last one */
}

static int read_text(const char *strings, struct pf_advert *ret)
{
    uint8_t txt[600];
    size_t len = 0;
    while (*strings) {
        size_t n = strcspn(strings, "\n");
        txt[len++] = (uint8_t)n;
        memcpy(txt + len, strings, n);
        len += n;
        strings += n + (strings[n] == '\n');
    }
    return pf_advert_read_txt(txt, len, ret);
}

static void ignores_nonsense(void **state)
{
    struct pf_advert a;
    assert_int_equal(
        read_text("fp=60A3\nmgmt=70000\nmac=zz:bb:cc:dd:ee:ff,11:22:33:44:55:66,\npair\n=x\nnew=1", &a), 0);
    assert_string_equal(a.fingerprint, "");
    assert_int_equal(a.mgmt_port, 0);
    assert_string_equal(a.macs[0], "11:22:33:44:55:66");
    assert_string_equal(a.macs[1], "");
    assert_true(a.pairing_required);
    assert_int_equal(read_text("ID=a\033[31m\nPROTO=\nos=0123456789012345678901234567890123456789", &a), 0);
    assert_string_equal(a.id, "a?[31m");
    assert_string_equal(a.os, "");
}

static void refuses_another_protocol(void **state)
{
    struct pf_advert a = {.port = 7};
    assert_int_equal(read_text("proto=punktfunk/2", &a), -EPROTO);
    assert_int_equal(pf_advert_read_txt((const uint8_t *)"\x05pair", 5, &a), -EBADMSG);
    assert_int_equal(a.port, 7);
}

/* ---- names ---- */

static void cleans_names(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {{"den", "den"}, {"Wohnzimmer öäü", "Wohnzimmer öäü"}, {"a\tb\x7f", "a?b?"},
        {"\xc2\x85x", "??x"}, {"\xff\xfe", "??"}, {"\xc0\xaf", "??"},
        {"\xe2\x80\xae"
         "evil",
            "???evil"},
        {"\xe2\x82", "??"}, {"🎮", "🎮"}};
    char out[PF_ADVERT_NAME_SIZE];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(pf_advert_clean(cases[i].from, strlen(cases[i].from), out), cases[i].to);
    char many[121] = "x";
    for (size_t i = 1; i < 60; i++)
        memcpy(many + 2 * i - 1, "ü", 3);
    pf_advert_clean(many, strlen(many), out);
    assert_int_equal(strlen(out), 63); /* 1 + 31 × 2: no half characters */
    many[119] = 0;
    pf_advert_clean(many + 1, strlen(many + 1), out);
    assert_int_equal(strlen(out), 62);
}

static void makes_targets(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {{"den", "den"}, {"Living Room", "Living-Room"}, {"--.den.lan.-", "den.lan"},
        {"", "punktfunk-host"}, {"...", "punktfunk-host"}, {"日本", "punktfunk-host"},
        {"Jörg's PC", "J-rg-s-PC"}, {"a_b", "a-b"}};
    char out[PF_ADVERT_NAME_SIZE], longer[101];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(pf_advert_target(cases[i].from, out), cases[i].to);
    memset(longer, 'x', 100);
    longer[100] = 0;
    longer[62] = '!'; /* the last of 63 becomes a hyphen and goes */
    assert_int_equal(strlen(pf_advert_target(longer, out)), 62);
}

static void names_the_system(void **state)
{
    char out[32];
    assert_string_equal(pf_advert_os("/nonexistent", out), "linux");
    assert_string_equal(
        pf_advert_os(put("a", "NAME=\"Arch Linux\"\nID=arch\nID_LIKE=x\n"), out), "linux/arch");
    assert_string_equal(pf_advert_os(put("b", "ID=\"opensuse-leap\"\n"), out), "linux/opensuse-leap");
    assert_string_equal(pf_advert_os(put("c", "ID=a;b\n"), out), "linux");
    assert_string_equal(pf_advert_os(put("d", "ID=\n"), out), "linux");
}

/* ---- hardware addresses ---- */

static void card(const char *name, const char *type, const char *address, const char *device)
{
    char path[100];
    snprintf(path, sizeof(path), "net/%s/type", name);
    put(path, type);
    snprintf(path, sizeof(path), "net/%s/address", name);
    put(path, address);
    snprintf(path, sizeof(path), "net/%s/device", name);
    if (device)
        put(path, device);
}

static void chooses_the_cards_that_wake(void **state)
{
    char root[100], macs[PF_ADVERT_MACS][PF_ADVERT_MAC_SIZE];
    card("lo", "772\n", "00:00:00:00:00:00\n", NULL);
    card("docker0", "1\n", "02:42:00:00:00:01\n", NULL); /* no hardware */
    card("eth0", "1\n", "AA:BB:CC:00:00:01\n", "");
    card("eth1", "1\n", "aa:bb:cc:00:00:02\n", "");
    card("eth2", "1\n", "00:00:00:00:00:00\n", "");
    card("eth3", "1\n", "aa:bb:cc:00:00:01\n", ""); /* a double */
    card("ib0", "32\n", "80:00:00:00:fe:80:00:00:00:00:00:00:00:00:00:01:00:00:00:01\n", "");
    card("tun0", "65534\n", "\n", NULL);
    card("wlan0", "1\n", "aa:bb:cc:00:00:03\n", "");
    snprintf(root, sizeof(root), "%s/net", folder);

    assert_int_equal(pf_wake_addresses(root, "wlan0", macs), 3);
    assert_string_equal(macs[0], "aa:bb:cc:00:00:03");
    assert_string_equal(macs[1], "aa:bb:cc:00:00:01");
    assert_string_equal(macs[2], "aa:bb:cc:00:00:02");
    assert_string_equal(macs[3], "");

    assert_int_equal(pf_wake_addresses(root, "tun0", macs), 3); /* a VPN wakes nobody */
    assert_int_equal(pf_wake_addresses(root, "docker0", macs), 4);
    assert_string_equal(macs[0], "02:42:00:00:00:01"); /* a bridge over the card */

    card("wlan1", "1\n", "aa:bb:cc:00:00:04\n", "");
    card("wlan2", "1\n", "aa:bb:cc:00:00:05\n", "");
    assert_int_equal(pf_wake_addresses(root, "", macs), 4);
    assert_int_equal(pf_wake_addresses("/nonexistent", NULL, macs), 0);
    assert_string_equal(macs[0], "");
}

static void finds_the_interface_of_an_address(void **state)
{
    char name[32] = "x";
    pf_wake_interface_of("203.0.113.77", name, sizeof(name));
    assert_string_equal(name, "");
    pf_wake_interface_of("nonsense", name, sizeof(name));
    assert_string_equal(name, "");
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[100];
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_vector),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(omits_what_there_is_not),
        cmocka_unit_test(has_room_for_the_longest),
        cmocka_unit_test(ignores_nonsense),
        cmocka_unit_test(refuses_another_protocol),
        cmocka_unit_test(cleans_names),
        cmocka_unit_test(makes_targets),
        cmocka_unit_test(names_the_system),
        cmocka_unit_test(chooses_the_cards_that_wake),
        cmocka_unit_test(finds_the_interface_of_an_address),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
