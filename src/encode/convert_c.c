#include "encode/convert_kernels.h"

static bool always(void)
{
    return true;
}

static uint8_t luma(const struct pf_yuv_weights *w, const uint8_t *p)
{
    return (uint8_t)((w->y[0] * p[0] + w->y[1] * p[1] + w->y[2] * p[2] + w->y_bias) >> PF_Y_SHIFT);
}

static uint8_t chroma(const int16_t weights[3], const int sum[3])
{
    return (uint8_t)((weights[0] * sum[0] + weights[1] * sum[1] + weights[2] * sum[2] + PF_UV_BIAS) >>
                     PF_UV_SHIFT);
}

static void rows_c(const struct pf_yuv_weights *w, const uint8_t *top, const uint8_t *bottom, size_t width,
    uint8_t *y_top, uint8_t *y_bottom, uint8_t *u, uint8_t *v)
{
    for (size_t x = 0; x < width; x += 2) {
        const uint8_t *a = top + 4 * x, *b = bottom + 4 * x;
        y_top[x] = luma(w, a);
        y_top[x + 1] = luma(w, a + 4);
        y_bottom[x] = luma(w, b);
        y_bottom[x + 1] = luma(w, b + 4);

        int sum[3];
        for (int i = 0; i < 3; i++)
            sum[i] = a[i] + a[i + 4] + b[i] + b[i + 4];
        if (v) {
            u[x / 2] = chroma(w->u, sum);
            v[x / 2] = chroma(w->v, sum);
        } else {
            u[x] = chroma(w->u, sum);
            u[x + 1] = chroma(w->v, sum);
        }
    }
}

const struct pf_convert_kernel pf_convert_c = {.name = "c", .works = always, .rows = rows_c};
