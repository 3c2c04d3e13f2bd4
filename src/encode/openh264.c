/* H.264 Baseline through Cisco's OpenH264 (input-audio-encode.md 4.4, 4.5, 4.8). */
#include "encode/software.h"

#include "base/env.h"
#include "base/log.h"
#include "encode/backends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wels/codec_api.h>

/* The library's largest picture, in either orientation. */
#define MAX_SIDE   3840u
#define MAX_PIXELS (3840ull * 2160)

struct openh264_encoder {
    struct pf_encoder base;
    struct pf_frame_converter converter;
    ISVCEncoder *lib;
    uint8_t *planes; /* I420, one allocation */
    struct pf_yuv_picture picture;
    struct pf_mode mode;
    uint32_t kbps;
    uint64_t frames;
};

static void library_says(void *user, int level, const char *text)
{
    (void)user;
    pf_log(level <= WELS_LOG_ERROR ? PF_LOG_WARN : PF_LOG_DEBUG, "openh264", "%s", text);
}

static int bits_per_second(uint32_t kbps)
{
    return kbps > INT32_MAX / 1000 ? INT32_MAX : (int)(kbps * 1000);
}

static void describe_colour(const struct pf_colour *colour, SSpatialLayerConfig *layer)
{
    layer->bVideoSignalTypePresent = true;
    layer->uiVideoFormat = VF_UNDEF;
    layer->bFullRange = colour->full_range;
    layer->bColorDescriptionPresent = true;
    layer->uiColorPrimaries = CP_BT709;
    layer->uiTransferCharacteristics = TRC_BT709;
    layer->uiColorMatrix = (unsigned char)pf_encoder_matrix_code(colour->matrix);
}

static void fill_params(ISVCEncoder *lib, const struct pf_encoder_params *p, SEncParamExt *x)
{
    (*lib)->GetDefaultParams(lib, x);
    unsigned threads =
        (unsigned)pf_env_long("PUNKTFUNK_OH264_THREADS", 1, 16, (long)pf_encoder_slice_threads(p));
    float hz = (float)p->mode.refresh_mhz / 1000;

    x->iUsageType = CAMERA_VIDEO_REAL_TIME;
    x->iPicWidth = (int)p->mode.width;
    x->iPicHeight = (int)p->mode.height;
    x->iTargetBitrate = x->iMaxBitrate = bits_per_second(p->bitrate_kbps);
    x->iRCMode = RC_BITRATE_MODE;
    x->fMaxFrameRate = hz;
    x->iTemporalLayerNum = x->iSpatialLayerNum = 1;
    x->iComplexityMode = LOW_COMPLEXITY;
    x->uiIntraPeriod = (unsigned)pf_env_long("PUNKTFUNK_OH264_GOP", 0, INT32_MAX, 0);
    x->iNumRefFrame = 1;
    x->eSpsPpsIdStrategy = CONSTANT_ID;
    x->bEnableFrameSkip = false;
    x->bEnableLongTermReference = false;
    x->iMultipleThreadIdc = (unsigned short)threads;
    x->bUseLoadBalancing = false;
    x->bEnableSceneChangeDetect = false;
    x->bEnableDenoise = false;
    x->bEnableBackgroundDetection = false;
    x->bEnableAdaptiveQuant = false;

    SSpatialLayerConfig *layer = &x->sSpatialLayers[0];
    layer->iVideoWidth = x->iPicWidth;
    layer->iVideoHeight = x->iPicHeight;
    layer->fFrameRate = hz;
    layer->iSpatialBitrate = layer->iMaxSpatialBitrate = x->iTargetBitrate;
    layer->uiProfileIdc = PRO_BASELINE;
    layer->uiLevelIdc = LEVEL_UNKNOWN;
    layer->sSliceArgument.uiSliceMode = threads > 1 ? SM_FIXEDSLCNUM_SLICE : SM_SINGLE_SLICE;
    layer->sSliceArgument.uiSliceNum = threads;
    describe_colour(&p->colour, layer);
}

static void openh264_close(struct pf_encoder *base)
{
    struct openh264_encoder *enc = (struct openh264_encoder *)base;
    if (enc->lib) {
        (*enc->lib)->Uninitialize(enc->lib);
        WelsDestroySVCEncoder(enc->lib);
    }
    pf_frame_converter_finish(&enc->converter);
    free(enc->planes);
    free(enc);
}

static int append_layers(const SFrameBSInfo *info, struct pf_access_unit *au)
{
    au->len = 0;
    for (int i = 0; i < info->iLayerNum; i++) {
        const SLayerBSInfo *layer = &info->sLayerInfo[i];
        size_t len = 0;
        for (int n = 0; n < layer->iNalCount; n++)
            len += (size_t)layer->pNalLengthInByte[n];
        int rc = pf_access_unit_append(au, layer->pBsBuf, len);
        if (rc)
            return rc;
    }
    au->idr = info->eFrameType == videoFrameTypeIDR;
    return au->len ? 0 : -EIO;
}

static int openh264_encode(
    struct pf_encoder *base, const struct pf_frame *frame, bool want_idr, struct pf_access_unit *au)
{
    struct openh264_encoder *enc = (struct openh264_encoder *)base;
    const struct pf_yuv_picture *pic = &enc->picture;
    int rc = pf_frame_converter_convert(&enc->converter, frame, pic);
    if (rc)
        return rc;
    if (want_idr && (*enc->lib)->ForceIntraFrame(enc->lib, true))
        return -EIO;

    SSourcePicture source = {
        .iColorFormat = videoFormatI420,
        .iStride = {(int)pic->y_stride, (int)pic->uv_stride, (int)pic->uv_stride},
        .pData = {pic->y, pic->u, pic->v},
        .iPicWidth = (int)enc->mode.width,
        .iPicHeight = (int)enc->mode.height,
        .uiTimeStamp = (long long)(enc->frames++ * 1000000 / enc->mode.refresh_mhz),
    };
    SFrameBSInfo info = {0};
    if ((*enc->lib)->EncodeFrame(enc->lib, &source, &info))
        return -EIO;
    return append_layers(&info, au);
}

/* The library refuses a target above the maximum, so the order depends on the direction. */
static int openh264_set_bitrate(struct pf_encoder *base, uint32_t kbps)
{
    struct openh264_encoder *enc = (struct openh264_encoder *)base;
    if (!kbps)
        return -EINVAL;
    SBitrateInfo rate = {.iLayer = SPATIAL_LAYER_0, .iBitrate = bits_per_second(kbps)};
    ENCODER_OPTION first = kbps > enc->kbps ? ENCODER_OPTION_MAX_BITRATE : ENCODER_OPTION_BITRATE;
    ENCODER_OPTION second = kbps > enc->kbps ? ENCODER_OPTION_BITRATE : ENCODER_OPTION_MAX_BITRATE;
    if ((*enc->lib)->SetOption(enc->lib, first, &rate) || (*enc->lib)->SetOption(enc->lib, second, &rate))
        return -EIO;
    enc->kbps = kbps;
    return 0;
}

static const struct pf_encoder_ops openh264_ops = {
    .encode = openh264_encode,
    .set_bitrate = openh264_set_bitrate,
    .close = openh264_close,
};

static int make_planes(struct openh264_encoder *enc)
{
    size_t stride = (enc->mode.width + 63) & ~(size_t)63;
    size_t luma = stride * enc->mode.height, chroma = luma / 4;
    enc->planes = aligned_alloc(64, (luma + 2 * chroma + 63) & ~(size_t)63);
    if (!enc->planes)
        return -ENOMEM;
    enc->picture = (struct pf_yuv_picture){
        .y = enc->planes,
        .u = enc->planes + luma,
        .v = enc->planes + luma + chroma,
        .y_stride = stride,
        .uv_stride = stride / 2,
    };
    return 0;
}

static int start_library(struct openh264_encoder *enc, const struct pf_encoder_params *params)
{
    if (WelsCreateSVCEncoder(&enc->lib) || !enc->lib)
        return -ENOMEM;
    WelsTraceCallback callback = library_says;
    int level = WELS_LOG_WARNING;
    (*enc->lib)->SetOption(enc->lib, ENCODER_OPTION_TRACE_CALLBACK, &callback);
    (*enc->lib)->SetOption(enc->lib, ENCODER_OPTION_TRACE_LEVEL, &level);
    SEncParamExt x;
    fill_params(enc->lib, params, &x);
    return (*enc->lib)->InitializeExt(enc->lib, &x) ? -EIO : 0;
}

static int openh264_open(
    const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    int rc = pf_encoder_check_params(params, MAX_SIDE, MAX_PIXELS, "OpenH264", err);
    if (rc)
        return rc;
    struct openh264_encoder *enc = calloc(1, sizeof(*enc));
    if (!enc)
        return pf_error_set(err, -ENOMEM, "out of memory for an encoder");
    enc->base = (struct pf_encoder){.ops = &openh264_ops, .backend = &pf_encoder_backend_openh264};
    enc->mode = params->mode;
    enc->kbps = params->bitrate_kbps;
    pf_frame_converter_init(&enc->converter, params);
    rc = make_planes(enc);
    if (!rc)
        rc = start_library(enc, params);
    if (rc) {
        openh264_close(&enc->base);
        return pf_error_set(err, rc, "OpenH264 refuses %ux%u at %u kbit/s", params->mode.width,
            params->mode.height, params->bitrate_kbps);
    }
    *ret_encoder = &enc->base;
    return 0;
}

static int openh264_probe(struct pf_error *err)
{
    (void)err;
    return 0;
}

const struct pf_encoder_backend pf_encoder_backend_openh264 = {
    .name = "openh264",
    .api_name = "software",
    .on_cpu = true,
    .codecs = PF_CODEC_H264,
    .probe = openh264_probe,
    .open = openh264_open,
};
