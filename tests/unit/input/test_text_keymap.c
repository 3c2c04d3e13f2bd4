/* Keymaps for text, read back by the library that compositors and programs use. */
#include "input/wlr/text_keymap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#include <cmocka.h>

static struct xkb_context *context;

static int setup(void **state)
{
    context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
    return context ? 0 : -1;
}

static int teardown(void **state)
{
    xkb_context_unref(context);
    return 0;
}

static void expect_characters(const uint32_t *characters, size_t count)
{
    char *text = pf_text_keymap_make(characters, count);
    struct xkb_keymap *keymap =
        xkb_keymap_new_from_string(context, text, XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);
    assert_non_null(keymap);
    struct xkb_state *s = xkb_state_new(keymap);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(xkb_state_key_get_utf32(s, pf_text_keymap_code(i) + 8), characters[i]);
    xkb_state_unref(s);
    xkb_keymap_unref(keymap);
    free(text);
}

static void every_kind_of_character_has_a_key(void **state)
{
    const uint32_t some[] = {
        'A', 0xE4, 0x301, 0x20AC, 0x4E2D, 0xFF21, 0x1F600, 0x1F1E9, 0x10FFFD, 0x200D, '\t'};
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
        assert_true(pf_text_keymap_can(some[i]));
    expect_characters(some, sizeof(some) / sizeof(some[0]));
}

static void two_hundred_fit(void **state)
{
    uint32_t many[PF_TEXT_KEYS];
    for (uint32_t i = 0; i < PF_TEXT_KEYS; i++)
        many[i] = 0x4E00 + 7 * i;
    expect_characters(many, PF_TEXT_KEYS);
    assert_in_range(pf_text_keymap_code(PF_TEXT_KEYS - 1), 200, 247);
}

/* Whatever passes must be readable: a compositor that cannot read a keymap ends the connection. */
static void what_passes_can_be_read(void **state)
{
    uint32_t some[PF_TEXT_KEYS];
    size_t n = 0;
    for (uint32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 4093) {
        if (!pf_text_keymap_can(c) || c == '\n' || c == '\r')
            continue;
        some[n++] = c;
        if (n == PF_TEXT_KEYS) {
            expect_characters(some, n);
            n = 0;
        }
    }
    expect_characters(some, n);
}

static void what_is_no_text_has_none(void **state)
{
    const uint32_t none[] = {0, 1, 7, 0x80, 0x9F, 0xD800, 0xDFFF, 0xFFFE, 0x10FFFF, 0x110000};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(pf_text_keymap_can(none[i]));
}

static void no_key_is_used_twice(void **state)
{
    bool used[256] = {0};
    for (size_t i = 0; i < PF_TEXT_KEYS; i++) {
        uint32_t code = pf_text_keymap_code(i);
        assert_true(code < 248 && !used[code] && code != 28 && code != 42);
        used[code] = true;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_character_has_a_key),
        cmocka_unit_test(two_hundred_fit),
        cmocka_unit_test(what_passes_can_be_read),
        cmocka_unit_test(what_is_no_text_has_none),
        cmocka_unit_test(no_key_is_used_twice),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
