#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/plan.h"

#include <stdlib.h>
#include <string.h>

enum { ALL = PF_CODEC_H264 | PF_CODEC_HEVC | PF_CODEC_AV1 };

#define MODE(w, h, hz)                                                                                       \
    {                                                                                                        \
        .width = (w), .height = (h), .refresh_mhz = (hz)*1000                                                \
    }
#define ON(c) (1u << (c))

static const struct pf_host_facts software = {
    .codecs = PF_CODEC_H264, .compositors = ON(PF_COMPOSITOR_WLROOTS), .compositor = PF_COMPOSITOR_WLROOTS};
static const struct pf_host_facts gpu = {.codecs = ALL,
    .compositors = ON(PF_COMPOSITOR_KWIN) | ON(PF_COMPOSITOR_GAMESCOPE),
    .compositor = PF_COMPOSITOR_KWIN,
    .ten_bit = true,
    .chroma_444 = true};
static const struct pf_host_facts bare = {.codecs = ALL};
static const struct pf_host_facts no_encoder = {
    .compositors = ON(PF_COMPOSITOR_KWIN), .compositor = PF_COMPOSITOR_KWIN};
static const struct pf_session_policy open_policy = {0};
static const struct pf_session_policy rich = {.ten_bit = true, .chroma_444 = true};
static const struct pf_session_policy thrifty = {.max_bitrate_kbps = 10000};

static const struct row {
    const char *what;
    struct pf_session_request request;
    const struct pf_host_facts *facts;
    const struct pf_session_policy *policy;
    enum pf_refusal refusal;
    /* if not refused */
    enum pf_codec codec;
    uint32_t kbps;
    unsigned depth, chroma;
    enum pf_compositor compositor;
} rows[] = {
    {"plain", {.mode = MODE(1920, 1080, 60), .codecs = ALL}, &software, &open_policy, PF_REFUSAL_NONE,
        PF_CODEC_H264, 20000, 8, 1, PF_COMPOSITOR_WLROOTS},
    {"old client means HEVC", {.mode = MODE(1280, 720, 60)}, &gpu, &open_policy, PF_REFUSAL_NONE,
        PF_CODEC_HEVC, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"old client on a software host", {.mode = MODE(1280, 720, 60)}, &software, &open_policy,
        PF_REFUSAL_CODEC},
    {"preference", {.mode = MODE(1280, 720, 60), .codecs = ALL, .preferred = PF_CODEC_AV1}, &gpu,
        &open_policy, PF_REFUSAL_NONE, PF_CODEC_AV1, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"preference that is not shared", {.mode = MODE(1280, 720, 60), .codecs = ALL, .preferred = PF_CODEC_AV1},
        &software, &open_policy, PF_REFUSAL_NONE, PF_CODEC_H264, 20000, 8, 1, PF_COMPOSITOR_WLROOTS},
    {"nothing shared", {.mode = MODE(1280, 720, 60), .codecs = PF_CODEC_AV1}, &software, &open_policy,
        PF_REFUSAL_CODEC},
    {"no encoder", {.mode = MODE(1280, 720, 60), .codecs = ALL}, &no_encoder, &open_policy,
        PF_REFUSAL_NO_ENCODER},
    {"odd width", {.mode = MODE(1281, 720, 60), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_DIMENSIONS},
    {"odd height", {.mode = MODE(1280, 721, 60), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_DIMENSIONS},
    {"no width", {.mode = MODE(0, 720, 60), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_DIMENSIONS},
    {"largest of H.264", {.mode = MODE(4096, 4096, 60), .codecs = PF_CODEC_H264}, &gpu, &open_policy,
        PF_REFUSAL_NONE, PF_CODEC_H264, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"too large for H.264", {.mode = MODE(4098, 2160, 60), .codecs = PF_CODEC_H264}, &gpu, &open_policy,
        PF_REFUSAL_DIMENSIONS},
    {"the same with HEVC", {.mode = MODE(4098, 2160, 60), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_NONE,
        PF_CODEC_HEVC, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"too large for HEVC", {.mode = MODE(8194, 2160, 60), .codecs = ALL}, &gpu, &open_policy,
        PF_REFUSAL_DIMENSIONS},
    {"no refresh", {.mode = MODE(1280, 720, 0), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_REFRESH},
    {"fast", {.mode = MODE(1280, 720, 1000), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_NONE,
        PF_CODEC_HEVC, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"too fast", {.mode = MODE(1280, 720, 1001), .codecs = ALL}, &gpu, &open_policy, PF_REFUSAL_REFRESH},
    {"low rate", {.mode = MODE(1280, 720, 60), .codecs = ALL, .bitrate_kbps = 1}, &gpu, &open_policy,
        PF_REFUSAL_NONE, PF_CODEC_HEVC, 500, 8, 1, PF_COMPOSITOR_KWIN},
    {"high rate", {.mode = MODE(1280, 720, 60), .codecs = ALL, .bitrate_kbps = UINT32_MAX}, &gpu,
        &open_policy, PF_REFUSAL_NONE, PF_CODEC_HEVC, 8000000, 8, 1, PF_COMPOSITOR_KWIN},
    {"ceiling", {.mode = MODE(1280, 720, 60), .codecs = ALL, .bitrate_kbps = 50000}, &gpu, &thrifty,
        PF_REFUSAL_NONE, PF_CODEC_HEVC, 10000, 8, 1, PF_COMPOSITOR_KWIN},
    {"below the ceiling", {.mode = MODE(1280, 720, 60), .codecs = ALL, .bitrate_kbps = 9000}, &gpu, &thrifty,
        PF_REFUSAL_NONE, PF_CODEC_HEVC, 9000, 8, 1, PF_COMPOSITOR_KWIN},
    {"ten bits and 4:4:4", {.mode = MODE(1280, 720, 60), .codecs = ALL, .ten_bit = true, .chroma_444 = true},
        &gpu, &rich, PF_REFUSAL_NONE, PF_CODEC_HEVC, 20000, 10, 3, PF_COMPOSITOR_KWIN},
    {"not allowed", {.mode = MODE(1280, 720, 60), .codecs = ALL, .ten_bit = true, .chroma_444 = true}, &gpu,
        &open_policy, PF_REFUSAL_NONE, PF_CODEC_HEVC, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"not wanted", {.mode = MODE(1280, 720, 60), .codecs = ALL}, &gpu, &rich, PF_REFUSAL_NONE, PF_CODEC_HEVC,
        20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"not possible", {.mode = MODE(1280, 720, 60), .codecs = ALL, .ten_bit = true, .chroma_444 = true},
        &software, &rich, PF_REFUSAL_NONE, PF_CODEC_H264, 20000, 8, 1, PF_COMPOSITOR_WLROOTS},
    {"4:4:4 is for HEVC only",
        {.mode = MODE(1280, 720, 60), .codecs = PF_CODEC_AV1, .ten_bit = true, .chroma_444 = true}, &gpu,
        &rich, PF_REFUSAL_NONE, PF_CODEC_AV1, 20000, 10, 1, PF_COMPOSITOR_KWIN},
    {"compositor wish", {.mode = MODE(1280, 720, 60), .codecs = ALL, .compositor = PF_COMPOSITOR_GAMESCOPE},
        &gpu, &open_policy, PF_REFUSAL_NONE, PF_CODEC_HEVC, 20000, 8, 1, PF_COMPOSITOR_GAMESCOPE},
    {"compositor that is not there",
        {.mode = MODE(1280, 720, 60), .codecs = ALL, .compositor = PF_COMPOSITOR_MUTTER}, &gpu, &open_policy,
        PF_REFUSAL_NONE, PF_CODEC_HEVC, 20000, 8, 1, PF_COMPOSITOR_KWIN},
    {"no compositor at all", {.mode = MODE(1280, 720, 60), .codecs = ALL}, &bare, &open_policy,
        PF_REFUSAL_NO_COMPOSITOR},
    {"verification frames need neither", {.source = PF_SESSION_SOURCE_SYNTHETIC, .mode = MODE(1280, 720, 0)},
        &(const struct pf_host_facts){0}, &open_policy, PF_REFUSAL_NONE, PF_CODEC_NONE, 20000, 8, 1,
        PF_COMPOSITOR_ANY},
    {"verification frames have limits too",
        {.source = PF_SESSION_SOURCE_SYNTHETIC, .mode = MODE(8194, 720, 60)},
        &(const struct pf_host_facts){0}, &open_policy, PF_REFUSAL_DIMENSIONS},
};

static void check_row(const struct row *row)
{
    struct pf_error err = {""};
    struct pf_session_plan plan, untouched;
    memset(&plan, 0x5a, sizeof(plan));
    untouched = plan;
    enum pf_refusal r = pf_session_plan_make(&row->request, row->facts, row->policy, &plan, &err);
    if (r != row->refusal)
        fail_msg("%s: refusal %d: %s", row->what, r, err.text);
    if (r) {
        assert_true(strlen(err.text) > 20);
        assert_memory_equal(&plan, &untouched, sizeof(plan));
        return;
    }
    if (plan.codec != row->codec || plan.bitrate_kbps != row->kbps || plan.bit_depth != row->depth ||
        plan.chroma != row->chroma || plan.compositor != row->compositor)
        fail_msg("%s", row->what);
    assert_int_equal(plan.hdr, plan.bit_depth == 10);
    assert_int_equal(plan.colour.matrix, plan.hdr ? PF_MATRIX_BT2020 : row->request.colour.matrix);
    assert_int_equal(plan.colour.full_range, row->request.colour.full_range);
    assert_true(pf_mode_equal(&plan.mode, &row->request.mode));
}

static void the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

static void what_is_copied(void **state)
{
    (void)state;
    struct pf_session_request request = {.mode = MODE(1280, 720, 60),
        .codecs = ALL,
        .audio_channels = 6,
        .has_fingerprint = true,
        .fingerprint = {3},
        .label = "Tablet",
        .launch = "steam:1"};
    struct pf_session_plan plan;
    assert_int_equal(pf_session_plan_make(&request, &gpu, &open_policy, &plan, NULL), PF_REFUSAL_NONE);
    assert_string_equal(plan.label, "Tablet");
    assert_string_equal(plan.launch, "steam:1");
    assert_true(plan.has_fingerprint);
    assert_int_equal(plan.fingerprint[0], 3);
    assert_int_equal(plan.audio_channels, 6);
    request.audio_channels = 7;
    assert_int_equal(pf_session_plan_make(&request, &gpu, &open_policy, &plan, NULL), PF_REFUSAL_NONE);
    assert_int_equal(plan.audio_channels, 2);
}

static void changes_of_mode(void **state)
{
    (void)state;
    const struct pf_session_plan h264 = {.codec = PF_CODEC_H264}, hevc = {.codec = PF_CODEC_HEVC};
    const struct pf_mode large = MODE(5120, 1440, 60), still = MODE(1280, 720, 0), odd = MODE(1279, 720, 60),
                         fine = MODE(1366, 768, 144);
    struct pf_error err;
    assert_int_equal(pf_session_plan_check_mode(&h264, &large, &err), PF_REFUSAL_DIMENSIONS);
    assert_int_equal(pf_session_plan_check_mode(&hevc, &large, &err), PF_REFUSAL_NONE);
    assert_int_equal(pf_session_plan_check_mode(&h264, &still, &err), PF_REFUSAL_REFRESH);
    assert_int_equal(pf_session_plan_check_mode(&h264, &odd, &err), PF_REFUSAL_DIMENSIONS);
    assert_int_equal(pf_session_plan_check_mode(&h264, &fine, &err), PF_REFUSAL_NONE);
}

static void one_line_for_the_log(void **state)
{
    (void)state;
    char text[160];
    struct pf_session_plan plan = {.mode = {1920, 1080, 59940},
        .codec = PF_CODEC_H264,
        .bitrate_kbps = 20000,
        .bit_depth = 8,
        .chroma = 1,
        .audio_channels = 2,
        .compositor = PF_COMPOSITOR_WLROOTS};
    assert_string_equal(pf_session_plan_describe(&plan, text, sizeof(text)),
        "1920x1080@59.940 h264 8-bit 4:2:0 20000 kbps on wlroots, 2 channels");
    plan.source = PF_SESSION_SOURCE_SYNTHETIC;
    plan.mode.refresh_mhz = 60000;
    assert_string_equal(
        pf_session_plan_describe(&plan, text, sizeof(text)), "1920x1080@60 verification frames");
}

static void policy_from_the_environment(void **state)
{
    (void)state;
    unsetenv("PUNKTFUNK_10BIT");
    setenv("PUNKTFUNK_444", "0", 1); /* presence counts, whatever the value */
    struct pf_session_policy p = pf_session_policy_from_env();
    assert_false(p.ten_bit);
    assert_true(p.chroma_444);
    unsetenv("PUNKTFUNK_444");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(what_is_copied),
        cmocka_unit_test(changes_of_mode),
        cmocka_unit_test(one_line_for_the_log),
        cmocka_unit_test(policy_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
