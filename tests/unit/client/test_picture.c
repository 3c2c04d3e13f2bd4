#include "client/picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

/* BT.709 limited-range YUV of 0xC03030, in the left half; 0x3050C0 in the right half. */
static AVFrame *two_colors(enum AVPixelFormat format, int w, int h)
{
    static const uint8_t left[3] = {84, 114, 191}, right[3] = {86, 180, 109};
    AVFrame *f = av_frame_alloc();
    f->format = format;
    f->width = w;
    f->height = h;
    f->colorspace = AVCOL_SPC_BT709;
    f->color_range = AVCOL_RANGE_MPEG;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const uint8_t *c = x < w / 2 ? left : right;
            f->data[0][y * f->linesize[0] + x] = c[0];
            if (format == AV_PIX_FMT_NV12) {
                f->data[1][y / 2 * f->linesize[1] + x / 2 * 2] = c[1];
                f->data[1][y / 2 * f->linesize[1] + x / 2 * 2 + 1] = c[2];
            } else {
                f->data[1][y / 2 * f->linesize[1] + x / 2] = c[1];
                f->data[2][y / 2 * f->linesize[2] + x / 2] = c[2];
            }
        }
    return f;
}

static void near(int64_t color, int r, int g, int b)
{
    assert_true(color >= 0);
    assert_in_range((color >> 16 & 255) + 3 - r, 0, 6);
    assert_in_range((color >> 8 & 255) + 3 - g, 0, 6);
    assert_in_range((color & 255) + 3 - b, 0, 6);
}

static void colors_of_points(void **state)
{
    static const enum AVPixelFormat formats[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12};
    for (int i = 0; i < 2; i++) {
        AVFrame *f = two_colors(formats[i], 64, 48);
        near(probe_picture_color(f, 10, 10), 0xC0, 0x30, 0x30);
        near(probe_picture_color(f, 31, 20), 0xC0, 0x30, 0x30);
        near(probe_picture_color(f, 32, 20), 0x30, 0x50, 0xC0);
        near(probe_picture_color(f, 63, 47), 0x30, 0x50, 0xC0);
        near(probe_picture_color(f, 9999, -5), 0x30, 0x50, 0xC0); /* the nearest point */
        av_frame_free(&f);
    }
    AVFrame *small = two_colors(AV_PIX_FMT_YUV420P, 8, 6);
    near(probe_picture_color(small, 1, 5), 0xC0, 0x30, 0x30);
    near(probe_picture_color(small, 7, 0), 0x30, 0x50, 0xC0);
    av_frame_free(&small);
    AVFrame odd = {.format = AV_PIX_FMT_VAAPI, .width = 64, .height = 48};
    assert_int_equal(probe_picture_color(&odd, 0, 0), -ENOTSUP);
}

static void png_holds_the_picture(void **state)
{
    char path[] = "/tmp/pf-picture-XXXXXX";
    close(mkstemp(path));
    AVFrame *f = two_colors(AV_PIX_FMT_YUV420P, 66, 34);
    assert_int_equal(probe_picture_write_png(f, path, NULL), 0);
    av_frame_free(&f);

    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.width, 66);
    assert_int_equal(image.height, 34);
    image.format = PNG_FORMAT_RGB;
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(image));
    assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    const uint8_t *l = rgb + 3 * (17 * 66 + 5), *r = rgb + 3 * (33 * 66 + 65);
    near((int64_t)l[0] << 16 | l[1] << 8 | l[2], 0xC0, 0x30, 0x30);
    near((int64_t)r[0] << 16 | r[1] << 8 | r[2], 0x30, 0x50, 0xC0);
    free(rgb);
    unlink(path);
}

static void png_failures_are_told(void **state)
{
    struct pf_error err;
    AVFrame *f = two_colors(AV_PIX_FMT_YUV420P, 16, 16);
    assert_int_equal(probe_picture_write_png(f, "/nonexistent/x.png", &err), -EIO);
    assert_non_null(strstr(err.text, "/nonexistent/x.png"));
    av_frame_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colors_of_points),
        cmocka_unit_test(png_holds_the_picture),
        cmocka_unit_test(png_failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
