#include "h264_decoder.h"

#include <stdlib.h>
#include <string.h>

void h264_decoder_open(struct h264_decoder *d)
{
    d->ctx = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
    d->packet = av_packet_alloc();
    d->picture = av_frame_alloc();
    d->ctx->thread_count = 1;
    d->ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
    d->ctx->err_recognition = AV_EF_EXPLODE;
    if (avcodec_open2(d->ctx, NULL, NULL))
        abort();
}

void h264_decoder_close(struct h264_decoder *d)
{
    av_frame_free(&d->picture);
    av_packet_free(&d->packet);
    avcodec_free_context(&d->ctx);
}

bool h264_decode(struct h264_decoder *d, const uint8_t *data, size_t len)
{
    if (av_new_packet(d->packet, (int)len))
        abort();
    memcpy(d->packet->data, data, len);
    int rc = avcodec_send_packet(d->ctx, d->packet);
    av_packet_unref(d->packet);
    if (rc || avcodec_receive_frame(d->ctx, d->picture))
        return false;
    AVFrame *more = av_frame_alloc();
    bool one = avcodec_receive_frame(d->ctx, more) == AVERROR(EAGAIN);
    av_frame_free(&more);
    return one && !d->picture->decode_error_flags && !(d->picture->flags & AV_FRAME_FLAG_CORRUPT);
}

size_t h264_nal_types(const uint8_t *data, size_t len, int *types, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i + 3 < len; i++)
        if (!data[i] && !data[i + 1] && data[i + 2] == 1 && n < max)
            types[n++] = data[i + 3] & 31;
    return n;
}
