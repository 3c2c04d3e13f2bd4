#include "gamestream/wire/sdp.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the host offers -------------------------------------------------------------------------------
 */

/* The first line for a number of channels is the normal layout, written with the entry of index 3 at the end
 * (clients put it back); the second is the high-quality one, written as it is. */
static const char surround_lines[] = "a=fmtp:97 surround-params=21101\r\n"
                                     "a=fmtp:97 surround-params=21101\r\n"
                                     "a=fmtp:97 surround-params=642012453\r\n"
                                     "a=fmtp:97 surround-params=660012345\r\n"
                                     "a=fmtp:97 surround-params=85301245673\r\n"
                                     "a=fmtp:97 surround-params=88001234567\r\n";

int pf_gs_describe_write(const struct pf_gs_offer *o, char *out, size_t cap)
{
    int n = snprintf(out, cap,
        "a=x-ss-general.featureFlags:%u\r\n"
        "a=x-ss-general.encryptionSupported:%u\r\n"
        "a=x-ss-general.encryptionRequested:%u\r\n"
        "%s%s%s%s",
        o->features, o->supported, o->requested,
        o->reference_invalidation ? "a=x-nv-video[0].refPicInvalidation:1\r\n" : "",
        o->hevc ? "sprop-parameter-sets=AAAAAU\r\n" : "", o->av1 ? "a=rtpmap:98 AV1/90000\r\n" : "",
        surround_lines);
    return n < 0 || (size_t)n >= cap ? -EMSGSIZE : n;
}

/* ---- what the client wants ------------------------------------------------------------------------------
 */

/* Attributes as numbers, before they are judged. */
struct numbers {
    int64_t width, height, fps, refresh_x100, packet_size;
    int64_t configured_kbps, maximum_kbps;
    int64_t codec, dynamic_range, chroma, csc, intra_refresh, slices, references, parity, min_parity;
    int64_t channels, quality, audio_ms;
    int64_t encryption, features, general_features, video_qos, audio_qos;
};

static const struct attribute {
    const char *name;
    size_t offset;
} attributes[] = {
#define ATTRIBUTE(name, member)                                                                              \
    {                                                                                                        \
        name, offsetof(struct numbers, member)                                                               \
    }
    ATTRIBUTE("x-nv-video[0].clientViewportWd", width),
    ATTRIBUTE("x-nv-video[0].clientViewportHt", height),
    ATTRIBUTE("x-nv-video[0].maxFPS", fps),
    ATTRIBUTE("x-nv-video[0].clientRefreshRateX100", refresh_x100),
    ATTRIBUTE("x-nv-video[0].packetSize", packet_size),
    ATTRIBUTE("x-ml-video.configuredBitrateKbps", configured_kbps),
    ATTRIBUTE("x-nv-vqos[0].bw.maximumBitrateKbps", maximum_kbps),
    ATTRIBUTE("x-nv-vqos[0].bitStreamFormat", codec),
    ATTRIBUTE("x-nv-video[0].dynamicRangeMode", dynamic_range),
    ATTRIBUTE("x-ss-video[0].chromaSamplingType", chroma),
    ATTRIBUTE("x-nv-video[0].encoderCscMode", csc),
    ATTRIBUTE("x-ss-video[0].intraRefresh", intra_refresh),
    ATTRIBUTE("x-nv-video[0].videoEncoderSlicesPerFrame", slices),
    ATTRIBUTE("x-nv-video[0].maxNumReferenceFrames", references),
    ATTRIBUTE("x-nv-vqos[0].fec.enable", parity),
    ATTRIBUTE("x-nv-vqos[0].fec.minRequiredFecPackets", min_parity),
    ATTRIBUTE("x-nv-audio.surround.numChannels", channels),
    ATTRIBUTE("x-nv-audio.surround.AudioQuality", quality),
    ATTRIBUTE("x-nv-aqos.packetDuration", audio_ms),
    ATTRIBUTE("x-ss-general.encryptionEnabled", encryption),
    ATTRIBUTE("x-ml-general.featureFlags", features),
    ATTRIBUTE("x-nv-general.featureFlags", general_features),
    ATTRIBUTE("x-nv-vqos[0].qosTrafficType", video_qos),
    ATTRIBUTE("x-nv-aqos.qosTrafficType", audio_qos),
#undef ATTRIBUTE
};

#define AUDIO_ENCRYPTION_FLAG 0x20u /* in general.featureFlags: set by clients whatever the host offers */
#define NUMBER_DIGITS         12u

/* A decimal number between blanks; false if it is none. */
static bool read_number(const char *p, size_t len, int64_t *ret_value)
{
    char text[NUMBER_DIGITS + 1];
    while (len && (*p == ' ' || *p == '\t')) {
        p++;
        len--;
    }
    while (len && (p[len - 1] == ' ' || p[len - 1] == '\r' || p[len - 1] == '\t'))
        len--;
    if (!len || len > NUMBER_DIGITS)
        return false;
    memcpy(text, p, len);
    text[len] = '\0';
    char *end;
    *ret_value = strtoll(text, &end, 10);
    return *end == '\0';
}

static void take_line(struct numbers *n, const char *line, size_t len)
{
    if (len < 2 || memcmp(line, "a=", 2) != 0)
        return;
    line += 2;
    len -= 2;
    const char *colon = memchr(line, ':', len);
    for (size_t i = 0; colon && i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        size_t name = strlen(attributes[i].name);
        int64_t value;
        if ((size_t)(colon - line) != name || memcmp(line, attributes[i].name, name) != 0)
            continue;
        if (read_number(colon + 1, len - name - 1, &value))
            *(int64_t *)(void *)((char *)n + attributes[i].offset) = value;
        return;
    }
}

static struct numbers read_attributes(const char *body, size_t len)
{
    struct numbers n = {.channels = 2,
        .audio_ms = 5,
        .references = 1,
        .slices = 1,
        .video_qos = 5,
        .audio_qos = 4,
        .parity = 1,
        .min_parity = 0,
        .csc = 0};
    while (len) {
        const char *end = memchr(body, '\n', len);
        size_t line = end ? (size_t)(end - body) : len, step = end ? line + 1 : line;
        take_line(&n, body, line);
        body += step;
        len -= step;
    }
    return n;
}

static bool within(int64_t v, int64_t min, int64_t max)
{
    return v >= min && v <= max;
}

/* Why no stream can be made of this; NULL if it can. */
static const char *refusal(const struct numbers *n)
{
    if (!within(n->width, 64, 8192) || !within(n->height, 64, 8192))
        return "the picture size is missing or out of range";
    if (n->width % 2 || n->height % 2)
        return "width and height must be even";
    if (!within(n->fps, 1, 1000))
        return "the frame rate is missing or out of range";
    if (!within(n->packet_size, 64, 2048) || n->packet_size % 16)
        return "the packet size is missing or out of range";
    if (!within(n->codec, 0, 2))
        return "the video format is unknown";
    if (n->channels != 2 && n->channels != 6 && n->channels != 8)
        return "the number of audio channels is none of 2, 6 and 8";
    return NULL;
}

static unsigned clamp(int64_t v, int64_t min, int64_t max)
{
    return (unsigned)(v < min ? min : v > max ? max : v);
}

#define DEFAULT_KBPS 20000
#define MAX_KBPS     1000000

int pf_gs_announce_parse(const char *body, size_t len, struct pf_gs_wish *ret_wish, const char **ret_why)
{
    struct numbers n = read_attributes(body, len);
    const char *why = refusal(&n);
    if (why) {
        *ret_why = why;
        return -EINVAL;
    }
    int64_t kbps = n.configured_kbps > 0 ? n.configured_kbps
                   : n.maximum_kbps > 0  ? n.maximum_kbps
                                         : DEFAULT_KBPS;
    *ret_wish = (struct pf_gs_wish){
        .width = (unsigned)n.width,
        .height = (unsigned)n.height,
        .fps = (unsigned)n.fps,
        .refresh_x100 = within(n.refresh_x100, 100, 100000) ? (unsigned)n.refresh_x100 : 0,
        .packet_size = (unsigned)n.packet_size,
        .bitrate_kbps = clamp(kbps, 500, MAX_KBPS),
        .codec = (enum pf_gs_codec)n.codec,
        .ten_bit = n.dynamic_range == 1,
        .chroma_444 = n.chroma == 1,
        .full_range = n.csc & 1,
        .intra_refresh = n.intra_refresh == 1,
        .colour_space = clamp(n.csc >> 1, 0, 2),
        .slices = clamp(n.slices, 1, 32),
        .max_references = clamp(n.references, 0, 16),
        .parity = n.parity != 0,
        .min_parity = clamp(n.min_parity, 0, 16),
        .audio_channels = (unsigned)n.channels,
        .audio_ms = n.audio_ms >= 10 ? 10 : 5,
        .audio_high_quality = n.quality == 1,
        .encryption = (unsigned)(n.encryption & 7) |
                      (n.general_features & AUDIO_ENCRYPTION_FLAG ? PF_GS_ENCRYPT_AUDIO : 0),
        .client_features = (unsigned)(n.features & 3),
        .mark_video = n.video_qos != 0,
        .mark_audio = n.audio_qos != 0,
    };
    return 0;
}
