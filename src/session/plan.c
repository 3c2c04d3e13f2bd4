#include "session/plan.h"

#include "base/env.h"
#include "punktfunk/wire_handshake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MHZ_MIN 1000u
#define MHZ_MAX 1000000u

struct pf_session_policy pf_session_policy_from_env(void)
{
    return (struct pf_session_policy){
        .ten_bit = pf_env_get("PUNKTFUNK_10BIT") != NULL,
        .chroma_444 = pf_env_get("PUNKTFUNK_444") != NULL,
        .gamepad = pf_pad_kind_of_word(pf_env_get("PUNKTFUNK_GAMEPAD")),
        .no_uhid = access("/dev/uhid", R_OK | W_OK) != 0,
    };
}

static enum pf_refusal refuse(struct pf_error *err, enum pf_refusal refusal, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum pf_refusal refuse(struct pf_error *err, enum pf_refusal refusal, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (err)
        vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    return refusal;
}

/* "h264, av1" */
static const char *codec_list(unsigned mask, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = 0;
    for (unsigned bit = PF_CODEC_H264; bit <= PF_CODEC_AV1; bit <<= 1)
        if (mask & bit)
            len += (size_t)snprintf(
                out + len, cap - len, "%s%s", len ? ", " : "", pf_codec_name((enum pf_codec)bit));
    return out;
}

static enum pf_refusal choose_codec(const struct pf_session_request *request,
    const struct pf_host_facts *facts, struct pf_session_plan *plan, struct pf_error *err)
{
    char ours[32], theirs[32];
    if (!facts->codecs)
        return refuse(err, PF_REFUSAL_NO_ENCODER,
            "this host has no video encoder that works; its log says which were tried");
    plan->codec = (enum pf_codec)pf_negotiate_codec(
        (uint8_t)request->codecs, (uint8_t)facts->codecs, (uint8_t)request->preferred);
    if (plan->codec != PF_CODEC_NONE)
        return PF_REFUSAL_NONE;
    return refuse(err, PF_REFUSAL_CODEC, "this host encodes %s, the client decodes %s",
        codec_list(facts->codecs, ours, sizeof(ours)),
        codec_list(request->codecs ? request->codecs : PF_CODEC_HEVC, theirs, sizeof(theirs)));
}

static enum pf_refusal check_size(
    enum pf_session_source source, enum pf_codec codec, const struct pf_mode *mode, struct pf_error *err)
{
    unsigned limits = source == PF_SESSION_SOURCE_SYNTHETIC ? PF_CODEC_HEVC : codec;
    if (pf_negotiate_dimensions((uint8_t)limits, mode->width, mode->height))
        return PF_REFUSAL_NONE;
    return refuse(err, PF_REFUSAL_DIMENSIONS,
        "a picture of %" PRIu32 "x%" PRIu32 " is not possible: both sides must be even and at most %u",
        mode->width, mode->height, limits == PF_CODEC_H264 ? 4096u : 8192u);
}

static enum pf_refusal check_refresh(const struct pf_mode *mode, struct pf_error *err)
{
    if (mode->refresh_mhz >= MHZ_MIN && mode->refresh_mhz <= MHZ_MAX)
        return PF_REFUSAL_NONE;
    return refuse(err, PF_REFUSAL_REFRESH,
        "a refresh rate of %" PRIu32 " Hz is not possible: it must be 1 to 1000", mode->refresh_mhz / 1000);
}

static enum pf_refusal choose_compositor(const struct pf_session_request *request,
    const struct pf_host_facts *facts, struct pf_session_plan *plan, struct pf_error *err)
{
    unsigned wish = request->compositor;
    if (wish && wish < PF_COMPOSITORS && facts->compositors & 1u << wish) {
        plan->compositor = request->compositor;
        return PF_REFUSAL_NONE;
    }
    if (facts->compositor != PF_COMPOSITOR_ANY) {
        plan->compositor = facts->compositor;
        return PF_REFUSAL_NONE;
    }
    return refuse(err, PF_REFUSAL_NO_COMPOSITOR,
        "no virtual display is possible: the host found no desktop session of a kind it knows");
}

static void choose_depth(const struct pf_session_request *request, const struct pf_host_facts *facts,
    const struct pf_session_policy *policy, struct pf_session_plan *plan)
{
    bool deep = plan->codec != PF_CODEC_H264 && request->ten_bit && facts->ten_bit && policy->ten_bit;
    bool full =
        plan->codec == PF_CODEC_HEVC && request->chroma_444 && facts->chroma_444 && policy->chroma_444;
    plan->bit_depth = deep ? 10 : 8;
    plan->hdr = deep;
    if (deep)
        plan->colour.matrix = PF_MATRIX_BT2020;
    plan->chroma = full ? 3 : 1;
}

uint32_t pf_session_plan_bitrate(const struct pf_session_policy *policy, uint32_t kbps)
{
    uint32_t rate = pf_negotiate_bitrate(kbps), most = policy->max_bitrate_kbps;
    if (most && rate > most)
        rate = most > PF_BITRATE_MIN_KBPS ? most : PF_BITRATE_MIN_KBPS;
    return rate;
}

/* What only matters if there is a picture. */
static enum pf_refusal plan_video(const struct pf_session_request *request, const struct pf_host_facts *facts,
    const struct pf_session_policy *policy, struct pf_session_plan *plan, struct pf_error *err)
{
    enum pf_refusal r = choose_codec(request, facts, plan, err);
    if (!r)
        r = check_size(plan->source, plan->codec, &plan->mode, err);
    if (!r)
        r = check_refresh(&plan->mode, err);
    if (!r)
        r = choose_compositor(request, facts, plan, err);
    choose_depth(request, facts, policy, plan);
    return r;
}

enum pf_refusal pf_session_plan_make(const struct pf_session_request *request,
    const struct pf_host_facts *facts, const struct pf_session_policy *policy,
    struct pf_session_plan *ret_plan, struct pf_error *err)
{
    struct pf_session_plan plan = {
        .source = request->source,
        .mode = request->mode,
        .bitrate_kbps = pf_session_plan_bitrate(policy, request->bitrate_kbps),
        .bit_depth = 8,
        .chroma = 1,
        .colour = request->colour,
        .slices = request->slices,
        .one_reference = request->one_reference,
        .audio_channels = pf_negotiate_audio_channels((uint8_t)request->audio_channels),
        .gamepad = pf_pad_kind_choose(request->gamepad, policy->gamepad, !policy->no_uhid),
        .has_fingerprint = request->has_fingerprint,
    };
    memcpy(plan.fingerprint, request->fingerprint, sizeof(plan.fingerprint));
    memcpy(plan.label, request->label, sizeof(plan.label));
    memcpy(plan.launch, request->launch, sizeof(plan.launch));

    enum pf_refusal r = plan.source == PF_SESSION_SOURCE_VIRTUAL
                            ? plan_video(request, facts, policy, &plan, err)
                            : check_size(plan.source, plan.codec, &plan.mode, err);
    if (!r)
        *ret_plan = plan;
    return r;
}

enum pf_refusal pf_session_plan_check_mode(
    const struct pf_session_plan *plan, const struct pf_mode *mode, struct pf_error *err)
{
    enum pf_refusal r = check_size(plan->source, plan->codec, mode, err);
    return r ? r : check_refresh(mode, err);
}

char *pf_session_plan_describe(const struct pf_session_plan *plan, char *out, size_t cap)
{
    const struct pf_mode *m = &plan->mode;
    char hz[16];
    snprintf(hz, sizeof(hz), m->refresh_mhz % 1000 ? "%" PRIu32 ".%03" PRIu32 : "%" PRIu32,
        m->refresh_mhz / 1000, m->refresh_mhz % 1000);
    if (plan->source == PF_SESSION_SOURCE_SYNTHETIC)
        snprintf(out, cap, "%" PRIu32 "x%" PRIu32 "@%s verification frames", m->width, m->height, hz);
    else
        snprintf(out, cap, "%" PRIu32 "x%" PRIu32 "@%s %s %u-bit %s %" PRIu32 " kbps on %s, %u channels",
            m->width, m->height, hz, pf_codec_name(plan->codec), plan->bit_depth,
            plan->chroma == 3 ? "4:4:4" : "4:2:0", plan->bitrate_kbps, pf_compositor_name(plan->compositor),
            plan->audio_channels);
    return out;
}
