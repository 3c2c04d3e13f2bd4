/* What any program can make the kernel say to a PlayStation pad: messages of uhid, and in them output and
 * feature reports of both models. The first byte picks the model. */
#include "fuzz.h"

#include "input/pads/playstation.h"
#include "input/pads/uhid_event.h"

#include <string.h>

static void take_output(const struct pf_ps_model *model, const uint8_t *data, size_t len)
{
    struct pf_ps_wishes w;
    if (model->decode(data, len, &w))
        FUZZ_ASSERT(len >= 11 && w.leds <= 0x1F);
}

static void answer(const struct pf_ps_model *model, const struct pf_uhid_event *e)
{
    static const uint8_t mac[PF_PS_MAC_LEN] = {1, 2, 3, 4, 5, 6};
    uint8_t report[PF_PS_REPORT_LEN];
    static uint8_t message[PF_UHID_EVENT_MAX];
    size_t len = model->feature(e->report, mac, report);
    FUZZ_ASSERT(len <= sizeof(report) && (len == 0 || report[0] == e->report));
    FUZZ_ASSERT(pf_uhid_put_get_answer(message, e->id, report, len) == 12 + len);
    FUZZ_ASSERT(pf_uhid_put_set_answer(message, e->id) == 10);
}

/* The report of any state goes through without reading or writing elsewhere. */
static void encode(const struct pf_ps_model *model, const uint8_t *data, size_t size)
{
    struct pf_pad_report r = {0};
    struct pf_ps_state state = {.paddles = PF_PS_PADDLES_STICKS};
    uint8_t out[PF_PS_REPORT_LEN];
    if (size < 32)
        return;
    memcpy(&r.buttons, data, 4);
    memcpy(&r.lsx, data + 4, 2);
    memcpy(&r.lsy, data + 6, 2);
    memcpy(r.gyro, data + 8, 6);
    for (unsigned i = 0; i < PF_PAD_CONTACTS; i++) {
        r.contacts[i].active = data[14 + i] & 1;
        memcpy(&r.contacts[i].x, data + 16 + 4 * i, 2);
        memcpy(&r.contacts[i].y, data + 18 + 4 * i, 2);
    }
    model->encode(&state, &r, (uint32_t)size, out);
    FUZZ_ASSERT(out[0] == 0x01);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pf_uhid_event e;
    if (size < 1)
        return 0;
    const struct pf_ps_model *model = data[0] & 1 ? &pf_dualsense : &pf_dualshock4;
    data++;
    size--;
    take_output(model, data, size);
    encode(model, data, size);
    if (!pf_uhid_event_parse(data, size, &e))
        return 0;
    FUZZ_ASSERT(e.len == 0 || (e.data >= data && e.data + e.len <= data + size));
    if (e.kind == PF_UHID_OUTPUT || (e.kind == PF_UHID_SET && !e.is_feature))
        take_output(model, e.data, e.len);
    if (e.kind == PF_UHID_GET || e.kind == PF_UHID_SET)
        answer(model, &e);
    return 0;
}
