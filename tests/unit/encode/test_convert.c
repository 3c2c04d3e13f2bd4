#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "encode/convert.h"
#include "media/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 0xa5

/* A picture with a guard byte behind each row, to see writes that go too far. */
struct planes {
    unsigned width, height;
    bool nv12;
    struct pf_yuv_picture pic;
    uint8_t *memory;
    size_t size;
};

static struct planes planes_make(unsigned width, unsigned height, bool nv12)
{
    struct planes p = {.width = width, .height = height, .nv12 = nv12};
    size_t ys = width + 3, cs = (nv12 ? width : width / 2) + 5;
    size_t luma = ys * height, chroma = cs * (height / 2);
    p.size = luma + 2 * chroma;
    p.memory = malloc(p.size);
    memset(p.memory, GUARD, p.size);
    p.pic = (struct pf_yuv_picture){.y = p.memory, .u = p.memory + luma, .y_stride = ys, .uv_stride = cs};
    if (!nv12)
        p.pic.v = p.pic.u + chroma;
    return p;
}

static uint8_t *random_pixels(size_t len, unsigned seed)
{
    uint8_t *p = malloc(len);
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (uint8_t)(seed >> 24);
    }
    return p;
}

static void check_guards(const struct planes *p)
{
    size_t cw = p->nv12 ? p->width : p->width / 2;
    for (unsigned y = 0; y < p->height; y++)
        for (size_t x = p->width; x < p->pic.y_stride; x++)
            assert_int_equal(p->pic.y[y * p->pic.y_stride + x], GUARD);
    for (unsigned y = 0; y < p->height / 2; y++)
        for (size_t x = cw; x < p->pic.uv_stride; x++) {
            assert_int_equal(p->pic.u[y * p->pic.uv_stride + x], GUARD);
            if (p->pic.v)
                assert_int_equal(p->pic.v[y * p->pic.uv_stride + x], GUARD);
        }
}

static int chroma_at(const struct planes *p, bool v, unsigned x, unsigned y)
{
    size_t row = (size_t)y * p->pic.uv_stride;
    if (p->nv12)
        return p->pic.u[row + 2 * x + v];
    return (v ? p->pic.v : p->pic.u)[row + x];
}

struct colour {
    double y, cb, cr;
};

/* Every matrix and range; the first is the default. */
static const struct pf_colour colours[] = {
    {PF_MATRIX_BT709, false},
    {PF_MATRIX_BT709, true},
    {PF_MATRIX_BT601, false},
    {PF_MATRIX_BT601, true},
    {PF_MATRIX_BT2020, false},
    {PF_MATRIX_BT2020, true},
};
enum { COLOURS = sizeof(colours) / sizeof(colours[0]) };

/* From the definitions in BT.709, BT.601 and BT.2020 (constant luminance is not meant), in double precision.
 */
static struct colour exact(const struct pf_colour *how, double r, double g, double b)
{
    static const double luma[PF_MATRICES][3] = {
        [PF_MATRIX_BT709] = {0.2126, 0.7152, 0.0722},
        [PF_MATRIX_BT601] = {0.299, 0.587, 0.114},
        [PF_MATRIX_BT2020] = {0.2627, 0.6780, 0.0593},
    };
    const double *w = luma[how->matrix];
    double y = w[0] * r + w[1] * g + w[2] * b;
    double ys = how->full_range ? 255 : 219, cs = how->full_range ? 255 : 224;
    return (struct colour){
        .y = (how->full_range ? 0 : 16) + ys * y / 255,
        .cb = 128 + cs * (b - y) / (2 * (1 - w[2])) / 255,
        .cr = 128 + cs * (r - y) / (2 * (1 - w[0])) / 255,
    };
}

static const size_t byte_of_red[2] = {2, 0}; /* BGRx, RGBx */

static struct colour exact_mean(const struct pf_colour *how, const uint8_t *pixels, size_t stride, unsigned x,
    unsigned y, unsigned side, int order)
{
    double r = 0, g = 0, b = 0;
    for (unsigned dy = 0; dy < side; dy++)
        for (unsigned dx = 0; dx < side; dx++) {
            const uint8_t *p = pixels + (y + dy) * stride + 4ull * (x + dx);
            r += p[byte_of_red[order]];
            g += p[1];
            b += p[2 - byte_of_red[order]];
        }
    unsigned n = side * side;
    return exact(how, r / n, g / n, b / n);
}

static void check_against_exact(
    const struct planes *p, const struct pf_colour *how, const uint8_t *pixels, size_t stride, int order)
{
    for (unsigned y = 0; y < p->height; y++)
        for (unsigned x = 0; x < p->width; x++) {
            struct colour c = exact_mean(how, pixels, stride, x, y, 1, order);
            assert_true(fabs(p->pic.y[y * p->pic.y_stride + x] - c.y) < 0.6);
        }
    for (unsigned y = 0; y < p->height / 2; y++)
        for (unsigned x = 0; x < p->width / 2; x++) {
            struct colour c = exact_mean(how, pixels, stride, 2 * x, 2 * y, 2, order);
            assert_true(fabs(chroma_at(p, false, x, y) - c.cb) < 0.6);
            assert_true(fabs(chroma_at(p, true, x, y) - c.cr) < 0.6);
        }
}

static void every_kernel_is_exact(void **state)
{
    static const unsigned widths[] = {2, 4, 30, 32, 34, 62, 64, 66, 98, 1366};
    static const uint32_t formats[2] = {PF_FORMAT_XRGB8888, PF_FORMAT_XBGR8888};
    (void)state;
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
        for (int variant = 0; variant < 4 * COLOURS; variant++) {
            const struct pf_colour *how = &colours[variant / 4];
            unsigned w = widths[i], h = 6;
            bool nv12 = variant & 1;
            int order = variant >> 1 & 1;
            size_t stride = 4ull * w + 20;
            uint8_t *pixels = random_pixels(stride * h, w * 7 + (unsigned)variant);
            for (size_t k = 0; pf_convert_kernels[k]; k++) {
                if (!pf_convert_kernels[k]->works())
                    continue;
                struct planes out = planes_make(w, h, nv12);
                pf_convert(pf_convert_kernels[k], pf_convert_weights(formats[order], how), pixels, stride, w,
                    h, &out.pic);
                check_guards(&out);
                check_against_exact(&out, how, pixels, stride, order);
                free(out.memory);
            }
            free(pixels);
        }
}

static void compare_kernels(const struct pf_yuv_weights *weights, unsigned w, unsigned h, bool nv12)
{
    uint8_t *pixels = random_pixels(4ull * w * h, 99);
    for (size_t i = 0; i < 2ull * w; i++) /* the strongest colours, too */
        pixels[i] = pixels[i] & 1 ? 255 : 0;
    struct planes want = planes_make(w, h, nv12);
    size_t last = 0;
    while (pf_convert_kernels[last + 1])
        last++;
    pf_convert(pf_convert_kernels[last], weights, pixels, 4ull * w, w, h, &want.pic);
    for (size_t k = 0; k < last; k++) {
        if (!pf_convert_kernels[k]->works())
            continue;
        struct planes got = planes_make(w, h, nv12);
        pf_convert(pf_convert_kernels[k], weights, pixels, 4ull * w, w, h, &got.pic);
        assert_memory_equal(got.memory, want.memory, want.size);
        free(got.memory);
    }
    free(want.memory);
    free(pixels);
}

static void all_kernels_give_the_same_bytes(void **state)
{
    (void)state;
    static const unsigned widths[] = {2, 34, 66, 254};
    for (int variant = 0; variant < 2 * COLOURS; variant++)
        for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
            compare_kernels(
                pf_convert_weights(PF_FORMAT_ARGB8888, &colours[variant / 2]), widths[i], 64, variant & 1);
}

/* All 2^24 colours would take long; every value of each component with extremes of the others does not. */
enum { ENDS = 6, EXTREMES_W = 256 * ENDS * 2, EXTREMES_H = ENDS * 2 };

static void draw_extremes(uint8_t *pixels, int component)
{
    static const uint8_t ends[ENDS] = {0, 1, 127, 128, 254, 255};
    for (unsigned y = 0; y < EXTREMES_H; y++)
        for (unsigned x = 0; x < EXTREMES_W; x++) {
            uint8_t *p = pixels + 4 * ((size_t)y * EXTREMES_W + x);
            p[component] = (uint8_t)(x / 2 % 256);
            p[(component + 1) % 3] = ends[x / 512];
            p[(component + 2) % 3] = ends[y / 2];
            p[3] = (uint8_t)x; /* must not matter */
        }
}

static void extremes_stay_exact(void **state)
{
    (void)state;
    const size_t stride = 4ull * EXTREMES_W;
    uint8_t *pixels = malloc(stride * EXTREMES_H);
    for (int component = 0; component < 3; component++) {
        draw_extremes(pixels, component);
        for (int variant = 0; variant < 2 * COLOURS; variant++) {
            const struct pf_colour *how = &colours[variant / 2];
            struct planes out = planes_make(EXTREMES_W, EXTREMES_H, variant & 1);
            pf_convert(pf_convert_best(), pf_convert_weights(PF_FORMAT_XRGB8888, how), pixels, stride,
                EXTREMES_W, EXTREMES_H, &out.pic);
            check_against_exact(&out, how, pixels, stride, 0);
            free(out.memory);
        }
    }
    free(pixels);
}

static void known_colours(void **state)
{
    (void)state;
    static const struct {
        struct pf_colour how;
        uint8_t b, g, r;
        int y, cb, cr;
    } rows[] = {
        {{PF_MATRIX_BT709, false}, 255, 255, 255, 235, 128, 128},
        {{PF_MATRIX_BT709, false}, 0, 0, 0, 16, 128, 128},
        {{PF_MATRIX_BT709, false}, 128, 128, 128, 126, 128, 128},
        {{PF_MATRIX_BT709, false}, 0, 0, 255, 63, 102, 240},
        {{PF_MATRIX_BT709, false}, 255, 0, 0, 32, 240, 118},
        {{PF_MATRIX_BT709, false}, 0, 255, 0, 173, 42, 26},
        {{PF_MATRIX_BT709, true}, 255, 255, 255, 255, 128, 128},
        {{PF_MATRIX_BT709, true}, 0, 0, 0, 0, 128, 128},
        {{PF_MATRIX_BT709, true}, 0, 0, 255, 54, 99, 255},
        {{PF_MATRIX_BT709, true}, 255, 0, 0, 18, 255, 116},
        {{PF_MATRIX_BT601, false}, 0, 0, 255, 81, 90, 240},
        {{PF_MATRIX_BT601, false}, 255, 0, 0, 41, 240, 110},
        {{PF_MATRIX_BT601, false}, 0, 255, 0, 145, 54, 34},
        {{PF_MATRIX_BT601, true}, 0, 0, 255, 76, 85, 255},
        {{PF_MATRIX_BT601, true}, 128, 128, 128, 128, 128, 128},
        {{PF_MATRIX_BT2020, false}, 0, 0, 255, 74, 97, 240},
        {{PF_MATRIX_BT2020, true}, 255, 255, 255, 255, 128, 128},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t pixels[4 * 4];
        for (int p = 0; p < 4; p++)
            memcpy(pixels + 4 * p, (uint8_t[]){rows[i].b, rows[i].g, rows[i].r, 0xff}, 4);
        struct planes out = planes_make(2, 2, false);
        pf_convert(pf_convert_best(), pf_convert_weights(PF_FORMAT_XRGB8888, &rows[i].how), pixels, 8, 2, 2,
            &out.pic);
        assert_int_equal(out.pic.y[0], rows[i].y);
        assert_int_equal(out.pic.u[0], rows[i].cb);
        assert_int_equal(out.pic.v[0], rows[i].cr);
        free(out.memory);
    }
}

static void unknown_formats_have_no_weights(void **state)
{
    (void)state;
    assert_null(pf_convert_weights(PF_FOURCC('N', 'V', '1', '2'), &colours[0]));
    assert_null(pf_convert_weights(0, &colours[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_exact),
        cmocka_unit_test(all_kernels_give_the_same_bytes),
        cmocka_unit_test(extremes_stay_exact),
        cmocka_unit_test(known_colours),
        cmocka_unit_test(unknown_formats_have_no_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
