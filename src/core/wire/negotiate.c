#include "punktfunk/wire_handshake.h"

#include <string.h>

uint8_t pf_negotiate_codec(uint8_t client, uint8_t host, uint8_t preferred)
{
    static const uint8_t order[] = {PF_WIRE_CODEC_HEVC, PF_WIRE_CODEC_AV1, PF_WIRE_CODEC_H264};
    uint8_t shared = (client ? client : PF_WIRE_CODEC_HEVC) & host;
    uint8_t wanted = preferred & shared;
    if (wanted)
        return (uint8_t)(wanted & -wanted); /* one bit, should a client set several */
    for (size_t i = 0; i < sizeof(order); i++)
        if (shared & order[i])
            return order[i];
    return 0;
}

uint32_t pf_negotiate_bitrate(uint32_t requested_kbps)
{
    if (requested_kbps == 0)
        return PF_BITRATE_DEFAULT_KBPS;
    if (requested_kbps < PF_BITRATE_MIN_KBPS)
        return PF_BITRATE_MIN_KBPS;
    return requested_kbps > PF_BITRATE_MAX_KBPS ? PF_BITRATE_MAX_KBPS : requested_kbps;
}

bool pf_negotiate_dimensions(uint8_t codec, uint32_t width, uint32_t height)
{
    uint32_t max = codec == PF_WIRE_CODEC_H264 ? 4096 : 8192;
    return width && height && width % 2 == 0 && height % 2 == 0 && width <= max && height <= max;
}

uint8_t pf_negotiate_audio_channels(uint8_t requested)
{
    return requested == 6 || requested == 8 ? requested : 2;
}

uint32_t pf_speed_test_chunk(uint32_t target_kbps)
{
    uint64_t bytes = (uint64_t)target_kbps * 125 / 240;
    return bytes < 1200 ? 1200 : bytes > 16384 ? 16384 : (uint32_t)bytes;
}

/* Byte k ≥ 4 of frame i is (i + k) mod 256: 256 bytes that repeat. */
static void make_period(uint32_t index, uint8_t period[256])
{
    for (uint32_t k = 0; k < 256; k++)
        period[k] = (uint8_t)(index + k);
}

static void make_head(uint32_t index, uint8_t head[4])
{
    for (uint32_t k = 0; k < 4; k++)
        head[k] = (uint8_t)(index >> (8 * k));
}

void pf_synthetic_fill(uint32_t index, uint8_t *out)
{
    uint8_t period[256];
    make_period(index, period);
    for (size_t at = 0; at < PF_SYNTHETIC_FRAME_LEN; at += sizeof(period))
        memcpy(out + at, period, sizeof(period));
    make_head(index, out);
}

bool pf_synthetic_check(uint32_t index, const uint8_t *data, size_t len)
{
    uint8_t period[256], head[4];
    make_period(index, period);
    make_head(index, head);
    if (len != PF_SYNTHETIC_FRAME_LEN || memcmp(data, head, 4) != 0 ||
        memcmp(data + 4, period + 4, sizeof(period) - 4) != 0)
        return false;
    for (size_t at = sizeof(period); at < len; at += sizeof(period))
        if (memcmp(data + at, period, sizeof(period)) != 0)
            return false;
    return true;
}
