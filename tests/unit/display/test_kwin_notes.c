/* Arrangements of KWin outputs in the journal: written and read again, and damaged ones refused. */
#include "display/kwin/topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct pf_kwin_head head = {.name = "DP-1",
    .uuid = "6438207d",
    .enabled = true,
    .mode = {2560, 1440, 143973},
    .x = -2048,
    .y = 40,
    .transform = 5,
    .scale = 1.25,
    .priority = 2,
    .mirrored = "f00"};

static struct pf_journal_entry entry_of(json_t *before)
{
    struct pf_journal_entry e = {
        .owner = PF_KWIN_OWNER, .kind = PF_KWIN_HEAD, .name = "DP-1", .before = before};
    assert_non_null(before);
    return e;
}

static void written_and_read(void **state)
{
    struct pf_journal_entry e = entry_of(pf_kwin_head_to_json(&head));
    struct pf_kwin_head read;
    assert_true(pf_kwin_head_of_entry(&e, &read));
    assert_string_equal(read.name, head.name);
    assert_string_equal(read.uuid, head.uuid);
    assert_true(pf_kwin_head_is_arranged(&read, &head));
    assert_int_equal(read.priority, 2);
    json_decref(e.before);
}

static void refused(const char *member, json_t *value)
{
    struct pf_journal_entry e = entry_of(pf_kwin_head_to_json(&head));
    struct pf_kwin_head read;
    json_object_set_new(e.before, member, value);
    assert_false(pf_kwin_head_of_entry(&e, &read));
    json_decref(e.before);
}

static void damaged(void **state)
{
    char longest[100];
    memset(longest, 'x', sizeof(longest));
    longest[99] = 0;
    refused("uuid", json_null());
    refused("uuid", json_string(longest));
    refused("mirrored", json_string(longest));
    refused("width", json_integer(-1));
    refused("scale", json_real(0));
    refused("scale", json_real(1e9));
    refused("transform", json_integer(8));
    refused("priority", json_integer(-3));
    refused("x", json_string("0"));
    struct pf_journal_entry none = {.name = "DP-1"};
    struct pf_kwin_head read;
    assert_false(pf_kwin_head_of_entry(&none, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
