/* Milliseconds per picture of the encoders and of the colour conversion, and what the pictures lose.
 *
 *     bench_encode [WxH@Hz] [kbit/s] [pictures]
 *
 * Every encoder gets the same moving test picture and is timed without drawing it. PSNR is over all three
 * planes of the decoded stream, against the converted source.
 */
#include "base/time.h"
#include "capture/synthetic/picture.h"
#include "encode/convert.h"
#include "encode/encoder.h"

#include <libavcodec/avcodec.h>
#include <libyuv/convert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pf_mode mode = {1920, 1080, 60000};
static uint32_t kbps = 20000;
static unsigned pictures = 180;

#define LOOP 60 /* different pictures; drawn once, shown there and back */

static uint8_t *drawn[LOOP];

static void draw_all(void)
{
    for (unsigned i = 0; i < LOOP; i++) {
        drawn[i] = malloc((size_t)mode.width * 4 * mode.height);
        pf_test_picture_draw(drawn[i], (size_t)mode.width * 4, mode.width, mode.height, i);
    }
}

static const uint8_t *shown(unsigned i)
{
    unsigned at = i % (2 * LOOP - 2);
    return drawn[at < LOOP ? at : 2 * LOOP - 2 - at];
}

struct planes {
    uint8_t *data;
    struct pf_yuv_picture pic;
};

static struct planes make_planes(void)
{
    size_t luma = (size_t)mode.width * mode.height;
    struct planes p = {.data = malloc(luma * 3 / 2)};
    p.pic = (struct pf_yuv_picture){.y = p.data,
        .u = p.data + luma,
        .v = p.data + luma * 5 / 4,
        .y_stride = mode.width,
        .uv_stride = mode.width / 2};
    return p;
}

/* ---- conversion ---- */

static double time_kernel(const struct pf_convert_kernel *k, struct planes *out, unsigned runs)
{
    const struct pf_yuv_weights *w = pf_convert_weights(PF_FORMAT_XRGB8888, &(struct pf_colour){0});
    uint64_t best = UINT64_MAX;
    for (unsigned i = 0; i < runs; i++) {
        uint64_t start = pf_time_mono_ns();
        if (k)
            pf_convert(k, w, drawn[i % LOOP], (size_t)mode.width * 4, mode.width, mode.height, &out->pic);
        else
            ARGBToI420(drawn[i % LOOP], (int)mode.width * 4, out->pic.y, (int)out->pic.y_stride, out->pic.u,
                (int)out->pic.uv_stride, out->pic.v, (int)out->pic.uv_stride, (int)mode.width,
                (int)mode.height);
        uint64_t took = pf_time_mono_ns() - start;
        best = took < best ? took : best;
    }
    return (double)best / 1e6;
}

static void bench_convert(void)
{
    struct planes out = make_planes();
    for (size_t i = 0; pf_convert_kernels[i]; i++)
        if (pf_convert_kernels[i]->works())
            printf("convert %-8s %7.3f ms\n", pf_convert_kernels[i]->name,
                time_kernel(pf_convert_kernels[i], &out, 60));
    printf("convert %-8s %7.3f ms (BT.601)\n", "libyuv", time_kernel(NULL, &out, 60));
    free(out.data);
}

/* ---- encoders ---- */

static double squared_error(const uint8_t *a, size_t as, const uint8_t *b, size_t bs, unsigned w, unsigned h)
{
    double sum = 0;
    for (unsigned y = 0; y < h; y++)
        for (unsigned x = 0; x < w; x++) {
            int d = a[y * as + x] - b[y * bs + x];
            sum += d * d;
        }
    return sum;
}

static double picture_psnr(const AVFrame *f, const struct planes *p)
{
    unsigned w = mode.width, h = mode.height;
    double e = squared_error(f->data[0], (size_t)f->linesize[0], p->pic.y, p->pic.y_stride, w, h) +
               squared_error(f->data[1], (size_t)f->linesize[1], p->pic.u, p->pic.uv_stride, w / 2, h / 2) +
               squared_error(f->data[2], (size_t)f->linesize[2], p->pic.v, p->pic.uv_stride, w / 2, h / 2);
    return e > 0 ? 10 * log10(255.0 * 255.0 * w * h * 1.5 / e) : 99;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double decode(AVCodecContext *dec, AVPacket *pkt, AVFrame *out, const struct pf_access_unit *au,
    struct planes *source, const uint8_t *pixels)
{
    pf_convert(pf_convert_best(), pf_convert_weights(PF_FORMAT_XRGB8888, &(struct pf_colour){0}), pixels,
        (size_t)mode.width * 4, mode.width, mode.height, &source->pic);
    av_new_packet(pkt, (int)au->len);
    memcpy(pkt->data, au->data, au->len);
    avcodec_send_packet(dec, pkt);
    av_packet_unref(pkt);
    return avcodec_receive_frame(dec, out) ? NAN : picture_psnr(out, source);
}

static void no_release(struct pf_frame *frame)
{
    (void)frame;
}

static void bench_encoder(const struct pf_encoder_backend *b)
{
    struct pf_encoder_params params = {PF_CODEC_H264, mode, kbps};
    struct pf_encoder *enc;
    struct pf_error err;
    if (b->open(&params, &enc, &err)) {
        printf("%s: %s\n", b->name, err.text);
        return;
    }
    AVCodecContext *dec = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
    dec->flags |= AV_CODEC_FLAG_LOW_DELAY;
    dec->thread_count = 1;
    avcodec_open2(dec, NULL, NULL);
    AVPacket *pkt = av_packet_alloc();
    AVFrame *out = av_frame_alloc();
    struct planes source = make_planes();
    struct pf_access_unit_pool *pool = pf_access_unit_pool_create(1, 1 << 20);
    double *ms = calloc(pictures, sizeof(*ms)), psnr = 0, worst = 99, sum = 0;
    size_t bytes = 0, first = 0, largest = 0;
    for (unsigned i = 0; i < pictures; i++) {
        struct pf_access_unit *au = pf_access_unit_take(pool);
        struct pf_frame frame = {.memory = PF_FRAME_SHM,
            .release = no_release,
            .format = PF_FORMAT_XRGB8888,
            .width = mode.width,
            .height = mode.height,
            .stride = mode.width * 4,
            .pixels = shown(i)};
        uint64_t start = pf_time_mono_ns();
        if (enc->ops->encode(enc, &frame, i == 0, au))
            abort();
        ms[i] = (double)(pf_time_mono_ns() - start) / 1e6;
        sum += ms[i];
        bytes += au->len;
        if (i == 0)
            first = au->len;
        else
            largest = au->len > largest ? au->len : largest;
        double p = decode(dec, pkt, out, au, &source, shown(i));
        psnr += p;
        if (i >= 60 && p < worst)
            worst = p;
        pf_access_unit_return(au);
    }
    qsort(ms, pictures, sizeof(*ms), by_value);
    printf(
        "%-9s mean %6.2f ms, p50 %6.2f, p99 %6.2f | %6.0f kbit/s, IDR %zu, largest P %zu bytes | PSNR mean "
        "%.2f dB, worst after 60 %.2f\n",
        b->name, sum / pictures, ms[pictures / 2], ms[pictures * 99 / 100],
        (double)bytes * 8 * mode.refresh_mhz / 1e6 / pictures, first, largest, psnr / pictures, worst);
    free(ms);
    free(source.data);
    pf_access_unit_pool_destroy(pool);
    av_frame_free(&out);
    av_packet_free(&pkt);
    avcodec_free_context(&dec);
    pf_encoder_close(enc);
}

int main(int argc, char **argv)
{
    unsigned hz = 60;
    if (argc > 1 && sscanf(argv[1], "%ux%u@%u", &mode.width, &mode.height, &hz) < 2)
        return 2;
    mode.refresh_mhz = hz * 1000;
    if (argc > 2)
        kbps = (uint32_t)atoi(argv[2]);
    if (argc > 3)
        pictures = (unsigned)atoi(argv[3]);
    av_log_set_level(AV_LOG_QUIET);
    draw_all();
    printf("%ux%u at %u Hz, %u kbit/s, %u pictures\n", mode.width, mode.height, hz, kbps, pictures);
    bench_convert();
    for (size_t i = 0; pf_encoder_backends[i]; i++)
        bench_encoder(pf_encoder_backends[i]);
    for (unsigned i = 0; i < LOOP; i++)
        free(drawn[i]);
    return 0;
}
