/* Who may ask for what, and what playing half and library are told. */
#include "plane_rig.h"

#include "net/address.h"
#include "trust/gamestream_store.h"
#include <string.h>
#include <sys/socket.h>

/* ---- who may do what ------------------------------------------------------------------------------------
 */

static void strangers_get_the_401_form(void **state)
{
    static const char *const paths[] = {"/serverinfo", "/applist", "/appasset?appid=1", "/launch", "/resume",
        "/cancel", "/unpair", "/nonsense", "/"};
    struct moonlight unpaired = S.m;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        check(&S.stranger, true, paths[i], 200, 401);
        check(&unpaired, true, paths[i], 200, 401);
    }
    struct answer a = ask_https(&S.m, "/a%26b<\"c\">?uniqueid=1");
    assert_non_null(
        strstr(a.body, "<root status_code=\"401\" query=\"/a%26b&lt;&quot;c&quot;&gt;\" status_message="));
    drop_answer(&a);
    assert_false(phase_5(&(struct ceremony){.m = &S.m}));
    assert_false(phase_5(&(struct ceremony){.m = &S.stranger}));
    assert_int_equal(played().launches + played().cancels, 0);
}

static void http_has_little(void **state)
{
    pair_at_once(&S.client);
    check(&S.m, false, "/serverinfo", 200, 200);
    check(&S.m, false, "/unpair?uniqueid=1", 200, 200);
    check(&S.m, false, "/pair?phrase=pairchallenge", 200, 200);
    static const char *const paths[] = {
        "/applist", "/appasset?appid=1", "/launch", "/resume", "/cancel", "/", "/serverinfo/", "/SERVERINFO"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        check(&S.m, false, paths[i], 404, 0);
    check(&S.m, true, "/unpair", 404, 0);
    check(&S.m, true, "/nonsense", 404, 0);
    check(&S.m, false, "/serverinfo?a=%zz", 400, 0);
    check(&S.m, false, "/serverinfo?a=%00", 400, 0);
    static const char post[] = "POST /serverinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
    struct answer a = exchange_bytes(S.m.http_port, post, sizeof(post) - 1);
    assert_int_equal(a.status, 405);
    drop_answer(&a);
}

static void the_views_of_serverinfo(void **state)
{
    struct answer a;
    set_play((struct fake_play){.app = 7, .info = {.state = PF_GS_PLAY_STREAMING}});
    a = ask_http(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "hostname"), "Den");
    assert_string_equal(element(&a, "PairStatus"), "0");
    assert_string_equal(element(&a, "LocalIP"), "127.0.0.1");
    assert_int_equal(atoi(element(&a, "HttpsPort")), S.m.https_port);
    assert_string_equal(element(&a, "mac"), "00:00:00:00:00:00");
    drop_answer(&a);

    pair_at_once(&S.client);
    a = ask_https(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "PairStatus"), "1");
    assert_string_equal(element(&a, "currentgame"), "0"); /* another client's is none of its business */
    assert_string_equal(element(&a, "state"), "SUNSHINE_SERVER_FREE");
    drop_answer(&a);

    struct fake_play own = {.app = 7, .info = {.state = PF_GS_PLAY_LAUNCHED}};
    memcpy(own.info.fingerprint, S.client.certificate.fingerprint, 32);
    set_play(own);
    a = ask_https(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "currentgame"), "7");
    assert_string_equal(element(&a, "state"), "SUNSHINE_SERVER_BUSY");
    drop_answer(&a);
    a = ask_http(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "currentgame"), "0");
    drop_answer(&a);
}

/* Exactly the certificate that was paired counts: not the key, not the name. */
static void certificates_must_be_identical(void **state)
{
    time_t now = time(NULL);
    const struct party_kind kinds[] = {{.from = 1, .until = 1000},
        {.from = now + 86400, .until = now + 2 * 86400},
        {.serial_zero = true, .from = 1, .until = now + 86400}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) { /* expired, not yet valid, good */
        struct party other = renew_party(&S.client, kinds[i]);
        struct moonlight m = S.m;
        m.party = &other;
        pair_at_once(&S.client);
        check(&S.m, true, "/applist", 200, 200);
        check(&m, true, "/applist", 200, 401);
        on_loop(remove_client, S.client.certificate.fingerprint);
        pair_at_once(&other); /* clients make their certificates themselves; their dates prove nothing */
        check(&m, true, "/applist", 200, 200);
        check(&S.m, true, "/applist", 200, 401);
        on_loop(remove_client, other.certificate.fingerprint);
        drop_party(&other);
    }
}

static void a_revoked_client_is_out_and_cut(void **state)
{
    pair_at_once(&S.client);
    check(&S.m, true, "/applist", 200, 200);
    on_loop(remove_client, S.client.certificate.fingerprint);
    assert_int_equal(played().cuts, 1);
    assert_memory_equal(played().cut, S.client.certificate.fingerprint, 32);
    check(&S.m, true, "/serverinfo", 200, 401);
    check(&S.m, true, "/launch?appid=1&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=1", 200, 401);
    assert_int_equal(played().launches, 0);
    assert_false(phase_5(&(struct ceremony){.m = &S.m}));
    struct pf_gamestream_store *again; /* nor after a restart */
    assert_int_equal(pf_gamestream_store_open(S.dir.path, &again, NULL), 0);
    assert_false(pf_gamestream_store_knows(again, S.client.certificate.fingerprint));
    pf_gamestream_store_destroy(again);
}

/* ---- playing --------------------------------------------------------------------------------------------
 */

#define LAUNCH                                                                                               \
    "?uniqueid=1&appid=1&mode=1280x720x60&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=-7&gcmap=5"

static void launch_resume_cancel(void **state)
{
    struct answer a;
    pair_at_once(&S.client);
    a = ask_https(&S.m, "/launch" LAUNCH);
    assert_string_equal(element(&a, "sessionUrl0"), "rtsp://127.0.0.1:48010");
    assert_string_equal(element(&a, "gamesession"), "1");
    drop_answer(&a);
    struct pf_gs_launch l = played().launch;
    assert_memory_equal(l.fingerprint, S.client.certificate.fingerprint, 32);
    assert_int_equal(l.app_id, 1);
    assert_int_equal(l.key_id, (uint32_t)-7);
    assert_int_equal(l.gamepad_mask, 5);
    assert_int_equal(l.peer.ss_family, AF_INET);
    assert_int_equal(pf_address_port((struct sockaddr *)&l.local), S.m.https_port);
    assert_string_equal(l.library_id, "");
    assert_int_equal(strncmp(l.label, "Moonlight ", 10), 0);
    check(&S.m, true, "/launch?appid=1", 200, 400);
    check(&S.m, true, "/launch?appid=55&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=1", 200, 404);
    assert_int_equal(played().launches, 1);

    a = ask_https(&S.m, "/resume?rikey=0f0102030405060708090a0b0c0d0e0f&rikeyid=1&surroundAudioInfo=196610");
    assert_string_equal(element(&a, "resume"), "1");
    assert_string_equal(element(&a, "sessionUrl0"), "rtsp://127.0.0.1:48010");
    drop_answer(&a);
    assert_int_equal(played().launch.key[0], 0x0f);
    a = ask_https(&S.m, "/cancel?uniqueid=1");
    assert_string_equal(element(&a, "cancel"), "1");
    drop_answer(&a);
    assert_memory_equal(played().canceller, S.client.certificate.fingerprint, 32);
}

static void verdicts_are_told(void **state)
{
    static const struct {
        enum pf_gs_play_verdict verdict;
        int launch, resume, cancel;
    } table[] = {{PF_GS_PLAY_BUSY, 503, 503, 503}, {PF_GS_PLAY_NOTHING, 503, 503, 200},
        {PF_GS_PLAY_FOREIGN, 470, 470, 470}, {PF_GS_PLAY_FULL, 503, 503, 503},
        {PF_GS_PLAY_FAILED, 503, 503, 503}};
    pair_at_once(&S.client);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        set_play((struct fake_play){.verdict = table[i].verdict});
        check(&S.m, true, "/launch" LAUNCH, 200, table[i].launch);
        check(&S.m, true, "/resume" LAUNCH, 200, table[i].resume);
        check(&S.m, true, "/cancel", 200, table[i].cancel);
    }
    struct answer a = ask_https(&S.m, "/launch" LAUNCH);
    assert_string_equal(element(&a, "gamesession"), "0");
    assert_non_null(strstr(a.body, "status_message=\"no &lt;display&gt; &amp; no encoder\""));
    drop_answer(&a);
}

static void apps_and_their_art(void **state)
{
    pair_at_once(&S.client);
    struct answer a = ask_https(&S.m, "/applist");
    assert_string_equal(a.body, "<?xml version=\"1.0\" encoding=\"utf-8\"?><root "
                                "status_code=\"200\"><App><IsHdrSupported>0</IsHdrSupported>"
                                "<AppTitle>Desktop</AppTitle><ID>1</ID></App></root>");
    drop_answer(&a);
    a = ask_https(&S.m, "/appasset?appid=1&AssetType=2&AssetIdx=0");
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.head, "image/png"));
    assert_true(a.len > 500);
    assert_memory_equal(a.body, "\x89PNG\r\n\x1a\n", 8);
    drop_answer(&a);
    check(&S.m, true, "/appasset?appid=2", 404, 0);
    check(&S.m, true, "/appasset", 404, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(strangers_get_the_401_form),
        TEST(http_has_little),
        TEST(the_views_of_serverinfo),
        TEST(certificates_must_be_identical),
        TEST(a_revoked_client_is_out_and_cut),
        TEST(launch_resume_cancel),
        TEST(verdicts_are_told),
        TEST(apps_and_their_art),
    };
    return cmocka_run_group_tests(tests, NULL, drop_client);
}
