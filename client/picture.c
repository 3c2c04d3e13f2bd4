#include "client/picture.h"

#include <errno.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The matrix that the stream names; BT.709 if it names none, as the protocol says for 8 bit. */
static int matrix_of(const AVFrame *picture)
{
    switch (picture->colorspace) {
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return SWS_CS_ITU601;
    case AVCOL_SPC_BT2020_NCL:
        return SWS_CS_BT2020;
    default:
        return SWS_CS_ITU709;
    }
}

/* Converts w×h pixels from (x, y) to packed RGB. */
static int convert(const AVFrame *picture, int x, int y, int w, int h, uint8_t *rgb)
{
    enum AVPixelFormat format = (enum AVPixelFormat)picture->format;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    const uint8_t *planes[4] = {0};
    uint8_t *const out[4] = {rgb};
    const int out_stride[4] = {3 * w};
    int full = picture->color_range == AVCOL_RANGE_JPEG;

    if (!desc || (desc->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM)))
        return -ENOTSUP;
    struct SwsContext *sws =
        sws_getContext(w, h, format, w, h, AV_PIX_FMT_RGB24, SWS_POINT | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!sws)
        return -ENOTSUP;
    sws_setColorspaceDetails(sws, sws_getCoefficients(matrix_of(picture)), full,
        sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    for (int p = 0; p < 4 && picture->data[p]; p++) {
        bool chroma = p == 1 || p == 2;
        int row = chroma ? y >> desc->log2_chroma_h : y;
        int left = x ? av_image_get_linesize(format, x, p) : 0; /* bytes of x pixels in this plane */
        planes[p] = picture->data[p] + (ptrdiff_t)row * picture->linesize[p] + left;
    }
    sws_scale(sws, planes, picture->linesize, 0, h, out, out_stride);
    sws_freeContext(sws);
    return 0;
}

static int clamp(long v, int max)
{
    return v < 0 ? 0 : v > max ? max : (int)v;
}

int64_t probe_picture_color(const AVFrame *picture, long x, long y)
{
    /* a 16×16 tile, because converters dislike single pixels; even corner, so that chroma lines up */
    uint8_t rgb[3 * 16 * 16];
    int w = picture->width < 16 ? picture->width : 16, h = picture->height < 16 ? picture->height : 16;
    int px = clamp(x, picture->width - 1), py = clamp(y, picture->height - 1);
    int left = clamp(px, picture->width - w) & ~1, top = clamp(py, picture->height - h) & ~1;
    if (px - left >= w) /* odd sizes: the last column belongs to the tile one further on */
        left++;
    if (py - top >= h)
        top++;
    int r = convert(picture, left, top, w, h, rgb);
    if (r < 0)
        return r;
    const uint8_t *c = rgb + 3 * ((size_t)(py - top) * (size_t)w + (size_t)(px - left));
    return (int64_t)c[0] << 16 | (int64_t)c[1] << 8 | c[2];
}

int probe_picture_write_png(const AVFrame *picture, const char *path, struct pf_error *err)
{
    int w = picture->width, h = picture->height;
    uint8_t *rgb = malloc(3 * (size_t)w * (size_t)h);
    int r = rgb ? convert(picture, 0, 0, w, h, rgb) : -ENOMEM;
    png_image image = {.version = PNG_IMAGE_VERSION,
        .width = (png_uint_32)w,
        .height = (png_uint_32)h,
        .format = PNG_FORMAT_RGB};
    if (r < 0)
        pf_error_set(err, r, "the picture cannot be converted: %s", strerror(-r));
    else if (!png_image_write_to_file(&image, path, 0, rgb, 0, NULL))
        r = pf_error_set(err, -EIO, "the picture cannot be written to %s: %s", path, image.message);
    free(rgb);
    return r;
}
