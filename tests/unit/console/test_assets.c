#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "console/assets.h"

#include <string.h>

static void only_what_was_built_in_is_there(void **state)
{
    (void)state;
    static const char script[] = "console.log(\"a page\");\n";
    const struct pf_asset *a = pf_asset_find("/assets/app-1234abcd.js");
    assert_int_equal(pf_asset_count, 2);
    assert_non_null(a);
    assert_int_equal(a->plain_len, sizeof(script) - 1);
    assert_memory_equal(a->plain, script, a->plain_len);
    assert_memory_equal(a->gzip, "\x1f\x8b", 2);
    assert_string_equal(a->media, "text/javascript; charset=utf-8");
    assert_int_equal(strlen(a->etag), 22);
    assert_ptr_equal(pf_asset_shell(), pf_asset_find("/index.html"));
    static const char *const none[] = {"", "/", "/assets/", "/assets/../index.html",
        "/assets/..%2findex.html", "//index.html", "/index.html/", "/INDEX.HTML", "/etc/passwd",
        "/assets/app-1234abcd.js.map"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(pf_asset_find(none[i]));
}

static void strangers_get_the_login_and_nothing_of_the_api(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool public, page;
    } rows[] = {{"/login", true, true}, {"/setup", true, true}, {"/assets/x.js", true, false},
        {"/favicon.ico", true, false}, {"/robots.txt", true, false}, {"/", false, true},
        {"/host", false, true}, {"/settings", false, true}, {"/assets", false, false},
        {"/login/", false, false}, {"/api", false, false}, {"/api/v1/status", false, false},
        {"/api/v1/robots.txt", false, false}, {"/Login", false, false}, {"/login.js", false, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(pf_asset_is_public(rows[i].path), rows[i].public);
        assert_int_equal(pf_asset_is_page(rows[i].path), rows[i].page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_built_in_is_there),
        cmocka_unit_test(strangers_get_the_login_and_nothing_of_the_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
