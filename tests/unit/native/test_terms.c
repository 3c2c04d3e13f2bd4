#include "native/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct pf_session_plan plan_of_a_desktop(void)
{
    return (struct pf_session_plan){.source = PF_SESSION_SOURCE_VIRTUAL,
        .mode = {1920, 1080, 60000},
        .codec = PF_CODEC_H264,
        .bitrate_kbps = 20000,
        .bit_depth = 8,
        .chroma = 1,
        .audio_channels = 2,
        .gamepad = PF_PAD_KIND_XBOX_360,
        .compositor = PF_COMPOSITOR_WLROOTS};
}

static struct pf_terms terms_of_the_specification(void)
{
    struct pf_terms t = {.udp_port = 50000, .fec_percent = 10, .shard_payload = 1408};
    for (uint8_t i = 0; i < 16; i++)
        t.key[i] = 0x10 + i;
    memcpy(t.salt, "\xa1\xa2\xa3\xa4", 4);
    return t;
}

/* The recommended form of punktfunk1-control.md 10.2, for wlroots and H.264. */
static void welcome_is_the_recommended_form(void **state)
{
    static const uint8_t want[] = {0x50, 0x4b, 0x46, 0x31, 2, 0, 0, 0, 0x50, 0xc3, 0x80, 7, 0, 0, 0x38, 4, 0,
        0, 0x3c, 0, 0, 0, 1, 0x0a, 0, 0x10, 0x80, 5, 1, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
        0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0xa1, 0xa2, 0xa3, 0xa4, 0, 0, 0, 0, 2, 1, 0x20, 0x4e, 0, 0,
        8, 1, 1, 1, 0, 1, 2, 1};
    struct pf_session_plan plan = plan_of_a_desktop();
    struct pf_terms terms = terms_of_the_specification();
    struct pf_welcome w = pf_terms_welcome(&plan, &terms);
    uint8_t buf[PF_WELCOME_MAX];
    assert_int_equal(pf_welcome_encode(&w, buf, sizeof(buf)), PF_WELCOME_BASELINE_LEN);
    assert_memory_equal(buf, want, sizeof(want));
}

static void welcome_tells_hdr_and_frames(void **state)
{
    struct pf_session_plan plan = plan_of_a_desktop();
    plan.hdr = true;
    plan.bit_depth = 10;
    plan.chroma = 3;
    plan.mode.refresh_mhz = 59940;
    struct pf_terms terms = terms_of_the_specification();
    terms.frames = 300;
    struct pf_welcome w = pf_terms_welcome(&plan, &terms);
    assert_int_equal(w.frames, 300);
    assert_int_equal(w.refresh, 60);
    assert_int_equal(w.bit_depth, 10);
    assert_int_equal(w.primaries * 10000 + w.transfer * 100 + w.matrix, 91609);
    assert_int_equal(w.chroma_format_idc, 3);
}

static void hello_becomes_a_request(void **state)
{
    struct pf_hello h = pf_hello_default();
    const uint8_t fingerprint[32] = {7};
    h.width = 2560;
    h.height = 1440;
    h.refresh = 120;
    h.video_codecs = 7;
    h.preferred = PF_WIRE_CODEC_H264;
    h.compositor = PF_WIRE_COMPOSITOR_MUTTER;
    h.video_caps = PF_VIDEO_CAP_10BIT;
    strcpy(h.launch, "steam:570");
    struct pf_session_request r = pf_terms_request(&h, PF_SESSION_SOURCE_VIRTUAL, "Phone", fingerprint);
    assert_int_equal(r.mode.refresh_mhz, 120000);
    assert_int_equal(r.codecs, 7);
    assert_int_equal(r.preferred, PF_CODEC_H264);
    assert_int_equal(r.compositor, PF_COMPOSITOR_MUTTER);
    assert_true(r.ten_bit);
    assert_false(r.chroma_444);
    assert_true(r.has_fingerprint);
    assert_int_equal(r.fingerprint[0], 7);
    assert_string_equal(r.label, "Phone");
    assert_string_equal(r.launch, "steam:570");
    assert_false(pf_terms_request(&h, PF_SESSION_SOURCE_VIRTUAL, "Phone", NULL).has_fingerprint);
}

static void an_absurd_refresh_rate_does_not_wrap(void **state)
{
    struct pf_hello h = pf_hello_default();
    h.refresh = 4294968; /* · 1000 is 704 modulo 2^32 */
    struct pf_session_request r = pf_terms_request(&h, PF_SESSION_SOURCE_VIRTUAL, "", NULL);
    assert_true(r.mode.refresh_mhz > 1000000);
}

/* Older clients get the shorter form. */
static void newer_clients_learn_what_the_host_takes(void **state)
{
    struct pf_hello h = pf_hello_default();
    assert_false(pf_terms_is_newer(&h));
    h.video_caps = PF_VIDEO_CAP_PROBE_SEQ;
    assert_true(pf_terms_is_newer(&h));
    struct pf_session_plan plan = {.source = PF_SESSION_SOURCE_VIRTUAL,
        .codec = PF_CODEC_H264,
        .compositor = PF_COMPOSITOR_WLROOTS,
        .gamepad = PF_PAD_KIND_XBOX_ONE};
    struct pf_terms terms = {.udp_port = 1};
    assert_int_equal(pf_terms_welcome(&plan, &terms).host_caps, 0);
    terms.newer = true;
    struct pf_welcome w = pf_terms_welcome(&plan, &terms);
    assert_int_equal(w.host_caps, PF_HOST_CAP_GAMEPAD_STATE | PF_HOST_CAP_TEXT_INPUT);
    assert_int_equal(w.gamepad, PF_WIRE_PAD_XBOXONE);
    plan.compositor = PF_COMPOSITOR_ANY;
    assert_int_equal(pf_terms_welcome(&plan, &terms).host_caps, PF_HOST_CAP_GAMEPAD_STATE);
}

static void shards_fit_the_path_and_the_client(void **state)
{
    assert_int_equal(pf_terms_shard_payload(false, 0, 1500), 1408);
    assert_int_equal(pf_terms_shard_payload(true, 0, 1500), 1388);
    assert_int_equal(pf_terms_shard_payload(false, 8908, 1500), 1408);
    assert_int_equal(pf_terms_shard_payload(false, 1201, 1500), 1200);
    assert_int_equal(pf_terms_shard_payload(false, 3, 1500), 512);
    /* The path: unknown, wide, narrow (punktfunk1-data.md 2.2), absurd. */
    assert_int_equal(pf_terms_shard_payload(false, 0, -1), 1408);
    assert_int_equal(pf_terms_shard_payload(false, 0, 65536), 1408);
    assert_int_equal(pf_terms_shard_payload(false, 0, 1280), 1188);
    assert_int_equal(pf_terms_shard_payload(true, 0, 1280), 1168);
    assert_int_equal(pf_terms_shard_payload(false, 0, 1401), 1308);
    assert_int_equal(pf_terms_shard_payload(false, 1000, 1280), 1000);
    assert_int_equal(pf_terms_shard_payload(true, 0, 68), 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(welcome_is_the_recommended_form),
        cmocka_unit_test(welcome_tells_hdr_and_frames),
        cmocka_unit_test(hello_becomes_a_request),
        cmocka_unit_test(an_absurd_refresh_rate_does_not_wrap),
        cmocka_unit_test(newer_clients_learn_what_the_host_takes),
        cmocka_unit_test(shards_fit_the_path_and_the_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
