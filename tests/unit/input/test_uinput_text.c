/* Characters as strokes of the layouts that are installed. */
#include "input/uinput/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct pf_layout layout;

static void use(const char *name)
{
    pf_layout_finish(&layout);
    setenv("XKB_DEFAULT_LAYOUT", name, 1);
    assert_int_equal(pf_layout_init(&layout), 0);
}

static int teardown(void **state)
{
    pf_layout_finish(&layout);
    return 0;
}

static struct pf_uinput_state holding(uint32_t code)
{
    struct pf_uinput_state s = {.area = {0, 0, 1, 1, 1, 1}};
    s.keys[code / 64] |= UINT64_C(1) << code % 64;
    return s;
}

/* Wanted: codes; negative ones are releases. */
#define EXPECT(state, character, ...)                                                                        \
    expect(state, character, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static void expect(struct pf_uinput_state state, uint32_t character, const int *wanted, size_t count)
{
    struct pf_uinput_strokes s = pf_uinput_text(&layout, &state, character);
    assert_int_equal(s.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(s.strokes[i].code, abs(wanted[i]));
        assert_int_equal(s.strokes[i].down, wanted[i] > 0);
    }
}

#define TAP(code)   (code), -(code)
#define NUMBER(...) KEY_LEFTCTRL, KEY_LEFTSHIFT, TAP(KEY_U), __VA_ARGS__, -KEY_LEFTSHIFT, -KEY_LEFTCTRL

static const struct pf_uinput_state nothing = {.area = {0, 0, 1, 1, 1, 1}};

static void what_the_layout_has_is_a_key(void **state)
{
    use("us");
    EXPECT(nothing, 'a', TAP(KEY_A));
    EXPECT(nothing, 'A', KEY_LEFTSHIFT, TAP(KEY_A), -KEY_LEFTSHIFT);
    EXPECT(nothing, '!', KEY_LEFTSHIFT, TAP(KEY_1), -KEY_LEFTSHIFT);
    EXPECT(nothing, '\n', TAP(KEY_ENTER));
    EXPECT(nothing, '\t', TAP(KEY_TAB));
    use("de");
    EXPECT(nothing, 'y', TAP(KEY_Z));
    EXPECT(nothing, 0xE4, TAP(KEY_APOSTROPHE));
    EXPECT(nothing, '@', KEY_RIGHTALT, TAP(KEY_Q), -KEY_RIGHTALT);
}

static void anything_else_is_its_number(void **state)
{
    use("us");
    EXPECT(nothing, 0xE4, NUMBER(TAP(KEY_E), TAP(KEY_4)));
    EXPECT(nothing, 0x1F642, NUMBER(TAP(KEY_1), TAP(KEY_F), TAP(KEY_6), TAP(KEY_4), TAP(KEY_2)));
    EXPECT(nothing, 0x10FFFD, NUMBER(TAP(KEY_1), TAP(KEY_0), TAP(KEY_F), TAP(KEY_F), TAP(KEY_F), TAP(KEY_D)));
    use("fr"); /* its digits need Shift, its A lies elsewhere */
    EXPECT(nothing, 0x4E1A, NUMBER(TAP(KEY_4), TAP(KEY_E), TAP(KEY_1), TAP(KEY_Q)));
}

static void what_is_held_does_not_change_it(void **state)
{
    use("us");
    EXPECT(holding(KEY_LEFTSHIFT), 'a', -KEY_LEFTSHIFT, TAP(KEY_A), KEY_LEFTSHIFT);
    EXPECT(
        holding(KEY_RIGHTALT), 'A', -KEY_RIGHTALT, KEY_LEFTSHIFT, TAP(KEY_A), -KEY_LEFTSHIFT, KEY_RIGHTALT);
    EXPECT(holding(KEY_A), 'a', -KEY_A, TAP(KEY_A));
    EXPECT(holding(KEY_B), 'a', TAP(KEY_A));
}

static void what_is_no_text_is_nothing(void **state)
{
    static const uint32_t characters[] = {0, 7, 0x90, 0xD800, 0xDFFF, 0xFFFF, 0x1FFFE, 0x110000, UINT32_MAX};
    use("us");
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++)
        assert_int_equal(pf_uinput_text(&layout, &nothing, characters[i]).count, 0);
    use("ru"); /* nor is there a way to write a number */
    EXPECT(nothing, 0x444, TAP(KEY_A));
    assert_int_equal(pf_uinput_text(&layout, &nothing, 0xE4).count, 0);
}

/* Every character of any layout, whatever is held: no key stays down, and the client's modifiers come back.
 */
static void nothing_stays_down(void **state)
{
    static const char *const layouts[] = {"us", "de", "fr", "ru", "us(intl)"};
    struct pf_uinput_state all = nothing;
    for (uint32_t code = 1; code < 128; code++)
        all.keys[code / 64] |= UINT64_C(1) << code % 64;
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        use(layouts[i]);
        for (uint32_t c = 1; c < 0x20000; c += c < 0x500 ? 1 : 97) {
            bool down[256] = {false};
            struct pf_uinput_strokes s = pf_uinput_text(&layout, &all, c);
            assert_true(s.count <= sizeof(s.strokes) / sizeof(s.strokes[0]));
            for (unsigned n = 0; n < s.count; n++)
                down[s.strokes[n].code] = s.strokes[n].down;
            for (uint32_t code = 1; code < 256; code++)
                assert_int_equal(down[code],
                    s.count && (code == KEY_LEFTSHIFT || code == KEY_RIGHTSHIFT || code == KEY_LEFTCTRL ||
                                   code == KEY_RIGHTCTRL || code == KEY_LEFTALT || code == KEY_RIGHTALT ||
                                   code == KEY_LEFTMETA || code == KEY_RIGHTMETA));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_layout_has_is_a_key),
        cmocka_unit_test(anything_else_is_its_number),
        cmocka_unit_test(what_is_held_does_not_change_it),
        cmocka_unit_test(what_is_no_text_is_nothing),
        cmocka_unit_test(nothing_stays_down),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
