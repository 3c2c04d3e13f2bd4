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

/* Everything follows from the luma weights of red and blue and from the range. Those of green make up for
 * what rounding leaves: luma's add up to white, a colour difference's to 0, so that greys have no colour at
 * all. */
#define FIXED(x)    ((int)((x)*32768 + ((x) < 0 ? -0.5 : 0.5)))
#define LIMITED_Y   (219. / 255)
#define LIMITED_C   (224. / 255)
#define LIMITED_END 14392 /* half of LIMITED_C */
#define FULL_END    16383 /* one less than half, or the strongest colours would need 256 */

#define Y_R(kr, scale)     FIXED((kr) * (scale))
#define Y_B(kb, scale)     FIXED((kb) * (scale))
#define Y_G(kr, kb, scale) (FIXED(scale) - Y_R(kr, scale) - Y_B(kb, scale))
#define U_R(kr, kb, scale) FIXED(-(kr) / (2 * (1 - (kb))) * (scale))
#define V_B(kr, kb, scale) FIXED(-(kb) / (2 * (1 - (kr))) * (scale))

/* The order of the bytes in memory. */
#define BGR(r, g, b)                                                                                         \
    {                                                                                                        \
        b, g, r                                                                                              \
    }
#define RGB(r, g, b)                                                                                         \
    {                                                                                                        \
        r, g, b                                                                                              \
    }

#define WEIGHTS(order, kr, kb, ys, cs, end, offset)                                                          \
    {                                                                                                        \
        .y = order(Y_R(kr, ys), Y_G(kr, kb, ys), Y_B(kb, ys)),                                               \
        .u = order(U_R(kr, kb, cs), -(end)-U_R(kr, kb, cs), end),                                            \
        .v = order(end, -(end)-V_B(kr, kb, cs), V_B(kr, kb, cs)), .y_bias = PF_Y_BIAS(offset)                \
    }
#define ORDERS(kr, kb, ys, cs, end, offset)                                                                  \
    {                                                                                                        \
        WEIGHTS(BGR, kr, kb, ys, cs, end, offset), WEIGHTS(RGB, kr, kb, ys, cs, end, offset)                 \
    }
#define RANGES(kr, kb)                                                                                       \
    {                                                                                                        \
        ORDERS(kr, kb, LIMITED_Y, LIMITED_C, LIMITED_END, 16), ORDERS(kr, kb, 1., 1., FULL_END, 0)           \
    }

/* By matrix, full range, and order. */
static const struct pf_yuv_weights weights_of[PF_MATRICES][2][2] = {
    [PF_MATRIX_BT709] = RANGES(0.2126, 0.0722),
    [PF_MATRIX_BT601] = RANGES(0.299, 0.114),
    [PF_MATRIX_BT2020] = RANGES(0.2627, 0.0593),
};

const struct pf_yuv_weights *pf_convert_weights(uint32_t format, const struct pf_colour *colour)
{
    const struct pf_yuv_weights *of_colour = weights_of[colour->matrix][colour->full_range];
    switch (format) {
    case PF_FORMAT_XRGB8888:
    case PF_FORMAT_ARGB8888:
        return &of_colour[0];
    case PF_FORMAT_XBGR8888:
    case PF_FORMAT_ABGR8888:
        return &of_colour[1];
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
