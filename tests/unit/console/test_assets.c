#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "console/assets.h"

#include <string.h>

static void every_file_is_found_by_its_own_path_only(void **state)
{
    for (size_t i = 0; i < pf_asset_count; i++) {
        const struct pf_asset *a = &pf_assets[i];
        assert_ptr_equal(pf_asset_find(a->path), a);
        assert_int_equal(a->path[0], '/');
        assert_true(strlen(a->media) > 0 && a->etag[0] == '"');
        assert_true(a->gzip_len > 2 && a->gzip[0] == 0x1f && a->gzip[1] == 0x8b);
    }
    static const char *const none[] = {"", "/", "/assets/", "/assets/../index.html", "/../etc/passwd",
        "//index.html", "/assets/%2e%2e/index.html", "/index.html/", "/INDEX.HTML"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(pf_asset_find(none[i]));
}

static void only_what_is_needed_to_log_in_is_public(void **state)
{
    assert_true(pf_asset_is_public("/login"));
    assert_true(pf_asset_is_public("/setup"));
    assert_true(pf_asset_is_public("/assets/index-1.js"));
    assert_false(pf_asset_is_public("/"));
    assert_false(pf_asset_is_public("/assets"));
    assert_false(pf_asset_is_public("/login/"));
    assert_false(pf_asset_is_public("/host"));
    assert_true(pf_asset_is_page("/"));
    assert_true(pf_asset_is_page("/settings"));
    assert_false(pf_asset_is_page("/index.html"));
    assert_false(pf_asset_is_page("/api"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found_by_its_own_path_only),
        cmocka_unit_test(only_what_is_needed_to_log_in_is_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
