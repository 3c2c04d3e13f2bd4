/* H.264 through x264 (input-audio-encode.md 4.8). */
#include "encode/software.h"

#include "base/log.h"
#include "encode/backends.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h> /* x264.h asks for it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x264.h>

/* Below this no eye sees a gain. Without a floor an easy picture sinks to quantisers where x264's size
 * predictions are off by so much that single pictures are starved to 20 dB. */
#define QP_MIN 12

/* Slices are encoded side by side, each with a guess of what the others will need; with exactly one frame of
 * buffer a bad guess on a busy machine starves a picture. Half a frame more prevents it. */
#define VBV_FRAMES_SLICED 1.5

/* Pictures that are kept to go back to when the client lost some: as many as level 5.1, which every decoder
 * in hardware knows, has room for. Only the newest good one is searched, so they cost memory, not time. */
#define HISTORY_MAX           8u
#define LEVEL_5_1_MACROBLOCKS 184320u

/* What the encoder can go back to, oldest first. */
struct history {
    struct {
        uint64_t number;
        bool good;
    } pictures[HISTORY_MAX];
    unsigned count, cap;
    uint64_t idr; /* number of the last one */
};

struct x264_encoder {
    struct pf_encoder base;
    struct pf_frame_converter converter;
    x264_t *lib;
    x264_param_t params;
    x264_picture_t picture; /* NV12, reused: the library copies it before it returns */
    double vbv_frames;
    struct history history;
};

/* ---- parameters -----------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 3, 0))) static void library_says(
    void *user, int level, const char *format, va_list args)
{
    char text[256];
    (void)user;
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = 0;
    pf_log(level <= X264_LOG_ERROR ? PF_LOG_WARN : PF_LOG_DEBUG, "x264", "%s", text);
}

static void set_rate(x264_param_t *x, double vbv_frames, uint32_t kbps)
{
    double buffer = (double)kbps * x->i_fps_den / x->i_fps_num * vbv_frames;
    int rate = kbps < INT32_MAX / 1000 ? (int)kbps : INT32_MAX / 1000;
    x->rc.i_bitrate = rate;
    x->rc.i_vbv_max_bitrate = rate;
    x->rc.i_vbv_buffer_size = buffer < 1 ? 1 : buffer < 1e6 ? (int)buffer : 1000000;
}

static unsigned history_size(const struct pf_mode *mode)
{
    unsigned macroblocks = ((mode->width + 15) / 16) * ((mode->height + 15) / 16);
    unsigned fit = LEVEL_5_1_MACROBLOCKS / macroblocks;
    return fit < 1 ? 1 : fit < HISTORY_MAX ? fit : HISTORY_MAX;
}

static int fill_params(struct x264_encoder *enc, const struct pf_encoder_params *p)
{
    x264_param_t *x = &enc->params;
    /* superfast costs a quarter more and shows no gain */
    if (x264_param_default_preset(x, "ultrafast", "zerolatency") < 0)
        return -ENOTSUP;
    x->pf_log = library_says;
    x->i_log_level = X264_LOG_WARNING;
    x->i_csp = X264_CSP_NV12;
    x->i_width = (int)p->mode.width;
    x->i_height = (int)p->mode.height;
    x->i_fps_num = p->mode.refresh_mhz;
    x->i_fps_den = 1000;
    x->b_vfr_input = 0;
    x->i_threads = (int)pf_encoder_slice_threads(p); /* a slice for each: tune zerolatency */

    x->i_keyint_max = X264_KEYINT_MAX_INFINITE;
    x->i_scenecut_threshold = 0;
    x->i_frame_reference = 1;
    x->i_dpb_size = (int)enc->history.cap;
    x->b_repeat_headers = 1;
    x->b_annexb = 1;
    x->b_aud = 0;
    x->i_nal_hrd = X264_NAL_HRD_NONE;

    x->vui.b_fullrange = p->colour.full_range;
    x->vui.i_colorprim = x->vui.i_transfer = 1; /* BT.709 */
    x->vui.i_colmatrix = pf_encoder_matrix_code(p->colour.matrix);
    x->vui.i_chroma_loc = 1; /* centre, as the converter averages */

    x->rc.i_rc_method = X264_RC_ABR;
    x->rc.i_qp_min = QP_MIN;
    set_rate(x, enc->vbv_frames, p->bitrate_kbps);
    return 0;
}

/* ---- what there is to go back to ------------------------------------------------------------------------
 */

static void remember(struct history *h, uint64_t number, bool idr)
{
    if (idr) {
        h->count = 0;
        h->idr = number;
    }
    if (h->count == h->cap)
        memmove(h->pictures, h->pictures + 1, --h->count * sizeof(h->pictures[0]));
    h->pictures[h->count].number = number;
    h->pictures[h->count++].good = true;
}

/* True if a good one is left. */
static bool forget_from(struct history *h, uint64_t first)
{
    bool left = false;
    for (unsigned i = 0; i < h->count; i++) {
        h->pictures[i].good &= h->pictures[i].number < first;
        left |= h->pictures[i].good;
    }
    return left;
}

static int x264_invalidate(struct pf_encoder *base, uint64_t first, uint64_t last)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    if (last < enc->history.idr)
        return 0; /* nothing refers to what was before */
    if (!forget_from(&enc->history, first))
        return -ENOENT;
    return x264_encoder_invalidate_reference(enc->lib, (int64_t)first) < 0 ? -EIO : 0;
}

/* ---- pictures -------------------------------------------------------------------------------------------
 */

/* x264 introduces itself in an SEI in front of the first slice. A decoder has no use for it, and clients that
 * look at the first NAL units do not expect it. */
static int take_units(const x264_nal_t *nals, int count, struct pf_access_unit *au)
{
    int rc = 0;
    au->len = 0;
    for (int i = 0; i < count && rc == 0; i++)
        if (nals[i].i_type != NAL_SEI)
            rc = pf_access_unit_append(au, nals[i].p_payload, (size_t)nals[i].i_payload);
    return rc;
}

static int x264_encode(
    struct pf_encoder *base, const struct pf_frame *frame, bool want_idr, struct pf_access_unit *au)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    x264_picture_t *pic = &enc->picture, made;
    const struct pf_yuv_picture out = {
        .y = pic->img.plane[0],
        .u = pic->img.plane[1],
        .y_stride = (size_t)pic->img.i_stride[0],
        .uv_stride = (size_t)pic->img.i_stride[1],
    };
    int rc = pf_frame_converter_convert(&enc->converter, frame, &out);
    if (rc)
        return rc;
    pic->i_pts = (int64_t)au->number;
    pic->i_type = want_idr ? X264_TYPE_IDR : X264_TYPE_AUTO;
    x264_nal_t *nals;
    int count;
    if (x264_encoder_encode(enc->lib, &nals, &count, pic, &made) <= 0)
        return -EIO; /* nothing at all, too: this configuration never holds a picture back */
    au->idr = made.b_keyframe;
    remember(&enc->history, au->number, au->idr);
    return take_units(nals, count, au);
}

static int x264_set_bitrate(struct pf_encoder *base, uint32_t kbps)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    if (!kbps)
        return -EINVAL;
    set_rate(&enc->params, enc->vbv_frames, kbps);
    return x264_encoder_reconfig(enc->lib, &enc->params) < 0 ? -EIO : 0;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void x264_close(struct pf_encoder *base)
{
    struct x264_encoder *enc = (struct x264_encoder *)base;
    if (enc->lib)
        x264_encoder_close(enc->lib);
    x264_picture_clean(&enc->picture);
    pf_frame_converter_finish(&enc->converter);
    free(enc);
}

static const struct pf_encoder_ops x264_ops = {
    .encode = x264_encode,
    .set_bitrate = x264_set_bitrate,
    .invalidate = x264_invalidate,
    .close = x264_close,
};

static int start_library(struct x264_encoder *enc, const struct pf_encoder_params *params)
{
    enc->vbv_frames = pf_encoder_vbv_frames(pf_encoder_slice_threads(params) > 1 ? VBV_FRAMES_SLICED : 1);
    enc->history.cap = params->one_reference ? 1 : history_size(&params->mode);
    int rc = fill_params(enc, params);
    if (rc)
        return rc;
    if (x264_picture_alloc(&enc->picture, enc->params.i_csp, enc->params.i_width, enc->params.i_height) < 0)
        return -ENOMEM;
    enc->lib = x264_encoder_open(&enc->params);
    return enc->lib ? 0 : -EIO;
}

static int x264_open(
    const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    int rc = pf_encoder_check_params(params, 4096, 4096ull * 4096, "x264", err);
    if (rc)
        return rc;
    struct x264_encoder *enc = calloc(1, sizeof(*enc));
    if (!enc)
        return pf_error_set(err, -ENOMEM, "out of memory for an encoder");
    enc->base = (struct pf_encoder){.ops = &x264_ops, .backend = &pf_encoder_backend_x264};
    pf_frame_converter_init(&enc->converter, params);
    rc = start_library(enc, params);
    if (rc) {
        x264_close(&enc->base);
        return pf_error_set(err, rc, "x264 refuses %ux%u at %u kbit/s", params->mode.width,
            params->mode.height, params->bitrate_kbps);
    }
    *ret_encoder = &enc->base;
    return 0;
}

static int x264_probe(struct pf_error *err)
{
    (void)err;
    return 0;
}

const struct pf_encoder_backend pf_encoder_backend_x264 = {
    .name = "x264",
    .api_name = "software",
    .on_cpu = true,
    .codecs = PF_CODEC_H264,
    .invalidates = true,
    .probe = x264_probe,
    .open = x264_open,
};
