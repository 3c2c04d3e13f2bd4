/* The pure parts of nvhttp: queries, XML, launch parameters, serverinfo, the list of apps, box art. */
#include "../trust/temp_dir.h"
#include "gamestream/nvhttp/apps.h"
#include "gamestream/nvhttp/boxart.h"
#include "gamestream/nvhttp/doorkeeper.h"
#include "gamestream/nvhttp/launch.h"
#include "gamestream/nvhttp/serverinfo.h"
#include "net/address.h"

#include "base/time.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- queries --------------------------------------------------------------------------------------------
 */

static int parse(const char *text, struct pf_gs_query *q)
{
    static char copy[4096];
    snprintf(copy, sizeof(copy), "%s", text);
    return pf_gs_query_parse(copy, q);
}

static void queries(void **state)
{
    struct pf_gs_query q;
    int64_t n = 7;
    (void)state;
    assert_int_equal(parse("a=1&b=%41%2b+%c3%A9&&c&a=2&=x&d=a=b", &q), 0);
    assert_string_equal(pf_gs_query_get(&q, "a"), "1");
    assert_string_equal(pf_gs_query_get(&q, "b"), "A++\xc3\xa9");
    assert_string_equal(pf_gs_query_get(&q, "c"), "");
    assert_string_equal(pf_gs_query_get(&q, "d"), "a=b");
    assert_null(pf_gs_query_get(&q, "e"));
    assert_int_equal(parse("%61pp%69d=5", &q), 0);
    assert_true(pf_gs_query_number(&q, "appid", 0, 10, &n));
    assert_int_equal(n, 5);
    assert_false(pf_gs_query_number(&q, "appid", 6, 10, &n));
    assert_int_equal(pf_gs_query_parse(NULL, &q), 0);
    assert_int_equal(q.count, 0);
    static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%00", "%=1", "a=1&b=%2"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(parse(bad[i], &q), -EBADMSG);
    char many[500] = "";
    for (unsigned i = 0; i < PF_GS_QUERY_PARAMS_MAX; i++)
        strcat(many, "x=1&");
    assert_int_equal(parse(many, &q), 0);
    strcat(many, "x=1");
    assert_int_equal(parse(many, &q), -E2BIG);
}

static void numbers_are_whole(void **state)
{
    struct pf_gs_query q;
    int64_t n = 7;
    (void)state;
    static const char *const bad[] = {"n=", "n= 1", "n=1 ", "n=1x", "n=0x1", "n=99999999999999999999", "m=1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(bad[i], &q), 0);
        assert_false(pf_gs_query_number(&q, "n", INT64_MIN, INT64_MAX, &n));
    }
    assert_int_equal(n, 7);
}

/* ---- XML ------------------------------------------------------------------------------------------------
 */

static void documents(void **state)
{
    struct pf_gs_xml x;
    size_t len;
    (void)state;
    pf_gs_xml_begin(&x, 401, "no \"entry\" & <out>", "/a&b");
    pf_gs_xml_text(&x, "AppTitle", "Tom & \"Jerry\" <3\x01\n");
    pf_gs_xml_number(&x, "ID", -5);
    char *text = pf_gs_xml_end(&x, &len);
    assert_string_equal(text,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><root status_code=\"401\" query=\"/a&amp;b\" "
        "status_message=\"no &quot;entry&quot; &amp; &lt;out&gt;\"><AppTitle>Tom &amp; &quot;Jerry&quot; "
        "&lt;3?\n</AppTitle><ID>-5</ID></root>");
    assert_int_equal(len, strlen(text));
    free(text);
}

static char *info_of(const struct pf_gs_serverinfo *info)
{
    struct pf_gs_xml x;
    size_t len;
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    pf_gs_serverinfo_write(&x, info);
    return pf_gs_xml_end(&x, &len);
}

static void serverinfo(void **state)
{
    struct pf_gs_serverinfo info = {.hostname = "Tom's <box>",
        .uniqueid = "0123456789abcdef0123456789abcdef",
        .http_port = 47989,
        .https_port = 47984,
        .local_ip = "10.0.0.5",
        .codecs = PF_CODEC_H264 | PF_CODEC_HEVC | PF_CODEC_AV1,
        .mac = "aa:bb:cc:dd:ee:ff",
        .current_app = 7};
    (void)state;
    char *text = info_of(&info);
    assert_non_null(strstr(text,
        "<root status_code=\"200\"><hostname>Tom's &lt;box&gt;</hostname><appversion>7.1.431.-1</appversion>"
        "<GfeVersion>3.23.0.74</GfeVersion><uniqueid>0123456789abcdef0123456789abcdef</uniqueid>"
        "<HttpsPort>47984</HttpsPort><ExternalPort>47989</ExternalPort>"
        "<MaxLumaPixelsHEVC>1869449984</MaxLumaPixelsHEVC><mac>00:00:00:00:00:00</mac>"
        "<LocalIP>10.0.0.5</LocalIP><ServerCodecModeSupport>65793</ServerCodecModeSupport>"
        "<PairStatus>0</PairStatus><currentgame>0</currentgame><state>SUNSHINE_SERVER_FREE</state>"));
    free(text);
    info.paired = true;
    info.codecs = PF_CODEC_H264;
    text = info_of(&info);
    assert_non_null(strstr(text, "<MaxLumaPixelsHEVC>0</MaxLumaPixelsHEVC><mac>aa:bb:cc:dd:ee:ff</mac>"));
    assert_non_null(
        strstr(text, "<ServerCodecModeSupport>1</ServerCodecModeSupport><PairStatus>1</PairStatus>"
                     "<currentgame>7</currentgame><state>SUNSHINE_SERVER_BUSY</state>"));
    free(text);
    info.mac = "";
    text = info_of(&info);
    assert_non_null(strstr(text, "<mac>00:00:00:00:00:00</mac>"));
    free(text);
}

/* ---- /launch --------------------------------------------------------------------------------------------
 */

#define KEY "rikey=000102030405060708090A0b0c0d0e0f&rikeyid="

static int launch(const char *text, bool resume, struct pf_gs_launch *l)
{
    struct pf_gs_query q;
    struct pf_error err;
    assert_int_equal(parse(text, &q), 0);
    return pf_gs_launch_parse(&q, resume, l, &err);
}

static void launch_parameters(void **state)
{
    struct pf_gs_launch l;
    (void)state;
    assert_int_equal(
        launch("appid=3&mode=1280x720x59&additionalStates=1&sops=1&" KEY
               "-2&localAudioPlayMode=0&surroundAudioInfo=4128774&remoteControllersBitmap=1&gcmap="
               "3&gcpersist=0&hdrMode=1&clientHdrCapVersion=0&corever=1",
            false, &l),
        0);
    static const uint8_t key[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    assert_memory_equal(l.key, key, 16);
    assert_int_equal(l.key_id, 0xFFFFFFFE);
    assert_int_equal(l.app_id, 3);
    assert_int_equal(l.mode.width, 1280);
    assert_int_equal(l.mode.height, 720);
    assert_int_equal(l.mode.refresh_mhz, 59000);
    assert_int_equal(l.channels, 6);
    assert_int_equal(l.gamepad_mask, 3);
    assert_true(l.hdr && l.rtsp_encrypted);

    assert_int_equal(launch(KEY "4294967295&surroundAudioInfo=104792072", true, &l), 0);
    assert_int_equal(l.key_id, 0xFFFFFFFF);
    assert_int_equal(l.channels, 8);
    assert_int_equal(l.mode.width, 1920);
    assert_int_equal(l.mode.refresh_mhz, 60000);
    assert_false(l.hdr || l.rtsp_encrypted);
    assert_int_equal(
        launch("appid=1&mode=640x480x0&hdrMode=0&corever=0&surroundAudioInfo=196610&" KEY "0", false, &l), 0);
    assert_int_equal(l.mode.refresh_mhz, 60000);
    assert_int_equal(l.channels, 2);
    assert_false(l.hdr || l.rtsp_encrypted);
}

static void bad_launches(void **state)
{
    static const char *const bad[] = {
        "appid=1",
        "appid=1&rikey=00&rikeyid=1",
        "appid=1&rikeyid=1",
        "appid=1&rikey=000102030405060708090a0b0c0d0e0f",
        "appid=1&rikey=000102030405060708090a0b0c0d0e0g&rikeyid=1",
        "appid=1&rikey=000102030405060708090a0b0c0d0e0f00&rikeyid=1",
        "appid=1&" KEY "x",
        "appid=1&" KEY "4294967296",
        "appid=1&" KEY "-2147483649",
        KEY "1",
        "appid=-1&" KEY "1",
        "appid=x&" KEY "1",
        "appid=1&" KEY "1&mode=",
        "appid=1&" KEY "1&mode=1280x720",
        "appid=1&" KEY "1&mode=1280x720x",
        "appid=1&" KEY "1&mode=1280x720x60x",
        "appid=1&" KEY "1&mode=1281x720x60",
        "appid=1&" KEY "1&mode=1280x721x60",
        "appid=1&" KEY "1&mode=0x720x60",
        "appid=1&" KEY "1&mode=8194x720x60",
        "appid=1&" KEY "1&mode=-2x720x60",
        "appid=1&" KEY "1&mode=1280x720x1001",
        "appid=1&" KEY "1&mode=4294968576x720x60",
    };
    struct pf_gs_launch l;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (launch(bad[i], false, &l) != -EINVAL)
            fail_msg("%s was taken", bad[i]);
}

/* ---- apps -----------------------------------------------------------------------------------------------
 */

static void write_apps(const struct temp_dir *d, const char *text)
{
    char *path = pf_path_join(d->path, "apps.json");
    assert_int_equal(pf_file_write(path, text, strlen(text), 0644, NULL), 0);
    free(path);
}

static void the_desktop_is_always_there(void **state)
{
    static const char *const useless[] = {NULL, "", "{", "{}", "[]", "[1, {\"id\": 5}, {\"title\": \"x\"}]",
        "[{\"id\": 0, \"title\": \"x\"}, {\"id\": 2147483648, \"title\": \"x\"}, {\"id\": 1, \"title\": "
        "\"\"}]"};
    struct temp_dir d = temp_dir_make();
    (void)state;
    for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
        struct pf_gs_apps apps;
        if (useless[i])
            write_apps(&d, useless[i]);
        assert_int_equal(pf_gs_apps_load(d.path, NULL, NULL, &apps), 0);
        assert_int_equal(apps.count, 1);
        assert_int_equal(apps.list[0].id, PF_GS_DESKTOP_ID);
        assert_string_equal(apps.list[0].title, "Desktop");
        assert_null(pf_gs_apps_find(&apps, 4));
        pf_gs_apps_finish(&apps);
    }
    temp_dir_remove(&d);
}

static size_t library(void *user, struct pf_gs_title *ret, size_t max)
{
    static const char *const ids[] = {"steam:570", "steam:570", "custom:a"};
    (void)user;
    for (size_t i = 0; i < 3 && i < max; i++) {
        snprintf(ret[i].library_id, sizeof(ret[i].library_id), "%s", ids[i]);
        snprintf(ret[i].title, sizeof(ret[i].title), "Title %zu", i);
    }
    return max < 3 ? max : 3;
}

static void apps_of_file_and_library(void **state)
{
    struct temp_dir d = temp_dir_make();
    struct pf_gs_apps apps;
    char title[200], text[400];
    (void)state;
    memset(title, 'x', sizeof(title));
    memcpy(title + PF_GS_APP_TITLE_MAX - 1, "\xc3\xa9", 2); /* would be cut in the middle */
    title[199] = 0;
    snprintf(text, sizeof(text),
        "[{\"id\": 9, \"title\": \"Big Picture\", \"compositor\": \"sway\"}, {\"id\": 9, \"title\": "
        "\"Twin\"}, "
        "{\"id\": 3, \"title\": \"%s\", \"cmd\": \"game\"}]",
        title);
    write_apps(&d, text);
    assert_int_equal(pf_gs_apps_load(d.path, library, NULL, &apps), 0);
    assert_int_equal(apps.count, 5);
    assert_string_equal(apps.list[0].title, "Big Picture");
    assert_string_equal(pf_gs_apps_find(&apps, 9)->library_id, "");
    assert_int_equal(pf_gs_apps_find(&apps, 9)->compositor, PF_COMPOSITOR_WLROOTS);
    assert_string_equal(pf_gs_apps_find(&apps, 3)->library_id, "app:3");
    assert_int_equal(pf_gs_apps_find(&apps, 3)->compositor, PF_COMPOSITOR_ANY);
    assert_int_equal(strlen(apps.list[1].title), PF_GS_APP_TITLE_MAX - 1);
    uint32_t id = pf_gs_app_id_of("steam:570");
    assert_int_equal(id & 0xC0000000, 0x40000000);
    assert_int_equal(apps.list[2].id, id);
    assert_int_equal(apps.list[3].id, 0x40000000 | ((id + 1) & 0x3FFFFFFF)); /* a clash: the next free one */
    assert_string_equal(apps.list[4].library_id, "custom:a");
    pf_gs_apps_finish(&apps);
    temp_dir_remove(&d);
}

static void art_is_a_picture(void **state)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    char *one, *two;
    size_t len, other;
    (void)state;
    assert_int_equal(pf_gs_boxart_draw("Desktop", &one, &len), 0);
    assert_int_equal(pf_gs_boxart_draw("Game", &two, &other), 0);
    assert_true(png_image_begin_read_from_memory(&image, one, len));
    assert_int_equal(image.width, PF_GS_BOXART_WIDTH);
    assert_int_equal(image.height, PF_GS_BOXART_HEIGHT);
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(image));
    image.format = PNG_FORMAT_RGB;
    assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    assert_memory_not_equal(rgb, rgb + 3 * 300 * 399, 300); /* not one colour */
    assert_true(len != other || memcmp(one, two, len) != 0);
    free(rgb);
    free(one);
    free(two);
}

/* ---- the doorkeeper -------------------------------------------------------------------------------------
 */

static void floods_stop_at_the_door(void **state)
{
    static struct pf_gs_doorkeeper d;
    struct sockaddr_storage one, other, mapped;
    uint64_t now = 5 * PF_NS_PER_S;
    (void)state;
    assert_int_equal(pf_address_parse("10.0.0.5:1", 0, &one, NULL), 0);
    assert_int_equal(pf_address_parse("[::ffff:10.0.0.5]:2", 0, &mapped, NULL), 0);
    for (unsigned i = 0; i < PF_GS_DOORKEEPER_BURST; i++)
        assert_true(pf_gs_doorkeeper_admit(&d, now, (struct sockaddr *)&one));
    assert_false(pf_gs_doorkeeper_admit(&d, now, (struct sockaddr *)&one));
    assert_false(pf_gs_doorkeeper_admit(&d, now + PF_NS_PER_S - 1, (struct sockaddr *)&mapped));
    for (unsigned i = 0; i < 1000; i++) { /* others are not its fault */
        char text[32];
        snprintf(text, sizeof(text), "10.1.%u.%u", i / 250, i % 250);
        assert_int_equal(pf_address_parse(text, 0, &other, NULL), 0);
        assert_true(pf_gs_doorkeeper_admit(&d, now + 1, (struct sockaddr *)&other));
    }
    assert_true(pf_gs_doorkeeper_admit(&d, now + PF_NS_PER_S, (struct sockaddr *)&one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries),
        cmocka_unit_test(numbers_are_whole),
        cmocka_unit_test(documents),
        cmocka_unit_test(serverinfo),
        cmocka_unit_test(launch_parameters),
        cmocka_unit_test(bad_launches),
        cmocka_unit_test(the_desktop_is_always_there),
        cmocka_unit_test(apps_of_file_and_library),
        cmocka_unit_test(art_is_a_picture),
        cmocka_unit_test(floods_stop_at_the_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
