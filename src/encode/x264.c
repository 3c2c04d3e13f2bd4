/* H.264 through libavcodec and x264 (input-audio-encode.md 4.4, 4.8). */
#include "encode/software.h"

#include "base/log.h"
#include "encode/backends.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

struct x264_encoder {
    struct pf_encoder base;
    struct pf_frame_converter converter;
    AVCodecContext *ctx;
    AVFrame *picture; /* NV12, reused: the library copies what it needs before it returns */
    AVPacket *packet;
    double vbv_frames;
    int64_t pts;
};

/* Below this no eye sees a gain. Without a floor an easy picture sinks to quantisers where x264's size
 * predictions are off by so much that single pictures are starved to 20 dB. */
#define QP_MIN "12"

/* Slices are encoded side by side, each with a guess of what the others will need; with exactly one frame of
 * buffer a bad guess on a busy machine starves a picture. Half a frame more prevents it. */
#define VBV_FRAMES_SLICED 1.5

static void set_rate(AVCodecContext *ctx, double vbv_frames, uint32_t kbps)
{
    int64_t bps = (int64_t)kbps * 1000;
    double buffer = (double)bps * ctx->time_base.num / ctx->time_base.den * vbv_frames;
    ctx->bit_rate = bps;
    ctx->rc_max_rate = bps;
    ctx->rc_buffer_size = buffer < 1e9 ? (int)buffer : 1000000000;
}

static AVCodecContext *make_context(const AVCodec *codec, const struct pf_encoder_params *p)
{
    AVCodecContext *ctx = avcodec_alloc_context3(codec);
    if (!ctx)
        return NULL;
    ctx->width = (int)p->mode.width;
    ctx->height = (int)p->mode.height;
    ctx->pix_fmt = AV_PIX_FMT_NV12;
    ctx->time_base = (AVRational){1000, (int)p->mode.refresh_mhz};
    ctx->framerate = (AVRational){(int)p->mode.refresh_mhz, 1000};
    ctx->max_b_frames = 0;
    ctx->refs = 1;
    ctx->color_range = AVCOL_RANGE_MPEG;
    ctx->color_primaries = AVCOL_PRI_BT709;
    ctx->color_trc = AVCOL_TRC_BT709;
    ctx->colorspace = AVCOL_SPC_BT709;
    ctx->chroma_sample_location = AVCHROMA_LOC_CENTER;
    ctx->thread_type = FF_THREAD_SLICE;
    ctx->thread_count = (int)pf_encoder_slice_threads(p->mode.height);
    return ctx;
}

static AVDictionary *make_options(void)
{
    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", "ultrafast", 0); /* superfast costs a quarter more and shows no gain */
    av_dict_set(&options, "tune", "zerolatency", 0);
    av_dict_set(&options, "forced-idr", "1", 0);
    av_dict_set(&options, "x264-params",
        "keyint=infinite:scenecut=0:repeat-headers=1:annexb=1:aud=0:nal-hrd=none:qpmin=" QP_MIN, 0);
    return options;
}

static void x264_close(struct pf_encoder *base)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    avcodec_free_context(&enc->ctx);
    av_packet_free(&enc->packet);
    av_frame_free(&enc->picture);
    pf_frame_converter_finish(&enc->converter);
    free(enc);
}

/* The start code that begins at or behind `from`, or len. *ret_type gets the NAL unit type behind it. */
static size_t next_nal(const uint8_t *data, size_t len, size_t from, int *ret_type)
{
    for (size_t i = from; i + 3 < len; i++)
        if (!data[i] && !data[i + 1] && data[i + 2] == 1) {
            *ret_type = data[i + 3] & 31;
            return i > from && !data[i - 1] ? i - 1 : i;
        }
    return len;
}

/* x264 introduces itself in an SEI in front of the first slice. A decoder has no use for it, and clients that
 * look at the first NAL units do not expect it. Finds the bytes to leave out; none gives an empty range. */
static void find_leading_sei(const uint8_t *data, size_t len, size_t *ret_start, size_t *ret_end)
{
    enum { NAL_SLICE = 1, NAL_IDR = 5, NAL_SEI = 6 };
    int type = 0, next_type = 0;
    size_t at = next_nal(data, len, 0, &type);
    while (at < len && type != NAL_SLICE && type != NAL_IDR) {
        size_t next = next_nal(data, len, at + 4, &next_type);
        if (type == NAL_SEI) {
            *ret_start = at;
            *ret_end = next;
            return;
        }
        at = next;
        type = next_type;
    }
    *ret_start = *ret_end = 0;
}

static int take_packet(struct x264_encoder *enc, struct pf_access_unit *au)
{
    if (avcodec_receive_packet(enc->ctx, enc->packet))
        return -EIO; /* EAGAIN too: this configuration never holds a picture back */
    const uint8_t *data = enc->packet->data;
    size_t len = (size_t)enc->packet->size, sei, sei_end;
    find_leading_sei(data, len, &sei, &sei_end);
    au->len = 0;
    au->idr = enc->packet->flags & AV_PKT_FLAG_KEY;
    int rc = pf_access_unit_append(au, data, sei);
    if (!rc)
        rc = pf_access_unit_append(au, data + sei_end, len - sei_end);
    av_packet_unref(enc->packet);
    return rc;
}

static int x264_encode(
    struct pf_encoder *base, const struct pf_frame *frame, bool want_idr, struct pf_access_unit *au)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    AVFrame *pic = enc->picture;
    if (av_frame_make_writable(pic))
        return -ENOMEM;
    const struct pf_yuv_picture out = {
        .y = pic->data[0],
        .u = pic->data[1],
        .y_stride = (size_t)pic->linesize[0],
        .uv_stride = (size_t)pic->linesize[1],
    };
    int rc = pf_frame_converter_convert(&enc->converter, frame, &out);
    if (rc)
        return rc;
    pic->pts = enc->pts++;
    pic->pict_type = want_idr ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return avcodec_send_frame(enc->ctx, pic) ? -EIO : take_packet(enc, au);
}

/* The library compares these fields before each picture and reconfigures x264 in place. */
static int x264_set_bitrate(struct pf_encoder *base, uint32_t kbps)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    if (!kbps)
        return -EINVAL;
    set_rate(enc->ctx, enc->vbv_frames, kbps);
    return 0;
}

static const struct pf_encoder_ops x264_ops = {
    .encode = x264_encode,
    .set_bitrate = x264_set_bitrate,
    .close = x264_close,
};

static int make_picture(struct x264_encoder *enc)
{
    enc->picture = av_frame_alloc();
    enc->packet = av_packet_alloc();
    if (!enc->picture || !enc->packet)
        return -ENOMEM;
    enc->picture->format = enc->ctx->pix_fmt;
    enc->picture->width = enc->ctx->width;
    enc->picture->height = enc->ctx->height;
    return av_frame_get_buffer(enc->picture, 64) ? -ENOMEM : 0;
}

static int x264_open(
    const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    AVDictionary *options = NULL;
    struct x264_encoder *enc = NULL;
    int rc = pf_encoder_check_params(params, 4096, 4096ull * 4096, "x264", err);
    if (rc)
        return rc;
    rc = pf_encoder_backend_x264.probe(err);
    if (rc)
        return rc;

    enc = calloc(1, sizeof(*enc));
    if (!enc)
        return pf_error_set(err, -ENOMEM, "out of memory for an encoder");
    enc->base = (struct pf_encoder){.ops = &x264_ops, .backend = &pf_encoder_backend_x264};
    enc->vbv_frames =
        pf_encoder_vbv_frames(pf_encoder_slice_threads(params->mode.height) > 1 ? VBV_FRAMES_SLICED : 1);
    pf_frame_converter_init(&enc->converter, &params->mode);
    enc->ctx = make_context(avcodec_find_encoder_by_name("libx264"), params);
    if (!enc->ctx) {
        rc = pf_error_set(err, -ENOMEM, "out of memory for an encoder");
        goto fail;
    }
    set_rate(enc->ctx, enc->vbv_frames, params->bitrate_kbps);
    options = make_options();
    rc = avcodec_open2(enc->ctx, NULL, &options);
    av_dict_free(&options);
    if (rc) {
        char reason[AV_ERROR_MAX_STRING_SIZE];
        av_make_error_string(reason, sizeof(reason), rc);
        rc = pf_error_set(err, -EIO, "x264 refuses %ux%u at %u kbit/s: %s", params->mode.width,
            params->mode.height, params->bitrate_kbps, reason);
        goto fail;
    }
    rc = make_picture(enc);
    if (rc) {
        pf_error_set(
            err, rc, "out of memory for a picture of %ux%u", params->mode.width, params->mode.height);
        goto fail;
    }
    *ret_encoder = &enc->base;
    return 0;

fail:
    x264_close(&enc->base);
    return rc;
}

static int x264_probe(struct pf_error *err)
{
    av_log_set_level(AV_LOG_ERROR);
    if (!avcodec_find_encoder_by_name("libx264"))
        return pf_error_set(err, -ENOTSUP, "the installed libavcodec was built without x264");
    return 0;
}

const struct pf_encoder_backend pf_encoder_backend_x264 = {
    .name = "x264",
    .api_name = "software",
    .codecs = PF_CODEC_H264,
    .probe = x264_probe,
    .open = x264_open,
};
