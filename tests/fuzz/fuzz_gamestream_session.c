/* A GameStream client that knows the key: control messages of any content, input and pads included, and RTSP
 * requests in any pieces. The first byte says which. */
#include "fuzz.h"

#include "gamestream/control/dispatch.h"
#include "gamestream/input/input_map.h"
#include "gamestream/input/pad_map.h"
#include "gamestream/rtsp/inbox.h"
#include "input/held.h"
#include "input/pads/pad_set.h"

#include <errno.h>
#include <string.h>

static const uint8_t key[PF_GS_KEY_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* ---- control --------------------------------------------------------------------------------------------
 */

struct session {
    struct pf_gs_input_map input;
    struct pf_gs_pad_map pads;
    struct pf_held held;
    struct pf_pad_set set;
};

static void keyframe(void *user)
{
}

static void invalidate(void *user, uint32_t first, uint32_t last)
{
    FUZZ_ASSERT(first > 0 && first <= last && last - first < PF_GS_INVALIDATE_MAX);
}

static void fec_status(void *user, const struct pf_gs_fec_status *status)
{
}

/* Nothing comes up that was not down, and every position lies on a surface. */
static void play(void *user, const struct pf_input *e)
{
    struct session *s = user;
    bool surface = e->type == PF_INPUT_POSITION || (e->type == PF_INPUT_TOUCH && e->down);
    FUZZ_ASSERT(!surface || (e->width && e->height));
    bool passes = pf_held_note(&s->held, e);
    FUZZ_ASSERT(
        passes || e->type == PF_INPUT_BUTTON); /* clients may let go buttons that they never pressed */
}

static void pad_event(void *user, const struct pf_input_event *event)
{
    struct session *s = user;
    unsigned pad;
    FUZZ_ASSERT(pf_pad_set_knows(event));
    pf_pad_set_event(&s->set, event, &pad);
}

static void pad_rich(void *user, const struct pf_datagram *rich)
{
    struct session *s = user;
    unsigned pad = PF_PADS_MAX;
    FUZZ_ASSERT(pf_pad_set_rich(&s->set, rich, &pad) == PF_PAD_UPDATED);
    FUZZ_ASSERT(pad < PF_PADS_MAX);
}

static void tell(void *user, const uint8_t *message, size_t len)
{
    FUZZ_ASSERT(len > 4 && len <= PF_GS_HOST_MESSAGE_MAX);
}

static void input(void *user, const struct pf_gs_input_packet *packet)
{
    struct session *s = user;
    pf_gs_input_map_take(&s->input, packet);
    pf_gs_pad_map_take(&s->pads, packet);
}

/* Messages one after the other, each with a byte in front that is its length. */
static void control(const uint8_t *data, size_t size)
{
    struct session s = {0};
    struct pf_gs_control_seal client, host;
    const struct pf_gs_pad_sink pads = {.user = &s, .event = pad_event, .rich = pad_rich, .tell = tell};
    const struct pf_gs_control_sink sink = {
        .user = &s, .keyframe = keyframe, .invalidate = invalidate, .input = input, .fec_status = fec_status};
    pf_gs_input_map_init(&s.input, &s, play);
    pf_gs_pad_map_init(&s.pads, &pads, PF_PAD_KIND_DUALSENSE);
    FUZZ_ASSERT(pf_gs_control_seal_init(&client, PF_GS_CONTROL_V2, key) == 0);
    FUZZ_ASSERT(pf_gs_control_seal_init(&host, PF_GS_CONTROL_V2, key) == 0);
    while (size > 1) {
        uint8_t packet[512];
        size_t len = data[0] < size - 1 ? data[0] : size - 1;
        int n = pf_gs_control_seal(&client, PF_GS_FROM_CLIENT, data + 1, len, packet, sizeof(packet));
        FUZZ_ASSERT(n > 0 && pf_gs_control_dispatch(&host, packet, (size_t)n, &sink) != -EBADMSG);
        FUZZ_ASSERT(pf_gs_control_dispatch(&host, data + 1, len, &sink) != 0); /* it is not sealed */
        data += 1 + len;
        size -= 1 + len;
    }
    pf_gs_control_seal_finish(&client);
    pf_gs_control_seal_finish(&host);
}

/* ---- RTSP -----------------------------------------------------------------------------------------------
 */

static int feed(
    struct pf_gs_rtsp_inbox *box, struct pf_gs_rtsp_seal *seal, const uint8_t *data, size_t size, size_t step)
{
    int rc = 0;
    while (size && rc == 0) {
        uint8_t *room;
        size_t n = pf_gs_rtsp_inbox_room(box, &room);
        FUZZ_ASSERT(n > 0);
        n = n < step ? n : step;
        n = n < size ? n : size;
        memcpy(room, data, n);
        rc = pf_gs_rtsp_inbox_take(box, n, seal);
        data += n;
        size -= n;
    }
    return rc;
}

/* However it is cut, the same comes out. */
static void rtsp(const uint8_t *data, size_t size, bool sealed)
{
    struct pf_gs_rtsp_inbox one = {0}, many = {0};
    struct pf_gs_rtsp_seal first, second;
    size_t step = 1 + data[0] % 7;
    FUZZ_ASSERT(pf_gs_rtsp_seal_init(&first, key) == 0 && pf_gs_rtsp_seal_init(&second, key) == 0);
    int a = feed(&one, sealed ? &first : NULL, data + 1, size - 1, size);
    int b = feed(&many, sealed ? &second : NULL, data + 1, size - 1, step);
    FUZZ_ASSERT((a > 0) == (b > 0));
    if (a > 0) {
        struct pf_gs_rtsp_request q;
        FUZZ_ASSERT(one.text_len == many.text_len && !memcmp(one.text, many.text, one.text_len));
        pf_gs_rtsp_request_parse(one.text, one.text_len, &q);
    }
    pf_gs_rtsp_inbox_finish(&one);
    pf_gs_rtsp_inbox_finish(&many);
    pf_gs_rtsp_seal_finish(&first);
    pf_gs_rtsp_seal_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    switch (data[0]) {
    case 'c':
        control(data + 1, size - 1);
        break;
    case 'r':
    case 's':
        rtsp(data + 1, size - 1, data[0] == 's');
        break;
    default:
        break;
    }
    return 0;
}
