/* The decoding thread, fed with a stream that libavcodec made here. Skipped without an H.264 encoder. */
#include "client/viewer.h"

#include "punktfunk/wire_handshake.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../skip.h"

#define FRAMES 30
#define WIDTH  320
#define HEIGHT 240

struct unit {
    uint8_t *data;
    size_t len;
    bool idr;
};

static struct unit stream[FRAMES];
static size_t stream_len;
static char dir[] = "/tmp/pf-viewer-XXXXXX", png[64], log_path[64];

static AVCodecContext *open_encoder(void)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        codec = avcodec_find_encoder_by_name("libopenh264");
    if (!codec)
        return NULL;
    AVCodecContext *c = avcodec_alloc_context3(codec);
    AVDictionary *options = NULL;
    av_log_set_level(AV_LOG_ERROR);
    av_dict_set(&options, "tune", "zerolatency", 0);
    av_dict_set(&options, "preset", "ultrafast", 0);
    c->width = WIDTH;
    c->height = HEIGHT;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){1, 60};
    c->gop_size = 1000;
    c->max_b_frames = 0;
    c->bit_rate = 2000000;
    c->color_range = AVCOL_RANGE_MPEG;
    c->colorspace = AVCOL_SPC_BT709;
    int r = avcodec_open2(c, codec, &options);
    av_dict_free(&options);
    assert_int_equal(r, 0);
    return c;
}

static void fill(AVFrame *f, int y, int u, int v)
{
    memset(f->data[0], y, (size_t)f->linesize[0] * HEIGHT);
    memset(f->data[1], u, (size_t)f->linesize[1] * HEIGHT / 2);
    memset(f->data[2], v, (size_t)f->linesize[2] * HEIGHT / 2);
}

static void keep(const AVPacket *packet)
{
    struct unit *u = &stream[stream_len++];
    u->data = malloc((size_t)packet->size);
    u->len = (size_t)packet->size;
    u->idr = packet->flags & AV_PKT_FLAG_KEY;
    memcpy(u->data, packet->data, u->len);
}

/* Red for the first half, blue for the rest. */
static int make_stream(void **state)
{
    AVCodecContext *c = open_encoder();
    AVFrame *f = av_frame_alloc();
    AVPacket *p = av_packet_alloc();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = WIDTH;
    f->height = HEIGHT;
    for (int i = 0; c && i < FRAMES; i++) {
        assert_int_equal(av_frame_get_buffer(f, 0), 0);
        if (i < FRAMES / 2)
            fill(f, 84, 114, 191);
        else
            fill(f, 86, 180, 109);
        f->pts = i;
        assert_int_equal(avcodec_send_frame(c, f), 0);
        av_buffer_unref(&f->buf[0]);
        av_buffer_unref(&f->buf[1]);
        av_buffer_unref(&f->buf[2]);
        while (avcodec_receive_packet(c, p) == 0) {
            keep(p);
            av_packet_unref(p);
        }
    }
    av_packet_free(&p);
    av_frame_free(&f);
    avcodec_free_context(&c);
    if (!mkdtemp(dir))
        return -1;
    snprintf(png, sizeof(png), "%s/shot.png", dir);
    snprintf(log_path, sizeof(log_path), "%s/colors", dir);
    return 0;
}

static int forget_stream(void **state)
{
    for (size_t i = 0; i < stream_len; i++)
        free(stream[i].data);
    unlink(png);
    unlink(log_path);
    return rmdir(dir);
}

static void need_stream(void)
{
    if (stream_len == 0) {
        skip_because("libavcodec has no H.264 encoder here");
    }
    assert_int_equal(stream_len, FRAMES);
}

/* Pushes units first … FRAMES−1. */
static struct probe_viewer_stats view(const struct probe_options *o, size_t first, bool damaged)
{
    struct probe_viewer *v;
    assert_int_equal(probe_viewer_create(o, PF_WIRE_CODEC_H264, &v, NULL), 0);
    for (size_t i = first; i < stream_len; i++) {
        const struct probe_unit u = {.data = stream[i].data,
            .len = stream[i].len,
            .frame_index = (uint32_t)i,
            .pts_ns = 1000 + i,
            .received_ns = 2000 + i,
            .idr = stream[i].idr,
            .damaged = damaged};
        probe_viewer_push(v, &u);
    }
    return probe_viewer_destroy(v);
}

static void every_picture_is_decoded(void **state)
{
    const struct probe_options o = {.decode = true};
    need_stream();
    struct probe_viewer_stats s = view(&o, 0, false);
    assert_int_equal(s.pictures, FRAMES);
    assert_int_equal(s.errors, 0);
    assert_int_equal(s.width, WIDTH);
    assert_true(s.first_picture_mono_ns > 0);
}

static void one_picture_is_enough_by_default(void **state)
{
    const struct probe_options o = {0};
    need_stream();
    assert_int_equal(view(&o, 0, false).pictures, 1);
}

static void nothing_is_decoded_before_an_idr(void **state)
{
    const struct probe_options o = {.decode = true};
    need_stream();
    assert_int_equal(view(&o, 1, false).pictures, 0);
}

static void colours_are_logged(void **state)
{
    const struct probe_options o = {.log_colors = log_path, .watch.centre = true};
    unsigned red = 0, blue = 0, rgb, frame;
    unsigned long long mono, last = 0, pts, received;
    char word[16];
    need_stream();
    view(&o, 0, false);
    FILE *f = fopen(log_path, "r");
    assert_non_null(f);
    while (fscanf(f, "%llu %x %u %llu %llu %15s", &mono, &rgb, &frame, &pts, &received, word) == 6) {
        assert_true(mono >= last);
        assert_int_equal(pts, 1000 + frame);
        assert_int_equal(received, 2000 + frame);
        assert_string_equal(word, "intact");
        red += rgb >> 16 > 180 && (rgb & 255) < 60;
        blue += rgb >> 16 < 60 && (rgb & 255) > 180;
        last = mono;
    }
    fclose(f);
    assert_int_equal(red, FRAMES / 2);
    assert_int_equal(blue, FRAMES / 2);
}

static void a_screenshot_is_taken_of_an_intact_picture(void **state)
{
    const struct probe_options o = {.screenshot = png};
    need_stream();
    struct probe_viewer_stats s = view(&o, 0, true);
    assert_false(s.screenshot_written);
    assert_int_equal(s.pictures, FRAMES); /* it kept looking */
    s = view(&o, 0, false);
    assert_true(s.screenshot_written);
    assert_int_equal(s.pictures, 1);
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_file(&image, png));
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    png_image_free(&image);
}

/* The colour of the written picture's middle. */
static uint32_t colour_of_screenshot(void)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_file(&image, png));
    image.format = PNG_FORMAT_RGB;
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(rgb);
    assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    const uint8_t *p = rgb + 3 * (HEIGHT / 2 * WIDTH + WIDTH / 2);
    uint32_t colour = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    free(rgb);
    return colour;
}

static void the_last_picture_can_be_asked_for(void **state)
{
    const struct probe_options first = {.screenshot = png},
                               last = {.screenshot = png, .screenshot_at_s = INFINITY};
    need_stream();
    assert_true(view(&first, 0, false).screenshot_written);
    uint32_t before = colour_of_screenshot();
    struct probe_viewer_stats s = view(&last, 0, false);
    assert_true(s.screenshot_written);
    assert_int_equal(s.pictures, FRAMES);
    uint32_t after = colour_of_screenshot();
    assert_true((before >> 16 > 180) != (after >> 16 > 180)); /* one is red, the other one is blue */
    assert_false(view(&last, 0, true).screenshot_written);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
    const struct probe_options o = {.screenshot = "/nonexistent/shot.png"},
                               c = {.log_colors = "/nonexistent/log"};
    struct probe_viewer *v;
    struct pf_error err;
    need_stream();
    assert_true(view(&o, 0, false).failed);
    assert_true(probe_viewer_create(&c, PF_WIRE_CODEC_H264, &v, &err) < 0);
    assert_non_null(strstr(err.text, "/nonexistent/log"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_picture_is_decoded),
        cmocka_unit_test(one_picture_is_enough_by_default),
        cmocka_unit_test(nothing_is_decoded_before_an_idr),
        cmocka_unit_test(colours_are_logged),
        cmocka_unit_test(a_screenshot_is_taken_of_an_intact_picture),
        cmocka_unit_test(the_last_picture_can_be_asked_for),
        cmocka_unit_test(a_file_that_cannot_be_written_is_told),
    };
    return exit_status(cmocka_run_group_tests(tests, make_stream, forget_stream));
}
