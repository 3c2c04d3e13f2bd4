#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "punktfunk/wire.h"

static const uint8_t fingerprint[32] = {0xde, 0xad, 0xbe, 0xef};

static void names_are_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } table[] = {
        {"Phone", "Phone"},
        {"  My \t\r\n Phone  ", "My Phone"},
        {"a\x01\x02"
         "b\x7f",
            "ab"},
        {"", "device deadbeef"},
        {" \n\t", "device deadbeef"},
        {"\u202e\u200f", "device deadbeef"},
        {"x\u202ay\u202bz\u2066w\u2069", "xyzw"},
        {"p\u061cq\ufeffr\u200fs", "pqrs"},
        {"caf\u00e9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c"},
        {"a\u00a0\u3000b", "a b"},
        {"bad\xff\xc3(utf", "bad(utf"},
        {"\xc0\x80over\xe0\x80\x80long", "overlong"},
        {"\xed\xa0\x80surrogate", "surrogate"},
        {"cut\xe6\x97", "cut"},
        {"\U0001f3ae pad", "\U0001f3ae pad"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char name[PF_NAME_MAX + 1];
        pf_name_sanitise(table[i].in, strlen(table[i].in), fingerprint, name);
        assert_string_equal(name, table[i].out);
    }
}

static void embedded_nul_does_not_end_the_name(void **state)
{
    (void)state;
    char name[PF_NAME_MAX + 1];
    pf_name_sanitise("ab\0cd", 5, fingerprint, name);
    assert_string_equal(name, "abcd");
}

static void long_names_end_on_a_character(void **state)
{
    (void)state;
    char in[200], name[PF_NAME_MAX + 1];
    for (size_t i = 0; i < 63; i++)
        in[i] = 'a';
    memcpy(in + 63, "\u00e9tail", 6);
    pf_name_sanitise(in, 69, fingerprint, name);
    assert_int_equal(strlen(name), 63);

    memset(in, 'b', sizeof(in));
    pf_name_sanitise(in, sizeof(in), fingerprint, name);
    assert_int_equal(strlen(name), PF_NAME_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_cleaned),
        cmocka_unit_test(embedded_nul_does_not_end_the_name),
        cmocka_unit_test(long_names_end_on_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
