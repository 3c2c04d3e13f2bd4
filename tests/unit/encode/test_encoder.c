/* The contract of encoders (input-audio-encode.md 4.1, 10.5), for every back end of this build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/synthetic/picture.h"
#include "encode/convert.h"
#include "encode/encoder.h"
#include "h264_decoder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAL_P = 1, NAL_IDR = 5, NAL_SPS = 7, NAL_PPS = 8 };

/* A source of pictures, an encoder, a decoder. */
struct bench {
    struct pf_encoder *enc;
    struct pf_access_unit_pool *pool;
    struct h264_decoder dec;
    struct pf_mode mode;
    struct pf_colour colour;
    uint8_t *pixels;
    uint32_t stride;
    struct pf_access_unit *au; /* the last one */
    uint64_t number;           /* of the next one */
};

static const struct pf_encoder_backend *backend; /* the one under test */

static void no_release(struct pf_frame *frame)
{
    (void)frame;
}

static void bench_open_for(struct bench *b, const struct pf_encoder_params *params)
{
    struct pf_error err = {""};
    *b =
        (struct bench){.mode = params->mode, .colour = params->colour, .stride = params->mode.width * 4 + 64};
    if (backend->open(params, &b->enc, &err))
        fail_msg("%s", err.text);
    b->pool = pf_access_unit_pool_create(1, 64);
    b->pixels = calloc(params->mode.height, b->stride);
    h264_decoder_open(&b->dec);
}

static void bench_open(struct bench *b, unsigned width, unsigned height, unsigned hz, uint32_t kbps)
{
    bench_open_for(b, &(struct pf_encoder_params){PF_CODEC_H264, {width, height, hz * 1000}, kbps});
}

static void bench_close(struct bench *b)
{
    pf_access_unit_return(b->au);
    pf_encoder_close(b->enc);
    h264_decoder_close(&b->dec);
    pf_access_unit_pool_destroy(b->pool);
    free(b->pixels);
}

/* Encodes what is in `pixels`. */
static void encode(struct bench *b, bool want_idr)
{
    pf_access_unit_return(b->au);
    b->au = pf_access_unit_take(b->pool);
    b->au->number = b->number++;
    struct pf_frame frame = {
        .release = no_release,
        .memory = PF_FRAME_SHM,
        .format = PF_FORMAT_XRGB8888,
        .width = b->mode.width,
        .height = b->mode.height,
        .stride = b->stride,
        .pixels = b->pixels,
    };
    assert_int_equal(b->enc->ops->encode(b->enc, &frame, want_idr, b->au), 0);
    assert_true(b->au->len > 0);
}

/* Encodes what is in `pixels` and decodes the result: one in, one out. */
static void step(struct bench *b, bool want_idr)
{
    encode(b, want_idr);
    assert_true(h264_decode(&b->dec, b->au->data, b->au->len));
    assert_int_equal(b->dec.picture->width, b->mode.width);
    assert_int_equal(b->dec.picture->height, b->mode.height);
}

static void draw(struct bench *b, uint64_t index)
{
    pf_test_picture_draw(b->pixels, b->stride, b->mode.width, b->mode.height, index);
}

static double plane_error(const uint8_t *a, size_t as, const uint8_t *b, size_t bs, unsigned w, unsigned h)
{
    double sum = 0;
    for (unsigned y = 0; y < h; y++)
        for (unsigned x = 0; x < w; x++) {
            int d = a[y * as + x] - b[y * bs + x];
            sum += d * d;
        }
    return sum / w / h;
}

static double psnr(double mean_error)
{
    return mean_error > 0 ? 10 * log10(255.0 * 255.0 / mean_error) : 99;
}

/* The worst plane of the last decoded picture against the picture that was given. */
static double worst_plane(const struct bench *b)
{
    unsigned w = b->mode.width, h = b->mode.height;
    uint8_t *memory = malloc((size_t)w * h * 3 / 2);
    struct pf_yuv_picture want = {.y = memory,
        .u = memory + (size_t)w * h,
        .v = memory + (size_t)w * h * 5 / 4,
        .y_stride = w,
        .uv_stride = w / 2};
    pf_convert(pf_convert_best(), pf_convert_weights(PF_FORMAT_XRGB8888, &b->colour), b->pixels, b->stride, w,
        h, &want);
    const AVFrame *got = b->dec.picture;
    double y = psnr(plane_error(want.y, w, got->data[0], (size_t)got->linesize[0], w, h));
    double u = psnr(plane_error(want.u, w / 2, got->data[1], (size_t)got->linesize[1], w / 2, h / 2));
    double v = psnr(plane_error(want.v, w / 2, got->data[2], (size_t)got->linesize[2], w / 2, h / 2));
    free(memory);
    return fmin(y, fmin(u, v));
}

/* SPS, PPS, then nothing but IDR slices. */
static void check_idr_unit(const struct pf_access_unit *au)
{
    int types[64];
    size_t n = h264_nal_types(au->data, au->len, types, 64);
    assert_true(au->idr);
    assert_true(n >= 3);
    assert_int_equal(types[0], NAL_SPS);
    assert_int_equal(types[1], NAL_PPS);
    for (size_t i = 2; i < n; i++)
        assert_int_equal(types[i], NAL_IDR);
}

static void check_p_unit(const struct pf_access_unit *au)
{
    int types[64];
    size_t n = h264_nal_types(au->data, au->len, types, 64);
    assert_false(au->idr);
    assert_true(n >= 1);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(types[i], NAL_P);
}

static void one_idr_at_the_start_and_on_demand(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 320, 240, 60, 4000);
    for (unsigned i = 0; i < 400; i++) {
        bool want = i == 100 || i == 101 || i == 250;
        draw(&b, i);
        step(&b, want);
        if (i == 0 || want)
            check_idr_unit(b.au);
        else
            check_p_unit(b.au);
    }
    bench_close(&b);
}

static void an_idr_can_be_decoded_alone(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 320, 240, 60, 4000);
    for (unsigned i = 0; i < 10; i++) {
        draw(&b, i);
        step(&b, false);
    }
    h264_decoder_close(&b.dec);
    h264_decoder_open(&b.dec);
    draw(&b, 10);
    step(&b, true);
    bench_close(&b);
}

/* Some pictures get lost on the way, one is damaged by that: a good one follows without an IDR. */
static void lost_pictures_are_gone_around(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 640, 360, 60, 8000);
    assert_non_null(b.enc->ops->invalidate);
    for (unsigned i = 0; i < 60; i++) {
        bool lost = i % 20 == 10 || i % 20 == 11, damaged = i % 20 == 12;
        draw(&b, i * 3);
        if (i % 20 == 13)
            assert_int_equal(b.enc->ops->invalidate(b.enc, i - 3, i - 2), 0);
        encode(&b, false);
        assert_int_equal(b.au->idr, i == 0);
        if (damaged)
            h264_decode(&b.dec, b.au->data, b.au->len);
        else if (!lost)
            assert_true(h264_decode(&b.dec, b.au->data, b.au->len));
        if (!lost && !damaged && i > 8) /* once it is sharp, it stays so */
            assert_true(worst_plane(&b) > 40);
    }
    bench_close(&b);
}

/* It does not go further back than its memory, nor behind an IDR. */
static void too_long_a_loss_needs_an_idr(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 320, 240, 60, 4000);
    for (unsigned i = 0; b.enc->ops->invalidate && i < 40; i++) {
        if (i == 30) { /* the second time nothing good is left */
            assert_int_equal(b.enc->ops->invalidate(b.enc, 25, 25), 0);
            assert_int_equal(b.enc->ops->invalidate(b.enc, 10, 26), -ENOENT);
        }
        if (i == 35)
            assert_int_equal(b.enc->ops->invalidate(b.enc, 28, 29), 0); /* healed by the IDR */
        draw(&b, i);
        step(&b, i == 30);
        assert_int_equal(b.au->idr, i == 0 || i == 30);
    }
    bench_close(&b);
}

/* What a client's decoder says of itself. */
static void decoders_get_what_they_can_take(void **state)
{
    (void)state;
    struct bench b;
    const struct pf_encoder_params params = {
        PF_CODEC_H264, {1280, 720, 60000}, 8000, .slices = 5, .one_reference = true};
    bench_open_for(&b, &params);
    for (unsigned i = 0; i < 4; i++) {
        int types[64];
        unsigned slices = 0;
        draw(&b, i);
        step(&b, false);
        size_t n = h264_nal_types(b.au->data, b.au->len, types, 64);
        for (size_t k = 0; k < n; k++)
            slices += types[k] == NAL_P || types[k] == NAL_IDR;
        assert_true(slices >= 5);
    }
    if (b.enc->ops->invalidate) /* the one picture that it keeps is lost */
        assert_int_equal(b.enc->ops->invalidate(b.enc, 3, 3), -ENOENT);
    assert_true(b.dec.ctx->refs <= 1);
    bench_close(&b);
}

/* A scene that changes completely is no reason for an IDR. */
static void a_cut_is_no_idr(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 640, 360, 60, 8000);
    for (unsigned i = 0; i < 60; i++) {
        memset(b.pixels, i / 10 % 2 ? 255 : 0, (size_t)b.stride * b.mode.height);
        if (i / 10 % 3 == 0)
            draw(&b, i * 50);
        step(&b, false);
        assert_int_equal(b.au->idr, i == 0);
    }
    bench_close(&b);
}

/* Not the full range: OpenH264 has no quantiser coarse enough for that. */
static void noise(struct bench *b, unsigned seed)
{
    for (size_t i = 0; i < (size_t)b->stride * b->mode.height; i++) {
        seed = seed * 1664525u + 1013904223u;
        b->pixels[i] = (uint8_t)(96 + (seed >> 26));
    }
}

static double produced_kbps(struct bench *b, unsigned pictures, unsigned first_seed)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < pictures; i++) {
        noise(b, first_seed + i);
        step(b, false);
        assert_false(b->au->idr);
        bytes += b->au->len;
    }
    return (double)bytes * 8 / 1000 * b->mode.refresh_mhz / 1000 / pictures;
}

static void the_rate_follows_without_an_idr(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 640, 480, 30, 6000);
    noise(&b, 1);
    step(&b, false);
    produced_kbps(&b, 60, 2);
    double before = produced_kbps(&b, 60, 100);
    assert_true(before > 6000 * 0.6 && before < 6000 * 1.3);

    assert_int_equal(b.enc->ops->set_bitrate(b.enc, 18000), 0);
    produced_kbps(&b, 60, 200);
    double more = produced_kbps(&b, 60, 300);
    assert_true(more > 18000 * 0.6 && more < 18000 * 1.3);

    assert_int_equal(b.enc->ops->set_bitrate(b.enc, 5000), 0);
    produced_kbps(&b, 60, 400);
    double less = produced_kbps(&b, 60, 500);
    assert_true(less > 5000 * 0.6 && less < 5000 * 1.3);

    assert_int_equal(b.enc->ops->set_bitrate(b.enc, 0), -EINVAL);
    bench_close(&b);
}

/* Only x264 can be held to one frame; a unit must not take much longer on the wire than a frame lasts. */
static void units_fit_the_buffer(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 640, 480, 60, 8000);
    const size_t frame_bytes = 8000 * 1000 / 8 / 60;
    size_t second = 0;
    for (unsigned i = 0; i < 120; i++) {
        if (i % 40 < 20)
            draw(&b, i);
        else
            noise(&b, i);
        step(&b, i == 60);
        second += b.au->len;
        if (i % 60 == 59) {
            assert_true(second < 60 * frame_bytes * 12 / 10);
            second = 0;
        }
        if (i > 0 && i != 60) /* not even noise after a still picture */
            assert_true(b.au->len < 3 * frame_bytes);
    }
    bench_close(&b);
}

static void colours_are_described(void **state)
{
    (void)state;
    static const struct {
        struct pf_colour colour;
        enum AVColorSpace matrix;
    } rows[] = {
        {{0}, AVCOL_SPC_BT709},
        {{PF_MATRIX_BT709, true}, AVCOL_SPC_BT709},
        {{PF_MATRIX_BT601, false}, AVCOL_SPC_SMPTE170M},
        {{PF_MATRIX_BT601, true}, AVCOL_SPC_SMPTE170M},
        {{PF_MATRIX_BT2020, false}, AVCOL_SPC_BT2020_NCL},
        {{PF_MATRIX_BT2020, true}, AVCOL_SPC_BT2020_NCL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench b;
        struct pf_encoder_params params = {PF_CODEC_H264, {320, 240, 60000}, 4000, .colour = rows[i].colour};
        bench_open_for(&b, &params);
        for (unsigned n = 0; n < 4; n++) {
            draw(&b, 0);
            step(&b, false);
        }
        const AVFrame *p = b.dec.picture;
        bool full = rows[i].colour.full_range;
        assert_int_equal(p->color_primaries, AVCOL_PRI_BT709); /* the desktop's, however it is coded */
        assert_int_equal(p->color_trc, AVCOL_TRC_BT709);
        assert_int_equal(p->colorspace, rows[i].matrix);
        assert_int_equal(p->color_range, full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
        assert_int_equal(p->format, full ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P);
        assert_int_equal(b.dec.ctx->has_b_frames, 0);
        assert_true(worst_plane(&b) > 30); /* coded as it is described */
        bench_close(&b);
    }
}

/* Colours at the corners of the cube in large areas, thin stripes, and text. */
static void draw_saturated(struct bench *b)
{
    static const uint32_t corner[8] = {
        0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0xff00ff, 0x00ffff, 0xffffff, 0x000000};
    draw(b, 7);
    for (unsigned y = 0; y < b->mode.height / 2; y++)
        for (unsigned x = 0; x < b->mode.width; x++) {
            unsigned cell = x * 8 / b->mode.width + y * 16 / b->mode.height * 3;
            if (x % (b->mode.width / 4) < 32)
                cell = x / 4 + y / 8;
            memcpy(b->pixels + (size_t)y * b->stride + 4ull * x, &corner[cell % 8], 4);
        }
}

static void still_picture(unsigned width, unsigned height, uint32_t kbps)
{
    struct bench b;
    bench_open(&b, width, height, 60, kbps);
    draw_saturated(&b);
    for (unsigned i = 0; i < 60; i++)
        step(&b, false);
    double reached = worst_plane(&b);
    if (reached < 35)
        fail_msg("%ux%u at %u kbit/s: only %.1f dB after a second", width, height, kbps, reached);
    bench_close(&b);
}

static void a_still_picture_is_sharp_within_a_second(void **state)
{
    (void)state;
    still_picture(1280, 720, 20000);
    still_picture(1280, 720, 8000);
    still_picture(1920, 1080, 20000);
    still_picture(1920, 1080, 8000);
}

static void sizes_that_are_no_multiple_of_16_are_cropped(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 1366, 768, 60, 20000);
    draw_saturated(&b);
    for (unsigned i = 0; i < 30; i++)
        step(&b, false);
    assert_true(worst_plane(&b) > 35);
    bench_close(&b);
}

static void extreme_sizes(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 64, 64, 240, 500);
    for (unsigned i = 0; i < 30; i++) {
        draw(&b, i);
        step(&b, false);
    }
    bench_close(&b);

    unsigned wide = strcmp(backend->name, "openh264") ? 4096 : 3840;
    bench_open(&b, wide, 2160, 60, 60000);
    for (unsigned i = 0; i < 3; i++) {
        draw(&b, i);
        step(&b, i == 2);
    }
    bench_close(&b);
}

static void impossible_wishes_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct pf_encoder_params params;
        int rc;
    } rows[] = {
        {{PF_CODEC_H264, {1281, 720, 60000}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {1280, 721, 60000}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {0, 720, 60000}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {4098, 720, 60000}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {1280, 4098, 60000}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {1280, 720, 0}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {1280, 720, 1001000}, 5000}, -EINVAL},
        {{PF_CODEC_H264, {1280, 720, 60000}, 0}, -EINVAL},
        {{PF_CODEC_HEVC, {1280, 720, 60000}, 5000}, -ENOTSUP},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pf_encoder *enc = NULL;
        struct pf_error err = {""};
        assert_int_equal(backend->open(&rows[i].params, &enc, &err), rows[i].rc);
        assert_null(enc);
        assert_true(strlen(err.text) > 20);
    }
}

static void a_frame_of_another_size_is_an_error(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 320, 240, 60, 4000);
    struct pf_access_unit *au = pf_access_unit_take(b.pool);
    struct pf_frame frame = {.release = no_release,
        .memory = PF_FRAME_SHM,
        .format = PF_FORMAT_XRGB8888,
        .width = 318,
        .height = 240,
        .stride = b.stride,
        .pixels = b.pixels};
    assert_int_equal(b.enc->ops->encode(b.enc, &frame, false, au), -EINVAL);
    frame.width = 320;
    frame.format = PF_FOURCC('N', 'V', '1', '2');
    assert_int_equal(b.enc->ops->encode(b.enc, &frame, false, au), -ENOTSUP);
    pf_access_unit_return(au);
    bench_close(&b);
}

/* The same picture from CPU memory and from a mapped buffer looks the same. */
static void a_linear_buffer_is_read(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, 320, 240, 60, 4000);
    draw(&b, 3);
    step(&b, false);
    size_t size = (size_t)b.stride * b.mode.height;
    int fd = memfd_create("picture", MFD_CLOEXEC);
    assert_int_equal(write(fd, b.pixels, size), size);
    struct pf_frame frame = {.release = no_release,
        .memory = PF_FRAME_DMABUF,
        .format = PF_FORMAT_XRGB8888,
        .width = 320,
        .height = 240,
        .dmabuf = {.plane_count = 1, .plane = {{.fd = fd, .stride = b.stride}}}};

    struct pf_encoder *other;
    struct pf_encoder_params params = {PF_CODEC_H264, b.mode, 4000};
    assert_int_equal(backend->open(&params, &other, NULL), 0);
    struct pf_access_unit_pool *pool = pf_access_unit_pool_create(1, 64);
    struct pf_access_unit *au = pf_access_unit_take(pool);
    assert_int_equal(other->ops->encode(other, &frame, false, au), 0);
    h264_decoder_close(&b.dec);
    h264_decoder_open(&b.dec);
    assert_true(h264_decode(&b.dec, au->data, au->len));
    double from_buffer = worst_plane(&b);
    h264_decoder_close(&b.dec);
    h264_decoder_open(&b.dec);
    assert_true(h264_decode(&b.dec, b.au->data, b.au->len));
    assert_true(fabs(from_buffer - worst_plane(&b)) < 3); /* slices share the bits as their threads run */

    frame.dmabuf.modifier = 42;
    assert_int_equal(other->ops->encode(other, &frame, false, au), -ENOTSUP);
    pf_access_unit_return(au);
    pf_access_unit_pool_destroy(pool);
    pf_encoder_close(other);
    close(fd);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest contract[] = {
        cmocka_unit_test(one_idr_at_the_start_and_on_demand),
        cmocka_unit_test(an_idr_can_be_decoded_alone),
        cmocka_unit_test(a_cut_is_no_idr),
        cmocka_unit_test(decoders_get_what_they_can_take),
        cmocka_unit_test(too_long_a_loss_needs_an_idr),
        cmocka_unit_test(the_rate_follows_without_an_idr),
        cmocka_unit_test(colours_are_described),
        cmocka_unit_test(a_still_picture_is_sharp_within_a_second),
        cmocka_unit_test(sizes_that_are_no_multiple_of_16_are_cropped),
        cmocka_unit_test(extreme_sizes),
        cmocka_unit_test(impossible_wishes_are_refused),
        cmocka_unit_test(a_frame_of_another_size_is_an_error),
        cmocka_unit_test(a_linear_buffer_is_read),
    };
    const struct CMUnitTest of_x264[] = {
        cmocka_unit_test(lost_pictures_are_gone_around),
        cmocka_unit_test(units_fit_the_buffer),
    };
    int failed = 0;
    av_log_set_level(AV_LOG_QUIET);
    for (size_t i = 0; pf_encoder_backends[i]; i++) {
        backend = pf_encoder_backends[i];
        failed += cmocka_run_group_tests_name(backend->name, contract, NULL, NULL);
        if (!strcmp(backend->name, "x264"))
            failed += cmocka_run_group_tests(of_x264, NULL, NULL);
    }
    if (!pf_encoder_backends[0]) {
        print_message("skipped, because this build has no encoder\n");
        return 77; /* for Meson */
    }
    return failed;
}
