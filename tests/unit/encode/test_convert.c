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

/* BT.709 from its definition, in double precision. */
static struct colour exact(double r, double g, double b)
{
    double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return (struct colour){
        .y = 16 + 219 * y / 255,
        .cb = 128 + 224 * (b - y) / 1.8556 / 255,
        .cr = 128 + 224 * (r - y) / 1.5748 / 255,
    };
}

static const size_t byte_of_red[2] = {2, 0}; /* BGRx, RGBx */

static struct colour exact_mean(
    const uint8_t *pixels, size_t stride, unsigned x, unsigned y, unsigned side, int order)
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
    return exact(r / n, g / n, b / n);
}

static void check_against_exact(const struct planes *p, const uint8_t *pixels, size_t stride, int order)
{
    for (unsigned y = 0; y < p->height; y++)
        for (unsigned x = 0; x < p->width; x++) {
            struct colour c = exact_mean(pixels, stride, x, y, 1, order);
            assert_true(fabs(p->pic.y[y * p->pic.y_stride + x] - c.y) < 0.6);
        }
    for (unsigned y = 0; y < p->height / 2; y++)
        for (unsigned x = 0; x < p->width / 2; x++) {
            struct colour c = exact_mean(pixels, stride, 2 * x, 2 * y, 2, order);
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
        for (int variant = 0; variant < 4; variant++) {
            unsigned w = widths[i], h = 6;
            bool nv12 = variant & 1;
            int order = variant >> 1;
            size_t stride = 4ull * w + 20;
            uint8_t *pixels = random_pixels(stride * h, w * 7 + (unsigned)variant);
            for (size_t k = 0; pf_convert_kernels[k]; k++) {
                if (!pf_convert_kernels[k]->works())
                    continue;
                struct planes out = planes_make(w, h, nv12);
                pf_convert(pf_convert_kernels[k], pf_convert_weights(formats[order]), pixels, stride, w, h,
                    &out.pic);
                check_guards(&out);
                check_against_exact(&out, pixels, stride, order);
                free(out.memory);
            }
            free(pixels);
        }
}

static void all_kernels_give_the_same_bytes(void **state)
{
    (void)state;
    const unsigned w = 254, h = 64;
    for (int nv12 = 0; nv12 < 2; nv12++) {
        uint8_t *pixels = random_pixels(4ull * w * h, 99);
        struct planes want = planes_make(w, h, nv12);
        size_t last = 0;
        while (pf_convert_kernels[last + 1])
            last++;
        pf_convert(pf_convert_kernels[last], pf_convert_weights(PF_FORMAT_ARGB8888), pixels, 4ull * w, w, h,
            &want.pic);
        for (size_t k = 0; k < last; k++) {
            if (!pf_convert_kernels[k]->works())
                continue;
            struct planes got = planes_make(w, h, nv12);
            pf_convert(pf_convert_kernels[k], pf_convert_weights(PF_FORMAT_ARGB8888), pixels, 4ull * w, w, h,
                &got.pic);
            assert_memory_equal(got.memory, want.memory, want.size);
            free(got.memory);
        }
        free(want.memory);
        free(pixels);
    }
}

/* All 2^24 colours would take long; every value of each component with extremes of the others does not. */
static void extremes_stay_exact(void **state)
{
    (void)state;
    static const uint8_t ends[] = {0, 1, 127, 128, 254, 255};
    enum { N = 6, W = 256 * N * 2, H = N * 2 };
    uint8_t *pixels = malloc(4ull * W * H);
    for (int component = 0; component < 3; component++) {
        for (unsigned y = 0; y < H; y++)
            for (unsigned x = 0; x < W; x++) {
                uint8_t *p = pixels + 4 * ((size_t)y * W + x);
                p[component] = (uint8_t)(x / 2 % 256);
                p[(component + 1) % 3] = ends[x / 512];
                p[(component + 2) % 3] = ends[y / 2];
                p[3] = (uint8_t)x; /* must not matter */
            }
        struct planes out = planes_make(W, H, true);
        pf_convert(
            pf_convert_best(), pf_convert_weights(PF_FORMAT_XRGB8888), pixels, 4ull * W, W, H, &out.pic);
        check_against_exact(&out, pixels, 4ull * W, 0);
        free(out.memory);
    }
    free(pixels);
}

static void known_colours(void **state)
{
    (void)state;
    static const struct {
        uint8_t b, g, r;
        int y, cb, cr;
    } rows[] = {
        {255, 255, 255, 235, 128, 128},
        {0, 0, 0, 16, 128, 128},
        {128, 128, 128, 126, 128, 128},
        {0, 0, 255, 63, 102, 240},
        {255, 0, 0, 32, 240, 118},
        {0, 255, 0, 173, 42, 26},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t pixels[4 * 4];
        for (int p = 0; p < 4; p++)
            memcpy(pixels + 4 * p, (uint8_t[]){rows[i].b, rows[i].g, rows[i].r, 0xff}, 4);
        struct planes out = planes_make(2, 2, false);
        pf_convert(pf_convert_best(), pf_convert_weights(PF_FORMAT_XRGB8888), pixels, 8, 2, 2, &out.pic);
        assert_int_equal(out.pic.y[0], rows[i].y);
        assert_int_equal(out.pic.u[0], rows[i].cb);
        assert_int_equal(out.pic.v[0], rows[i].cr);
        free(out.memory);
    }
}

static void unknown_formats_have_no_weights(void **state)
{
    (void)state;
    assert_null(pf_convert_weights(PF_FOURCC('N', 'V', '1', '2')));
    assert_null(pf_convert_weights(0));
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
