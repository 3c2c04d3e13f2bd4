/* Everything a GameStream client can send: the first byte says where it goes. */
#include "fuzz.h"

#include "gamestream/wire/control_message.h"
#include "gamestream/wire/control_seal.h"
#include "gamestream/wire/input_packet.h"
#include "gamestream/wire/rtsp_message.h"
#include "gamestream/wire/rtsp_seal.h"
#include "gamestream/wire/sdp.h"

#include <math.h>
#include <string.h>

static const uint8_t key[PF_GS_KEY_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void input(const uint8_t *data, size_t size)
{
    struct pf_gs_input_packet p;
    if (pf_gs_input_packet_decode(data, size, &p) < 0)
        return;
    if (p.kind == PF_GS_INPUT_TEXT)
        FUZZ_ASSERT(p.text.len >= 1 && p.text.len <= PF_GS_TEXT_MAX);
    if (p.kind == PF_GS_INPUT_TOUCH)
        FUZZ_ASSERT(isfinite(p.touch.x) && isfinite(p.touch.y) && isfinite(p.touch.pressure));
}

static void message(const uint8_t *data, size_t size)
{
    struct pf_gs_client_message m;
    if (pf_gs_client_message_decode(data, size, &m) == 0 && m.kind == PF_GS_CLIENT_INPUT) {
        FUZZ_ASSERT(m.input.data >= data && m.input.len <= size - (size_t)(m.input.data - data));
        input(m.input.data, m.input.len);
    }
}

static void sealed_control(const uint8_t *data, size_t size)
{
    struct pf_gs_control_seal seal;
    uint8_t plain[PF_GS_CONTROL_PLAIN_MAX];
    FUZZ_ASSERT(pf_gs_control_seal_init(&seal, size % 2 ? PF_GS_CONTROL_V1 : PF_GS_CONTROL_V2, key) == 0);
    int len = pf_gs_control_open(&seal, PF_GS_FROM_CLIENT, data, size, plain, sizeof(plain));
    if (len >= 0) {
        FUZZ_ASSERT((size_t)len + PF_GS_CONTROL_OVERHEAD == size);
        message(plain, (size_t)len);
    }
    pf_gs_control_seal_finish(&seal);
}

static void announce(const char *text, size_t size)
{
    struct pf_gs_wish w;
    const char *why = NULL;
    if (pf_gs_announce_parse(text, size, &w, &why) < 0) {
        FUZZ_ASSERT(why);
        return;
    }
    FUZZ_ASSERT(w.width % 2 == 0 && w.width >= 64 && w.height <= 8192 && w.fps >= 1);
    FUZZ_ASSERT(w.packet_size % 16 == 0 && w.packet_size >= 64 && w.bitrate_kbps >= 500);
    FUZZ_ASSERT(w.audio_channels == 2 || w.audio_channels == 6 || w.audio_channels == 8);
}

static void request(const char *text, size_t size)
{
    struct pf_gs_rtsp_request q;
    int whole = pf_gs_rtsp_request_len(text, size);
    FUZZ_ASSERT(whole <= (int)(PF_GS_RTSP_HEADER_MAX + PF_GS_RTSP_BODY_MAX));
    if (pf_gs_rtsp_request_parse(text, size, &q) < 0)
        return;
    FUZZ_ASSERT(whole > 0 && (size_t)whole <= size);
    FUZZ_ASSERT(q.body.p + q.body.len == text + whole);
    announce(q.body.p, q.body.len);
}

static void sealed_request(const uint8_t *data, size_t size)
{
    struct pf_gs_rtsp_seal seal;
    int whole = pf_gs_rtsp_sealed_len(data, size);
    if (whole <= 0 || (size_t)whole > size)
        return;
    char *text = malloc((size_t)whole);
    FUZZ_ASSERT(text && pf_gs_rtsp_seal_init(&seal, key) == 0);
    int len = pf_gs_rtsp_open(&seal, PF_GS_FROM_CLIENT, data, (size_t)whole, text);
    if (len >= 0)
        request(text, (size_t)len);
    pf_gs_rtsp_seal_finish(&seal);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    const uint8_t *rest = data + 1;
    switch (data[0]) {
    case 'i':
        input(rest, size - 1);
        break;
    case 'm':
        message(rest, size - 1);
        break;
    case 'c':
        sealed_control(rest, size - 1);
        break;
    case 'r':
        request((const char *)rest, size - 1);
        break;
    case 's':
        sealed_request(rest, size - 1);
        break;
    case 'a':
        announce((const char *)rest, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
