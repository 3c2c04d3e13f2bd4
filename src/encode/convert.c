#include "encode/convert.h"

#include "encode/convert_kernels.h"
#include "media/frame.h"

const struct pf_convert_kernel *const pf_convert_kernels[] = {
#ifdef PF_HAVE_CONVERT_AVX2
    &pf_convert_avx2,
#endif
    &pf_convert_c,
    NULL,
};

const struct pf_convert_kernel *pf_convert_best(void)
{
    size_t i = 0;
    while (!pf_convert_kernels[i]->works())
        i++;
    return pf_convert_kernels[i]; /* the last one always works */
}

/* BT.709 luma weights 0.2126, 0.7152, 0.0722 scaled by 219/255, colour differences by 224/255. The weights of
 * each colour difference add up to 0, so that greys have no colour at all. */
#define Y_R 5983
#define Y_G 20127
#define Y_B 2032
#define U_R (-3298)
#define U_G (-11094)
#define U_B 14392
#define V_R 14392
#define V_G (-13072)
#define V_B (-1320)

static const struct pf_yuv_weights bgrx = {{Y_B, Y_G, Y_R}, {U_B, U_G, U_R}, {V_B, V_G, V_R}};
static const struct pf_yuv_weights rgbx = {{Y_R, Y_G, Y_B}, {U_R, U_G, U_B}, {V_R, V_G, V_B}};

const struct pf_yuv_weights *pf_convert_weights(uint32_t format)
{
    switch (format) {
    case PF_FORMAT_XRGB8888:
    case PF_FORMAT_ARGB8888:
        return &bgrx;
    case PF_FORMAT_XBGR8888:
    case PF_FORMAT_ABGR8888:
        return &rgbx;
    default:
        return NULL;
    }
}

void pf_convert(const struct pf_convert_kernel *kernel, const struct pf_yuv_weights *weights,
    const uint8_t *pixels, size_t stride, unsigned width, unsigned height, const struct pf_yuv_picture *out)
{
    for (size_t row = 0; row + 2 <= height; row += 2) {
        const uint8_t *top = pixels + row * stride;
        uint8_t *y = out->y + row * out->y_stride;
        size_t chroma = row / 2 * out->uv_stride;
        kernel->rows(weights, top, top + stride, width, y, y + out->y_stride, out->u + chroma,
            out->v ? out->v + chroma : NULL);
    }
}
