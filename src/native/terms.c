#include "native/terms.h"

#include "punktfunk/fec.h"
#include "punktfunk/packet.h"

#include <stdio.h>
#include <string.h>

enum { SHARD_IPV4 = 1408, SHARD_IPV6 = 1388, SHARD_MIN = 512 };

/* What a shard has around it: packet header and sealing, UDP, IP. */
enum { AROUND_IPV4 = 64 + 8 + 20, AROUND_IPV6 = 64 + 8 + 40 };

bool pf_terms_is_newer(const struct pf_hello *hello)
{
    return hello->video_caps & PF_VIDEO_CAP_PROBE_SEQ;
}

struct pf_mode pf_terms_mode(const struct pf_hello *hello)
{
    uint32_t hz = hello->refresh < UINT32_MAX / 1000 ? hello->refresh : UINT32_MAX / 1000;
    return (struct pf_mode){.width = hello->width, .height = hello->height, .refresh_mhz = hz * 1000};
}

struct pf_session_request pf_terms_request(const struct pf_hello *hello, enum pf_session_source source,
    const char *label, const uint8_t *fingerprint)
{
    struct pf_session_request r = {.source = source,
        .mode = pf_terms_mode(hello),
        .codecs = hello->video_codecs,
        .preferred = hello->preferred,
        .bitrate_kbps = hello->bitrate_kbps,
        .compositor = (enum pf_compositor)hello->compositor,
        .ten_bit = hello->video_caps & PF_VIDEO_CAP_10BIT,
        .chroma_444 = hello->video_caps & PF_VIDEO_CAP_444,
        .audio_channels = hello->audio_channels,
        .gamepad = hello->gamepad,
        .has_fingerprint = fingerprint != NULL};
    if (fingerprint)
        memcpy(r.fingerprint, fingerprint, sizeof(r.fingerprint));
    snprintf(r.label, sizeof(r.label), "%s", label);
    snprintf(r.launch, sizeof(r.launch), "%s", hello->launch);
    return r;
}

static uint8_t host_caps(const struct pf_session_plan *plan)
{
    /* Only there does every character arrive (input-audio-encode.md 9). Elsewhere text is typed as far as the
     * keyboard layout goes, so a client does better with keys; what it sends all the same is taken. */
    bool types = plan->compositor == PF_COMPOSITOR_WLROOTS;
    return (uint8_t)(PF_HOST_CAP_GAMEPAD_STATE | (types ? PF_HOST_CAP_TEXT_INPUT : 0));
}

struct pf_welcome pf_terms_welcome(const struct pf_session_plan *plan, const struct pf_terms *terms)
{
    struct pf_welcome w = pf_welcome_default();
    w.udp_port = terms->udp_port;
    w.width = plan->mode.width;
    w.height = plan->mode.height;
    w.refresh = (plan->mode.refresh_mhz + 500) / 1000;
    w.fec_scheme = PF_FEC_GF16;
    w.fec_percent = (uint8_t)terms->fec_percent;
    w.max_data_per_block = PF_BLOCK_DATA_DEFAULT;
    w.shard_payload = terms->shard_payload;
    w.encrypt = 1;
    memcpy(w.key, terms->key, sizeof(w.key));
    memcpy(w.salt, terms->salt, sizeof(w.salt));
    w.frames = terms->frames;
    w.compositor = (uint8_t)plan->compositor;
    w.gamepad = (uint8_t)plan->gamepad;
    w.bitrate_kbps = plan->bitrate_kbps;
    w.bit_depth = (uint8_t)plan->bit_depth;
    if (plan->hdr) {
        w.primaries = 9;
        w.transfer = 16;
        w.matrix = 9;
    }
    w.chroma_format_idc = (uint8_t)plan->chroma;
    w.audio_channels = (uint8_t)plan->audio_channels;
    if (plan->codec != PF_CODEC_NONE)
        w.codec = (uint8_t)plan->codec;
    w.extended = terms->newer;
    w.host_caps = terms->newer ? host_caps(plan) : 0;
    w.grants = terms->grants;
    w.expires_in_s = terms->expires_in_s;
    return w;
}

uint16_t pf_terms_shard_payload(bool ipv6, uint16_t client_max, int path_mtu)
{
    unsigned p = ipv6 ? SHARD_IPV6 : SHARD_IPV4, around = ipv6 ? AROUND_IPV6 : AROUND_IPV4;
    if (path_mtu > 0 && (unsigned)path_mtu < p + around)
        p = (unsigned)path_mtu > around ? ((unsigned)path_mtu - around) & ~1u : 0;
    if (client_max && client_max < p)
        p = client_max & ~1u;
    return (uint16_t)(p < SHARD_MIN ? SHARD_MIN : p);
}
