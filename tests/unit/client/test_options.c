#include "client/options.h"

#include "punktfunk/wire_handshake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PARSE(o, ...)                                                                                        \
    parse(o, (int)(sizeof((const char *[]){"probe", __VA_ARGS__}) / sizeof(char *)),                         \
        (const char *[]){"probe", __VA_ARGS__})

static struct pf_error err;

static int parse(struct probe_options *o, int argc, const char *const *argv)
{
    memset(o, 0xEE, sizeof(*o));
    return probe_options_parse(argc, (char *const *)argv, o, &err);
}

static void defaults(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "den"), 0);
    assert_string_equal(o.host, "den");
    assert_int_equal(o.port, 9777);
    assert_int_equal(o.mode.width, 1280);
    assert_int_equal(o.codec, 0);
    assert_int_equal(o.offered, 7);
    assert_string_equal(o.name, "punktfunk-probe");
    assert_false(o.pin.wanted || o.json || o.speed_test.wanted || o.remode.wanted);
}

static void targets(void **state)
{
    static const struct {
        const char *text, *host;
        int port;
    } good[] = {{"10.0.0.5", "10.0.0.5", 9777}, {"10.0.0.5:99", "10.0.0.5", 99}, {"[::1]:99", "::1", 99},
        {"[fe80::1%eth0]", "fe80::1%eth0", 9777}, {"::1", "::1", 9777}, {"den.local:1", "den.local", 1}};
    static const char *const bad[] = {"", ":99", "a:0", "a:65536", "a:b", "[::1", "[]:1", "[::1]9", "[::1]:"};
    struct probe_options o;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(PARSE(&o, "--connect", good[i].text), 0);
        assert_string_equal(o.host, good[i].host);
        assert_int_equal(o.port, good[i].port);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(PARSE(&o, "--connect", bad[i]), -EINVAL);
}

static void discovery(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "den"), 0);
    assert_int_equal(o.discover_s, 0);
    assert_int_equal(PARSE(&o, "--discover"), 0);
    assert_int_equal(o.discover_s, 4);
    assert_int_equal(PARSE(&o, "--discover", "9", "--json"), 0);
    assert_int_equal(o.discover_s, 9);
    assert_true(o.json);
    assert_int_equal(PARSE(&o, "--discover=0"), -EINVAL);
}

static void modes(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "--mode", "1920x1080@60", "--remode", "1600x900@50:2.5"), 0);
    assert_int_equal(o.mode.height, 1080);
    assert_true(o.remode.wanted && o.remode.after_s == 2.5);
    assert_int_equal(o.remode.mode.refresh, 50);
    assert_int_equal(PARSE(&o, "--mode", "0x0@60"), 0); /* for the host to refuse */
    assert_int_equal(PARSE(&o, "--mode", "2560x1440x120", "--remode", "2x2@1"), 0);
    assert_int_equal(o.mode.refresh, 120);
    assert_true(o.remode.after_s == 3);
    static const char *const bad[] = {
        "1920x1080", "1920x1080@", "1920x1080@60Hz", "-1x1@1", "1920x99999@60", "x@1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(PARSE(&o, "--mode", bad[i]), -EINVAL);
        assert_int_equal(PARSE(&o, "--remode", bad[i]), -EINVAL);
    }
}

static void codecs(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "--codec", "h264", "--offer", "h264,av1"), 0);
    assert_int_equal(o.codec, PF_WIRE_CODEC_H264);
    assert_int_equal(o.offered, PF_WIRE_CODEC_H264 | PF_WIRE_CODEC_AV1);
    assert_int_equal(PARSE(&o, "--codec", "h263"), -EINVAL);
    assert_string_equal(err.text, "--codec: unknown value \"h263\"; did you mean h264?");
}

static void tests_and_losses(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "--speed-test", "--drop", "2.5", "--drop-burst", "3:100", "--seed", "9"), 0);
    assert_true(o.speed_test.wanted);
    assert_int_equal(o.speed_test.kbps, 3000000);
    assert_true(o.drop.percent == 2.5);
    assert_int_equal(o.drop.burst, 3);
    assert_int_equal(o.drop.every, 100);
    assert_int_equal(o.drop.seed, 9);
    assert_int_equal(PARSE(&o, "--speed-test", "5000:100", "den"), 0);
    assert_int_equal(o.speed_test.ms, 100);
    assert_string_equal(o.host, "den");
    assert_int_equal(PARSE(&o, "--drop", "101"), -EINVAL);
    assert_int_equal(PARSE(&o, "--drop-burst", "3:3"), -EINVAL);
    assert_int_equal(PARSE(&o, "--watch-color", "1,2,3"), -EINVAL);
    assert_int_equal(PARSE(&o, "--watch-color", "100,200"), 0);
    assert_true(o.watch.wanted && !o.watch.centre && o.watch.y == 200);
}

static void pins(void **state)
{
    struct probe_options o;
    assert_int_equal(
        PARSE(&o, "--pin", "60A3fc80cd8d087bc8168f6570269dc500863b337424a07aa71b9a104dc25c7f"), 0);
    assert_true(o.pin.wanted);
    assert_int_equal(o.pin.fingerprint[1], 0xA3);
    assert_int_equal(PARSE(&o, "--pin", "60a3"), -EINVAL);
    assert_int_equal(
        PARSE(&o, "--pin", "60A3fc80cd8d087bc8168f6570269dc500863b337424a07aa71b9a104dc25c7f00"), -EINVAL);
}

static void unknown_options_name_the_nearest(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "--screenshoot", "x"), -EINVAL);
    assert_string_equal(err.text, "unknown option --screenshoot; did you mean --screenshot?");
}

static void impossible_combinations(void **state)
{
    struct probe_options o;
    assert_int_equal(PARSE(&o, "--pair", "1234", "--out", "x"), -EINVAL);
    assert_int_equal(PARSE(&o, "--audio-channels", "3"), -EINVAL);
    assert_int_equal(PARSE(&o, "--replace", "--speed-test"), -EINVAL);
    assert_int_equal(PARSE(&o, "--replace", "--quit"), 0);
    assert_true(o.replace && o.quit);
    assert_int_equal(PARSE(&o, "--name", ""), -EINVAL);
    char name[66];
    memset(name, 'n', 65);
    name[65] = '\0';
    assert_int_equal(PARSE(&o, "--name", name), -EINVAL);
    name[64] = '\0';
    assert_int_equal(PARSE(&o, "--name", name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(targets),
        cmocka_unit_test(discovery),
        cmocka_unit_test(modes),
        cmocka_unit_test(codecs),
        cmocka_unit_test(tests_and_losses),
        cmocka_unit_test(pins),
        cmocka_unit_test(unknown_options_name_the_nearest),
        cmocka_unit_test(impossible_combinations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
