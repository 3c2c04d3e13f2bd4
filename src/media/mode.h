/* A display mode and the codecs, as every layer above core speaks of them. */
#ifndef PF_MEDIA_MODE_H
#define PF_MEDIA_MODE_H

#include <stdbool.h>
#include <stdint.h>

struct pf_mode {
    uint32_t width, height; /* pixels */
    uint32_t refresh_mhz;   /* thousandths of a hertz: 59.94 Hz is 59940 */
};

/* Bits as on the punktfunk/1 wire (punktfunk1-control.md 2.6). */
enum pf_codec {
    PF_CODEC_NONE = 0,
    PF_CODEC_H264 = 1,
    PF_CODEC_HEVC = 2,
    PF_CODEC_AV1 = 4,
};

static inline bool pf_mode_equal(const struct pf_mode *a, const struct pf_mode *b)
{
    return a->width == b->width && a->height == b->height && a->refresh_mhz == b->refresh_mhz;
}

/* Time from one frame to the next; refresh_mhz must not be 0. */
static inline uint64_t pf_mode_frame_ns(const struct pf_mode *m)
{
    return 1000000000000ull / m->refresh_mhz;
}

/* "h264", "hevc", "av1", or "none". */
static inline const char *pf_codec_name(enum pf_codec codec)
{
    return codec == PF_CODEC_H264   ? "h264"
           : codec == PF_CODEC_HEVC ? "hevc"
           : codec == PF_CODEC_AV1  ? "av1"
                                    : "none";
}

#endif
