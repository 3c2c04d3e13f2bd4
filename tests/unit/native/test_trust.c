/* Pairing and approval over real QUIC; the ceremony's own rules are in test_ceremony.c. */
#include "rig.h"

#include "base/hex.h"
#include "base/time.h"
#include "punktfunk/pake.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS PF_NS_PER_MS

static struct pf_native_config strict_host(void)
{
    return (struct pf_native_config){
        .source = PF_SESSION_SOURCE_SYNTHETIC, .frames = 3, .require_pairing = true};
}

static void arm(struct rig *r, const char *pin, const uint8_t *bound)
{
    assert_int_equal(pf_pairing_arm(&r->pairing, pf_time_boot_ns(), pin, 120, bound), 0);
}

static struct pf_spake2 client_request(struct client *c, const char *pin)
{
    struct pf_spake2 s;
    uint8_t buf[PF_PAIRING_MAX];
    const uint8_t none[32] = {0};
    const uint8_t *own = c->identity ? pf_identity_fingerprint(c->identity) : none;
    pf_spake2_start(
        &s, PF_SPAKE2_CLIENT, pin, strlen(pin), own, 32, pf_identity_fingerprint(c->rig->host), 32);
    struct pf_pairing_message msg = {.type = PF_PAIRING_REQUEST,
        .request = {.name = "Phone", .name_len = 5, .spake = s.message, .spake_len = sizeof(s.message)}};
    int len = pf_pairing_encode(&msg, buf, sizeof(buf));
    client_send(c, buf, (size_t)len);
    return s;
}

/* Reads the challenge and sends the proof; true if the host knew the same PIN. */
static bool client_proves(struct client *c, struct pf_spake2 *s)
{
    size_t len;
    uint8_t key[PF_SPAKE2_KEY_LEN], buf[PF_PAIRING_MAX];
    struct pf_pairing_message msg;
    const uint8_t *data = client_frame(c, 1, &len);
    const uint8_t *own = pf_identity_fingerprint(c->identity), *host = pf_identity_fingerprint(c->rig->host);
    assert_int_equal(pf_pairing_decode(data, len, &msg), 0);
    assert_int_equal(pf_spake2_finish(s, msg.challenge.spake, msg.challenge.spake_len, key), 0);
    bool same = pf_spake2_confirmed(key, PF_SPAKE2_HOST, own, host, msg.challenge.confirm);
    msg = (struct pf_pairing_message){.type = PF_PAIRING_PROOF};
    pf_spake2_confirm(key, PF_SPAKE2_CLIENT, own, host, msg.proof.confirm);
    int n = pf_pairing_encode(&msg, buf, sizeof(buf));
    client_send(c, buf, (size_t)n);
    return same;
}

static bool client_result(struct client *c)
{
    size_t len;
    struct pf_pairing_message msg;
    const uint8_t *data = client_frame(c, 2, &len);
    assert_int_equal(pf_pairing_decode(data, len, &msg), 0);
    assert_int_equal(msg.type, PF_PAIRING_RESULT);
    return msg.result_ok;
}

/* ---- pairing --------------------------------------------------------------------------------------------
 */

static void a_paired_client_streams(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    config.limits.drain_ns = 10 * MS;
    rig_open(&r, &config);
    arm(&r, "1234", NULL);
    client_connect(&r, &c, r.alice);
    struct pf_spake2 s = client_request(&c, "1234");
    assert_true(client_proves(&c, &s));
    assert_true(client_result(&c));
    client_close(&c, 0);
    assert_string_equal(pf_native_store_at(r.store, 0)->name, "Phone");

    client_connect(&r, &c, r.alice);
    client_stream(&c, &hello);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

static void a_wrong_pin_is_told_and_closed(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    config.limits.pair_close_ns = 50 * MS;
    rig_open(&r, &config);
    arm(&r, "1234", NULL);
    client_connect(&r, &c, r.alice);
    struct pf_spake2 s = client_request(&c, "1235");
    assert_false(client_proves(&c, &s));
    assert_false(client_result(&c));
    client_expect_close(&c, PF_CLOSE_DONE); /* the client did not close in time */
    assert_string_equal(c.reason, "pairing done");
    assert_int_equal(pf_native_store_count(r.store), 0);
    rig_close(&r);
}

static void refusals_have_their_codes(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);

    client_connect(&r, &c, NULL);
    client_request(&c, "1234");
    client_expect_close(&c, PF_CLOSE_CERTIFICATE_REQUIRED);

    client_connect(&r, &c, r.alice);
    client_request(&c, "1234");
    client_expect_close(&c, PF_CLOSE_PAIRING_NOT_ARMED);

    client_connect(&r, &c, r.alice);
    client_request(&c, "1234");
    client_expect_close(&c, PF_CLOSE_PAIRING_RATE_LIMIT);

    pf_pairing_init(&r.pairing); /* forgets the cool-down */
    arm(&r, "1234", pf_identity_fingerprint(r.bob));
    client_connect(&r, &c, r.alice);
    client_request(&c, "1234");
    client_expect_close(&c, PF_CLOSE_PAIRING_OTHER_DEVICE);
    assert_true(pf_pairing_status(&r.pairing, pf_time_boot_ns()).armed);
    rig_close(&r);
}

static void a_missing_proof_times_out_and_uses_the_window_up(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    size_t len;
    config.limits.pair_proof_ns = 60 * MS;
    rig_open(&r, &config);
    arm(&r, "1234", NULL);
    client_connect(&r, &c, r.alice);
    client_request(&c, "1234");
    client_frame(&c, 1, &len);
    client_expect_close(&c, PF_CLOSE_ERROR);
    assert_int_equal(pf_pairing_status(&r.pairing, pf_time_boot_ns()).result, PF_PAIRING_FAILED);
    rig_close(&r);
}

static void a_second_request_instead_of_the_proof_is_refused(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    arm(&r, "1234", NULL);
    client_connect(&r, &c, r.alice);
    client_request(&c, "1234");
    client_request(&c, "1234");
    client_expect_close(&c, PF_CLOSE_ERROR);
    assert_int_equal(pf_pairing_status(&r.pairing, pf_time_boot_ns()).result, PF_PAIRING_FAILED);
    rig_close(&r);
}

static bool window_is_used_up(void *arg)
{
    struct rig *r = arg;
    return pf_pairing_status(&r->pairing, pf_time_boot_ns()).result == PF_PAIRING_FAILED;
}

static void leaving_in_the_middle_uses_the_window_up(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    size_t len;
    rig_open(&r, &config);
    arm(&r, "1234", NULL);
    client_connect(&r, &c, r.alice);
    client_request(&c, "1234");
    client_frame(&c, 1, &len);
    client_close(&c, 1);
    rig_run_until(&r, window_is_used_up, &r);
    rig_close(&r);
}

/* ---- approval -------------------------------------------------------------------------------------------
 */

static bool is_parked(void *arg)
{
    const struct pf_knock *knocks;
    return pf_knocks_list(&((struct rig *)arg)->knocks, &knocks) > 0;
}

static void knock(struct rig *r, struct client *c)
{
    struct pf_hello hello = plain_hello();
    strcpy(hello.name, "Deck");
    hello.name_len = 4;
    client_connect(r, c, r->alice);
    client_hello(c, &hello);
    rig_run_until(r, is_parked, r);
}

static void approval_lets_the_same_connection_go_on(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    const struct pf_knock *knocks;
    const uint8_t *alice;
    rig_open(&r, &config);
    alice = pf_identity_fingerprint(r.alice);
    knock(&r, &c);
    pf_knocks_list(&r.knocks, &knocks);
    assert_string_equal(knocks[0].name, "Deck");
    assert_memory_equal(knocks[0].fingerprint, alice, 32);
    assert_memory_equal(knocks[0].address.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\x01", 16);
    rig_run_for(&r, 50);
    assert_int_equal(c.frame_count, 0); /* silence */
    assert_int_equal(pf_native_store_add(r.store, alice, "Deck", NULL), 0);
    assert_true(pf_knocks_admit(&r.knocks, alice));
    client_welcomed(&c);
    client_start(&c, true);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

static void denial_closes(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    knock(&r, &c);
    assert_true(pf_knocks_deny(&r.knocks, 0));
    client_expect_close(&c, PF_CLOSE_DENIED);
    rig_close(&r);
}

static void nobody_waits_for_ever(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    r.knocks.park_ns = 80 * MS;
    knock(&r, &c);
    client_expect_close(&c, PF_CLOSE_APPROVAL_TIMEOUT);
    assert_true(is_parked(&r)); /* the entry stays for the console */
    rig_close(&r);
}

static void a_newer_knock_supersedes(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client older, newer;
    rig_open(&r, &config);
    knock(&r, &older);
    knock(&r, &newer);
    client_expect_close(&older, PF_CLOSE_SUPERSEDED);
    assert_false(newer.closed);
    client_close(&newer, 0);
    rig_close(&r);
}

static void a_parked_client_holds_no_permit_and_may_leave(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client parked, paired;
    struct pf_hello hello = plain_hello();
    config.max_concurrent = 1;
    config.limits.drain_ns = 10 * MS;
    rig_open(&r, &config);
    assert_int_equal(pf_native_store_add(r.store, pf_identity_fingerprint(r.bob), "TV", NULL), 0);
    knock(&r, &parked);
    client_connect(&r, &paired, r.bob);
    client_stream(&paired, &hello);
    client_expect_close(&paired, PF_CLOSE_DONE);
    client_close(&parked, 0);
    assert_int_equal(pf_native_store_add(r.store, pf_identity_fingerprint(r.alice), "Deck", NULL), 0);
    pf_knocks_admit(&r.knocks, pf_identity_fingerprint(r.alice)); /* nobody is there any more */
    rig_close(&r);
}

static void a_talkative_parked_client_is_closed(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    knock(&r, &c);
    client_send(&c, "PKF1\x01\x02", 6);
    client_expect_close(&c, PF_CLOSE_ERROR);
    rig_close(&r);
}

static void strangers_without_certificate_are_refused(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    client_connect(&r, &c, NULL);
    client_hello(&c, &hello);
    client_expect_close(&c, PF_CLOSE_CERTIFICATE_REQUIRED);
    rig_close(&r);
}

static void an_open_host_takes_them(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    config.require_pairing = false;
    config.limits.drain_ns = 10 * MS;
    rig_open(&r, &config);
    client_connect(&r, &c, NULL);
    client_stream(&c, &hello);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

/* ---- grants ---------------------------------------------------------------------------------------------
 */

/* The file's text for two clients. */
static const char *paired(uint32_t alice, uint32_t bob, int64_t bob_expires)
{
    static char text[512];
    char hex[2][65];
    pf_hex_encode(pf_identity_fingerprint(rig_alice()), 32, hex[0]);
    pf_hex_encode(pf_identity_fingerprint(rig_bob()), 32, hex[1]);
    snprintf(text, sizeof(text),
        "{\"clients\":[{\"name\":\"A\",\"fingerprint\":\"%s\",\"grants\":%u},"
        "{\"name\":\"B\",\"fingerprint\":\"%s\",\"grants\":%u,\"expires_unix\":%lld}]}",
        hex[0], alice, hex[1], bob, (long long)bob_expires);
    return text;
}

static void send_input(struct client *c, uint8_t kind, uint32_t code)
{
    uint8_t buf[PF_INPUT_LEN];
    const struct pf_datagram msg = {
        .tag = PF_DATAGRAM_INPUT, .input = {.kind = kind, .code = code, .x = 1, .flags = 0x80000000u}};
    assert_int_equal(pf_datagram_encode(&msg, buf, sizeof(buf)), PF_INPUT_LEN);
    assert_int_equal(pf_quic_datagram_send(c->conn, buf, sizeof(buf)), 0);
}

static bool has_feed(void *arg)
{
    return ((struct rig *)arg)->feed_count > 0;
}

static bool has_input(void *arg)
{
    return ((struct fake_feed *)arg)->inputs > 0;
}

static void go_live(struct rig *r, struct client *c, const struct pf_identity *who)
{
    struct pf_hello hello = plain_hello();
    hello.video_caps |= PF_VIDEO_CAP_PROBE_SEQ; /* reads grants */
    r->feed_count = 0;
    client_connect(r, c, who);
    client_stream(c, &hello);
    rig_run_until(r, has_feed, r);
}

static void what_is_not_granted_is_dropped(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    config.source = PF_SESSION_SOURCE_VIRTUAL;
    rig_open_paired(&r, &config, paired(PF_GRANT_POINTER, PF_GRANT_KEYBOARD, time(NULL) + 1000));
    go_live(&r, &c, r.alice);
    assert_int_equal(c.welcome.grants, PF_GRANT_POINTER);
    assert_int_equal(c.welcome.expires_in_s, 0);
    send_input(&c, PF_INPUT_KEY_DOWN, 0x41);
    send_input(&c, PF_INPUT_MOUSE_MOVE, 0);
    rig_run_until(&r, has_input, &r.feeds[0]);
    assert_int_equal(r.feeds[0].inputs, 1);
    assert_int_equal(r.feeds[0].input.type, PF_INPUT_MOTION);
    client_close(&c, PF_CLOSE_USER_QUIT);
    rig_run_for(&r, 20);
    assert_true(r.feeds[0].destroyed);

    r.feeds[0] = (struct fake_feed){0};
    go_live(&r, &c, r.bob);
    assert_int_equal(c.welcome.grants, PF_GRANT_KEYBOARD);
    assert_in_range(c.welcome.expires_in_s, 1, 1000);
    send_input(&c, PF_INPUT_MOUSE_MOVE, 0);
    send_input(&c, PF_INPUT_KEY_DOWN, 0x41);
    rig_run_until(&r, has_input, &r.feeds[0]);
    assert_int_equal(r.feeds[0].inputs, 1);
    assert_int_equal(r.feeds[0].input.type, PF_INPUT_KEY);
    client_close(&c, 0);
    rig_close(&r);
}

static void who_may_not_launch_is_closed_before_welcome(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    strcpy(hello.launch, "steam:570");
    hello.launch_len = 9;
    config.limits.drain_ns = 10 * MS;
    rig_open_paired(&r, &config, paired(PF_GRANT_ALL & ~PF_GRANT_LAUNCH, PF_GRANT_LAUNCH, 0));
    client_connect(&r, &c, r.alice);
    client_hello(&c, &hello);
    client_expect_close(&c, PF_CLOSE_LAUNCH_DENIED);
    assert_int_equal(c.frame_count, 0);

    client_connect(&r, &c, r.bob); /* may look on, and launch */
    client_stream(&c, &hello);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

/* An open host asks nobody for a record. */
static void on_an_open_host_everybody_may_everything(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    config.require_pairing = false;
    config.source = PF_SESSION_SOURCE_VIRTUAL;
    rig_open_paired(&r, &config, paired(0, 0, 0));
    go_live(&r, &c, r.alice);
    assert_int_equal(c.welcome.grants, PF_GRANT_ALL);
    send_input(&c, PF_INPUT_KEY_DOWN, 0x41);
    rig_run_until(&r, has_input, &r.feeds[0]);
    client_close(&c, 0);
    rig_close(&r);
}

static void stopping_leaves_nobody_parked(void **state)
{
    struct pf_native_config config = strict_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    knock(&r, &c);
    pf_native_stop(r.native);
    client_expect_close(&c, PF_CLOSE_DONE);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paired_client_streams),
        cmocka_unit_test(a_wrong_pin_is_told_and_closed),
        cmocka_unit_test(refusals_have_their_codes),
        cmocka_unit_test(a_missing_proof_times_out_and_uses_the_window_up),
        cmocka_unit_test(a_second_request_instead_of_the_proof_is_refused),
        cmocka_unit_test(leaving_in_the_middle_uses_the_window_up),
        cmocka_unit_test(approval_lets_the_same_connection_go_on),
        cmocka_unit_test(denial_closes),
        cmocka_unit_test(nobody_waits_for_ever),
        cmocka_unit_test(a_newer_knock_supersedes),
        cmocka_unit_test(a_parked_client_holds_no_permit_and_may_leave),
        cmocka_unit_test(a_talkative_parked_client_is_closed),
        cmocka_unit_test(strangers_without_certificate_are_refused),
        cmocka_unit_test(an_open_host_takes_them),
        cmocka_unit_test(what_is_not_granted_is_dropped),
        cmocka_unit_test(who_may_not_launch_is_closed_before_welcome),
        cmocka_unit_test(on_an_open_host_everybody_may_everything),
        cmocka_unit_test(stopping_leaves_nobody_parked),
    };
    return cmocka_run_group_tests(tests, rig_setup_group, rig_teardown_group);
}
