/* The operations without a transport: their rules. */
#include "exchange.h"
#include "mgmt/route.h"

#include <stdio.h>

static unsigned status_of(struct fixture *f, struct pf_mgmt_request request, const char *body)
{
    struct exchange x = run(f, request, body);
    done(&x);
    return x.call.response.status;
}

/* ---- rules ---- */

static void paths_are_exact(void **state)
{
    (void)state;
    static const char *const unknown[] = {"/", "", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v1/status/",
        "/api/v1//status", "/api/v1/Status", "/api/v1/%73tatus", "/api/v2/status", "/api/v1/native/clients/",
        "/api/v1/native/clients/a/b", "/api/v1/native/pending//approve", "/api/v1/native/pending/1/approve/",
        "/api/v1/openapi.json/", "/api/v1/gpus/", "/api/v1/library/art/steam:1",
        "/api/v1/native/pending/1/other", "/api/v1/library/art/steam:1/logo/x", "/api/v1/library/art//logo",
        "/api/docs/"};
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct exchange x = run(&f, (struct pf_mgmt_request){.method = "GET", .path = unknown[i]}, NULL);
        assert_int_equal(x.call.response.status, 404); /* whoever asks */
        assert_null(x.call.response.json);
    }
    fixture_finish(&f);
}

static void wrong_methods_name_the_right_ones(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct exchange x =
        run(&f, (struct pf_mgmt_request){.method = "PUT", .path = "/api/v1/native/pair", ADMIN}, NULL);
    assert_int_equal(x.call.response.status, 405);
    assert_string_equal(x.call.response.allow, "GET,HEAD,DELETE");
    assert_null(x.call.response.json);
    assert_int_equal(
        status_of(
            &f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/native/pair/arm", ADMIN}, NULL),
        405);
    fixture_finish(&f);
}

static void head_is_get_but_not_for_certificates(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request r = {.method = "HEAD", .path = "/api/v1/status", ADMIN};
    assert_int_equal(status_of(&f, r, NULL), 200);
    struct pf_mgmt_request c = {.method = "HEAD", .path = "/api/v1/status", .has_certificate = true};
    memcpy(c.fingerprint, PAIRED, 32);
    assert_int_equal(status_of(&f, c, NULL), 401);
    c.method = "GET";
    assert_int_equal(status_of(&f, c, NULL), 200);
    pf_native_store_remove(f.store, PAIRED, NULL);
    assert_int_equal(status_of(&f, c, NULL), 401);
    fixture_finish(&f);
}

static void requests_of_other_sites_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    static const struct {
        const char *method, *path, *host, *origin;
        unsigned status;
    } table[] = {
        {"DELETE", "/native/pair", "localhost:47990", NULL, 204},
        {"DELETE", "/native/pair", "[::1]:47990", NULL, 204},
        {"DELETE", "/native/pair", "GAMEBOX.local:47990", "https://gamebox.local:47990", 204},
        {"DELETE", "/native/pair", "localhost:47990", "https://LOCALHOST:47990", 204},
        {"DELETE", "/native/pair", "localhost:47990", "https://localhost:47991", 403},
        {"DELETE", "/native/pair", "localhost:47990", "http://localhost:47990", 403},
        {"DELETE", "/native/pair", "localhost:47990", "https://evil.example", 403},
        {"DELETE", "/native/pair", "localhost:47990", "null", 403},
        {"DELETE", "/native/pair", "evil.example:47990", NULL, 403},
        {"DELETE", "/native/pair", "gamebox.evil.example", NULL, 403},
        {"GET", "/native/pair", "localhost:47990", "https://evil.example", 200},
        {"GET", "/local/summary", "evil.example", NULL, 403},
        {"GET", "/health", "evil.example", "https://evil.example", 200},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char path[100];
        snprintf(path, sizeof(path), "%s%s", PF_MGMT_BASE_PATH, table[i].path);
        struct pf_mgmt_request r = {
            .method = table[i].method, .path = path, .host = table[i].host, .origin = table[i].origin, ADMIN};
        assert_int_equal(status_of(&f, r, NULL), table[i].status);
    }
    fixture_finish(&f);
}

static void bodies_are_checked(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    static const struct {
        const char *type, *body;
        unsigned status;
    } table[] = {
        {"application/json", "{}", 200},
        {"Application/JSON; charset=utf-8", "{}", 200},
        {"application/vnd.pf+json", "{}", 200},
        {"application/json", " {\"ttl_secs\": 60, \"other\": [1]} ", 200},
        {"application/json", "{\"ttl_secs\":0}", 200},
        {"application/json", "{\"ttl_secs\":4294967295}", 200},
        {NULL, "{}", 415},
        {"text/plain", "{}", 415},
        {"application/+json", "{}", 415},
        {"application/jsonx", "{}", 415},
        {"text/plain", "{not json", 415},
        {"application/json", "", 400},
        {"application/json", "{not json", 400},
        {"application/json", "{} x", 400},
        {"application/json", "{}{}", 400},
        {"application/json", "\xff", 400},
        {"application/json", "[]", 422},
        {"application/json", "7", 422},
        {"application/json", "null", 422},
        {"application/json", "{\"ttl_secs\":\"60\"}", 422},
        {"application/json", "{\"ttl_secs\":60.0}", 200},
        {"application/json", "{\"ttl_secs\":60.5}", 422},
        {"application/json", "{\"ttl_secs\":60,\"x\":[210526757416725783773184]}", 200},
        {"application/json", "{\"ttl_secs\":60,\"x\":1e999}", 422},
        {"application/json", "{\"ttl_secs\":true}", 422},
        {"application/json", "{\"ttl_secs\":99999999999999999999}", 422},
        {"application/json", "{\"ttl_secs\":1,\"ttl_secs\":2}", 422},
        {"application/json", "{\"fingerprint\":7}", 422},
        {"application/json", "{\"fingerprint\":\"\\u0000\"}", 422},
        {"application/json", "{\"fingerprint\":\"xyz\"}", 400},
        {"application/json", "{\"fingerprint\":\"  \"}", 200},
        {"application/json", "{\"fingerprint\":\" " PAIRED_HEX " \"}", 200},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct pf_mgmt_request r = {
            .method = "POST", .path = "/api/v1/native/pair/arm", .content_type = table[i].type, ADMIN};
        unsigned have = status_of(&f, r, table[i].body);
        if (have != table[i].status)
            fail_msg("%s: %u instead of %u", table[i].body, have, table[i].status);
    }
    fixture_finish(&f);
}

static void the_pairing_window_shows_its_end(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request get = {.method = "GET", .path = "/api/v1/native/pair", ADMIN};
    struct pf_mgmt_request arm = {.method = "POST", .path = "/api/v1/native/pair/arm", ADMIN, JSON};
    struct exchange x = run(&f, arm, "{\"ttl_secs\":30}");
    assert_int_equal(strlen(text(x.call.response.json, "pin")), 4);
    assert_string_equal(text(x.call.response.json, "last_result"), "open");
    done(&x);

    char pin[PF_PAIRING_PIN_MAX + 1];
    uint64_t now = pf_time_boot_ns();
    assert_int_equal(pf_pairing_begin(&f.pairing, now, STRANGER, pin), PF_PAIRING_ACCEPT);
    uint32_t ticket = pf_pairing_consume(&f.pairing, now);
    pf_pairing_conclude(&f.pairing, ticket, PF_PAIRING_OK, "Tablet", STRANGER);
    x = run(&f, get, NULL);
    assert_string_equal(text(x.call.response.json, "last_result"), "paired");
    assert_string_equal(text(json_object_get(x.call.response.json, "last_device"), "name"), "Tablet");
    assert_true(json_is_null(json_object_get(x.call.response.json, "pin")));
    done(&x);
    fixture_finish(&f);
}

static void approval_stores_before_it_admits(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    uint32_t id = fixture_knock(&f);
    char path[100];
    snprintf(path, sizeof(path), "/api/v1/native/pending/%u/approve", id);
    struct pf_mgmt_request r = {.method = "POST", .path = path, ADMIN, JSON};
    struct exchange x = run(&f, r, "{\"name\":\" My\\nPhone\\u202e \"}");
    assert_int_equal(x.call.response.status, 200);
    assert_string_equal(text(x.call.response.json, "name"), "My Phone");
    assert_int_equal(f.outcome, PF_KNOCK_ADMITTED);
    assert_string_equal(pf_native_store_find(f.store, WAITING)->name, "My Phone");
    done(&x);

    /* The disk refuses: the device goes on waiting. */
    f.outcome = -1;
    id = fixture_knock(&f);
    char *file = pf_path_join(f.dir.path, "punktfunk1-paired.json");
    unlink(file);
    mkdir(file, 0700);
    free(file);
    snprintf(path, sizeof(path), "/api/v1/native/pending/%u/approve", id);
    assert_int_equal(status_of(&f, r, "{}"), 500);
    assert_int_equal(f.outcome, -1);
    assert_non_null(pf_knocks_find(&f.knocks, id));
    struct pf_mgmt_request unpair = {.method = "DELETE", .path = "/api/v1/native/clients/" PAIRED_HEX, ADMIN};
    assert_int_equal(status_of(&f, unpair, NULL), 500);
    assert_non_null(pf_native_store_find(f.store, PAIRED));
    fixture_finish(&f);
}

static void sessions_can_be_stopped(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request r = {.method = "DELETE", .path = "/api/v1/session", ADMIN};
    assert_int_equal(status_of(&f, r, NULL), 204);
    assert_int_equal(f.stops, 1);
    f.streaming = true;
    struct pf_mgmt_request release = {.method = "POST", .path = "/api/v1/display/release", ADMIN, JSON};
    struct exchange x = run(&f, release, "{\"slot\":null}");
    assert_int_equal(json_integer_value(json_object_get(x.call.response.json, "released")), 1);
    done(&x);
    x = run(&f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/display/state", ADMIN}, NULL);
    const json_t *first = json_array_get(json_object_get(x.call.response.json, "displays"), 0);
    assert_string_equal(text(first, "mode"), "1280x720@60");
    assert_true(json_is_null(json_object_get(first, "expires_in_ms")));
    done(&x);
    fixture_finish(&f);
}

static void displays_say_where_they_are(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.streaming = true;
    struct exchange x =
        run(&f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/display/state", ADMIN}, NULL);
    const json_t *list = json_object_get(x.call.response.json, "displays");
    const json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1);
    json_t *want = json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:i}", "group", 1, "display_index", 0, "x",
        -1920, "y", 40, "identity_slot", 3, "topology", "exclusive", "output", "HEADLESS-2", "age_ms", 61000);
    check_subset(want, first);
    json_decref(want);
    assert_int_equal(json_integer_value(json_object_get(second, "display_index")), 1);
    assert_true(json_is_null(json_object_get(second, "identity_slot")));
    assert_true(json_is_null(json_object_get(second, "output")));
    done(&x);
    fixture_finish(&f);
}

static json_t *put_settings(struct fixture *f, const char *body, unsigned status)
{
    struct exchange x = run(
        f, (struct pf_mgmt_request){.method = "PUT", .path = "/api/v1/display/settings", ADMIN, JSON}, body);
    assert_int_equal(x.call.response.status, status);
    json_t *settings = json_deep_copy(json_object_get(x.call.response.json, "settings"));
    done(&x);
    return settings;
}

/* What a console does not know travels through it, or stays in the file. */
static void settings_that_a_console_does_not_know_stay(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    json_t *all = put_settings(
        &f, "{\"game_session\":\"dedicated\",\"capture_monitor\":\" DP-1 \",\"tomorrow\":{\"n\":1}}", 200);
    assert_string_equal(text(all, "game_session"), "dedicated");
    assert_string_equal(text(all, "capture_monitor"), "DP-1");
    json_object_set_new(all, "topology", json_string("extend"));
    char *draft = json_dumps(all, 0);
    json_t *again = put_settings(&f, draft, 200);
    assert_true(json_equal(all, again));
    free(draft);
    json_decref(all);
    json_decref(again);
    char path[300];
    snprintf(path, sizeof(path), "%s/display-settings.json", f.dir.path);
    json_t *file = json_load_file(path, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(file, "tomorrow"), "n")), 1);
    json_decref(file);
    json_decref(put_settings(&f, "{\"game_session\":\"maybe\"}", 422));
    fixture_finish(&f);
}

static void moonlight_devices_get_their_pin(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request get = {.method = "GET", .path = "/api/v1/pair", ADMIN};
    struct pf_mgmt_request pin = {.method = "POST", .path = "/api/v1/pair/pin", ADMIN, JSON};
    struct exchange x = run(&f, get, NULL);
    assert_true(json_is_false(json_object_get(x.call.response.json, "pin_pending")));
    assert_string_equal(text(x.call.response.json, "last_result"), "none");
    done(&x);
    f.waiting = 2;
    x = run(&f, get, NULL);
    assert_true(json_is_true(json_object_get(x.call.response.json, "pin_pending")));
    const json_t *list = json_object_get(x.call.response.json, "attempts");
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "id")), 2);
    assert_string_equal(text(json_array_get(list, 1), "address"), "192.168.1.9");
    done(&x);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\"}"), 409); /* which of them? */
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\",\"id\":3}"), 409);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\",\"id\":0}"), 400);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"47110\",\"id\":2}"), 400);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"471\",\"id\":2}"), 400);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4 11\",\"id\":2}"), 400);
    assert_int_equal(f.waiting, 2);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\",\"id\":2}"), 204);
    assert_int_equal(f.pin_id, 2);
    x = run(&f, get, NULL);
    assert_string_equal(text(x.call.response.json, "last_result"), "paired");
    assert_int_equal(json_integer_value(json_object_get(x.call.response.json, "last_id")), 2);
    done(&x);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"0815\",\"id\":null}"), 204); /* the only one */
    f.host.pair_attempts = NULL; /* a host without that plane */
    f.host.submit_pin = NULL;
    f.host.pin_result = NULL;
    assert_int_equal(status_of(&f, get, NULL), 200);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\"}"), 409);
    fixture_finish(&f);
}

static void note_removal(void *user, const uint8_t fingerprint[32])
{
    memcpy(user, fingerprint, 32);
}

static void moonlight_devices_are_listed_and_unpaired(void **state)
{
    (void)state;
    struct fixture f;
    char first[65], second[65], path[120];
    uint8_t removed[32] = {0}, wanted[32];
    fixture_init(&f);
    pf_gamestream_store_on_removal(f.gamestream_store, note_removal, removed);
    pair_moonlight(&f, "one", first);
    pair_moonlight(&f, "two", second);
    struct exchange x =
        run(&f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/clients", ADMIN}, NULL);
    assert_int_equal(json_array_size(x.call.response.json), 2);
    const json_t *c = json_array_get(x.call.response.json, 1);
    assert_int_equal(strcasecmp(text(c, "fingerprint"), second), 0);
    assert_true(json_is_null(json_object_get(c, "subject"))); /* that is no certificate */
    assert_true(json_is_null(json_object_get(c, "not_after_unix")));
    done(&x);
    snprintf(path, sizeof(path), "/api/v1/clients/%s", first);
    struct pf_mgmt_request unpair = {.method = "DELETE", .path = path, ADMIN};
    assert_int_equal(status_of(&f, unpair, NULL), 204);
    assert_true(pf_hex_decode(first, wanted, 32));
    assert_memory_equal(removed, wanted, 32);
    assert_int_equal(status_of(&f, unpair, NULL), 404);
    struct pf_gamestream_store *again; /* it is gone from the disk, too */
    assert_int_equal(pf_gamestream_store_open(f.dir.path, &again, NULL), 0);
    assert_int_equal(pf_gamestream_store_count(again), 1);
    pf_gamestream_store_destroy(again);

    char *file = pf_path_join(f.dir.path, "paired.json"); /* the disk refuses: it stays paired */
    unlink(file);
    mkdir(file, 0700);
    free(file);
    snprintf(path, sizeof(path), "/api/v1/clients/%s", second);
    assert_int_equal(status_of(&f, unpair, NULL), 500);
    assert_int_equal(pf_gamestream_store_count(f.gamestream_store), 1);
    f.host.gamestream_store = NULL;
    assert_int_equal(status_of(&f, unpair, NULL), 404);
    fixture_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_exact),
        cmocka_unit_test(wrong_methods_name_the_right_ones),
        cmocka_unit_test(head_is_get_but_not_for_certificates),
        cmocka_unit_test(requests_of_other_sites_are_refused),
        cmocka_unit_test(bodies_are_checked),
        cmocka_unit_test(the_pairing_window_shows_its_end),
        cmocka_unit_test(approval_stores_before_it_admits),
        cmocka_unit_test(moonlight_devices_get_their_pin),
        cmocka_unit_test(moonlight_devices_are_listed_and_unpaired),
        cmocka_unit_test(sessions_can_be_stopped),
        cmocka_unit_test(displays_say_where_they_are),
        cmocka_unit_test(settings_that_a_console_does_not_know_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
