/* Every row of the table of input-audio-encode.md 0.2, as numbers. */
#include "input/keymap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct row {
    uint8_t vk, evdev;
};

static const struct row rows[] = {
    {0x08, 14},
    {0x09, 15},
    {0x0D, 28},
    {0x13, 119},
    {0x14, 58},
    {0x1B, 1},
    {0x20, 57},
    {0x21, 104},
    {0x22, 109},
    {0x23, 107},
    {0x24, 102},
    {0x25, 105},
    {0x26, 103},
    {0x27, 106},
    {0x28, 108},
    {0x2C, 99},
    {0x2D, 110},
    {0x2E, 111},
    {0x10, 42},
    {0x11, 29},
    {0x12, 56},
    {0x30, 11},
    {0x31, 2},
    {0x32, 3},
    {0x33, 4},
    {0x34, 5},
    {0x35, 6},
    {0x36, 7},
    {0x37, 8},
    {0x38, 9},
    {0x39, 10},
    {0x41, 30},
    {0x42, 48},
    {0x43, 46},
    {0x44, 32},
    {0x45, 18},
    {0x46, 33},
    {0x47, 34},
    {0x48, 35},
    {0x49, 23},
    {0x4A, 36},
    {0x4B, 37},
    {0x4C, 38},
    {0x4D, 50},
    {0x4E, 49},
    {0x4F, 24},
    {0x50, 25},
    {0x51, 16},
    {0x52, 19},
    {0x53, 31},
    {0x54, 20},
    {0x55, 22},
    {0x56, 47},
    {0x57, 17},
    {0x58, 45},
    {0x59, 21},
    {0x5A, 44},
    {0x5B, 125},
    {0x5C, 126},
    {0x5D, 127},
    {0x60, 82},
    {0x61, 79},
    {0x62, 80},
    {0x63, 81},
    {0x64, 75},
    {0x65, 76},
    {0x66, 77},
    {0x67, 71},
    {0x68, 72},
    {0x69, 73},
    {0x6A, 55},
    {0x6B, 78},
    {0x6C, 96},
    {0x6D, 74},
    {0x6E, 83},
    {0x6F, 98},
    {0x70, 59},
    {0x71, 60},
    {0x72, 61},
    {0x73, 62},
    {0x74, 63},
    {0x75, 64},
    {0x76, 65},
    {0x77, 66},
    {0x78, 67},
    {0x79, 68},
    {0x7A, 87},
    {0x7B, 88},
    {0x90, 69},
    {0x91, 70},
    {0xA0, 42},
    {0xA1, 54},
    {0xA2, 29},
    {0xA3, 97},
    {0xA4, 56},
    {0xA5, 100},
    {0xBA, 39},
    {0xBB, 13},
    {0xBC, 51},
    {0xBD, 12},
    {0xBE, 52},
    {0xBF, 53},
    {0xC0, 41},
    {0xDB, 26},
    {0xDC, 43},
    {0xDD, 27},
    {0xDE, 40},
    {0xE2, 86},
    /* more than the reference host has */
    {0x7C, 183},
    {0x7D, 184},
    {0x7E, 185},
    {0x7F, 186},
    {0x80, 187},
    {0x81, 188},
    {0x82, 189},
    {0x83, 190},
    {0x84, 191},
    {0x85, 192},
    {0x86, 193},
    {0x87, 194},
    {0xAD, 113},
    {0xAE, 114},
    {0xAF, 115},
    {0x15, 122},
    {0x19, 123},
    {0x1C, 92},
    {0x1D, 94},
    {0xF2, 93},
    {0xF3, 85},
    {0xC1, 89},
    {0xC2, 121},
    {0xE1, 124},
    {0xB0, 163},
    {0xB1, 165},
    {0xB2, 166},
    {0xB3, 164},
};

static void every_row_is_right_and_nothing_else_is_mapped(void **state)
{
    uint8_t expected[256] = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(expected[rows[i].vk], 0); /* each once */
        expected[rows[i].vk] = rows[i].evdev;
    }
    for (unsigned vk = 0; vk < 256; vk++)
        assert_int_equal(pf_keymap_key((uint8_t)vk), expected[vk]);
}

static void the_second_button_is_the_middle_one(void **state)
{
    const uint32_t expected[] = {0, 0x110, 0x112, 0x111, 0x113, 0x114, 0, 0};
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(pf_keymap_button(i), expected[i]);
    assert_int_equal(pf_keymap_button(UINT32_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_right_and_nothing_else_is_mapped),
        cmocka_unit_test(the_second_button_is_the_middle_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
