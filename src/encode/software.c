#include "encode/software.h"

#include "base/env.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pf_frame_converter_init(struct pf_frame_converter *converter, const struct pf_encoder_params *params)
{
    *converter = (struct pf_frame_converter){
        .kernel = pf_convert_best(), .mode = params->mode, .colour = params->colour};
}

void pf_frame_converter_finish(struct pf_frame_converter *converter)
{
    pf_dmabuf_maps_finish(&converter->maps);
}

int pf_frame_converter_convert(
    struct pf_frame_converter *converter, const struct pf_frame *frame, const struct pf_yuv_picture *out)
{
    const struct pf_yuv_weights *weights = pf_convert_weights(frame->format, &converter->colour);
    if (!weights)
        return -ENOTSUP;
    if (frame->width != converter->mode.width || frame->height != converter->mode.height)
        return -EINVAL;

    if (frame->memory == PF_FRAME_SHM) {
        pf_convert(
            converter->kernel, weights, frame->pixels, frame->stride, frame->width, frame->height, out);
        return 0;
    }
    const uint8_t *pixels;
    int rc = pf_dmabuf_begin_read(&converter->maps, frame, &pixels);
    if (rc)
        return rc;
    pf_convert(
        converter->kernel, weights, pixels, frame->dmabuf.plane[0].stride, frame->width, frame->height, out);
    pf_dmabuf_end_read(frame);
    return 0;
}

int pf_encoder_matrix_code(enum pf_matrix matrix)
{
    return matrix == PF_MATRIX_BT601 ? 6 : matrix == PF_MATRIX_BT2020 ? 9 : 1;
}

int pf_encoder_check_params(const struct pf_encoder_params *params, unsigned max_side, uint64_t max_pixels,
    const char *backend, struct pf_error *err)
{
    const struct pf_mode *m = &params->mode;
    if (params->codec != PF_CODEC_H264)
        return pf_error_set(
            err, -ENOTSUP, "the %s encoder makes H.264 only, not %s", backend, pf_codec_name(params->codec));
    if (!m->width || !m->height || m->width % 2 || m->height % 2)
        return pf_error_set(err, -EINVAL,
            "a picture of %" PRIu32 "x%" PRIu32 " cannot be encoded: both sides must be even", m->width,
            m->height);
    if (m->width > max_side || m->height > max_side || (uint64_t)m->width * m->height > max_pixels)
        return pf_error_set(err, -EINVAL,
            "A picture of %" PRIu32 "x%" PRIu32 " is too large for the %s encoder; ask for a smaller one.",
            m->width, m->height, backend);
    if (m->refresh_mhz < 1000 || m->refresh_mhz > 1000000)
        return pf_error_set(err, -EINVAL, "%" PRIu32 ".%03" PRIu32 " Hz cannot be encoded: 1 to 1000 can",
            m->refresh_mhz / 1000, m->refresh_mhz % 1000);
    if (!params->bitrate_kbps)
        return pf_error_set(err, -EINVAL, "an encoder needs a bitrate above 0");
    return 0;
}

unsigned pf_encoder_slice_threads(const struct pf_encoder_params *params)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned useful = params->mode.height / 128, most = 8, wanted = params->slices;
    unsigned n = processors < 1 ? 1 : (unsigned)processors;
    n = n < useful ? n : useful;
    n = n > wanted ? n : wanted;
    n = n < most ? n : most;
    return n ? n : 1;
}

double pf_encoder_vbv_frames(double otherwise)
{
    const char *text = pf_env_get("PUNKTFUNK_VBV_FRAMES");
    char *end;
    double frames = text ? strtod(text, &end) : otherwise;
    return !text || *end || !(frames >= 0.1 && frames <= 600) ? otherwise : frames;
}

int pf_access_unit_append(struct pf_access_unit *au, const void *data, size_t len)
{
    int rc = pf_access_unit_reserve(au, au->len + len);
    if (rc)
        return rc;
    memcpy(au->data + au->len, data, len);
    au->len += len;
    return 0;
}
