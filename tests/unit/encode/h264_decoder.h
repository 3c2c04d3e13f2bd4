/* Decodes H.264 with libavcodec, one access unit in and at most one picture out. For tests. */
#ifndef PF_TEST_H264_DECODER_H
#define PF_TEST_H264_DECODER_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264_decoder {
    AVCodecContext *ctx;
    AVPacket *packet;
    AVFrame *picture; /* the last one decoded */
};

void h264_decoder_open(struct h264_decoder *d);
void h264_decoder_close(struct h264_decoder *d);

/* True if the unit gave exactly one picture, without delay and without damage. */
bool h264_decode(struct h264_decoder *d, const uint8_t *data, size_t len);

/* NAL unit types of the unit, in order; returns how many. */
size_t h264_nal_types(const uint8_t *data, size_t len, int *types, size_t max);

#endif
