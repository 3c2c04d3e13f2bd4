#include "gamestream/wire/control_message.h"

#include "base/bytes.h"

#include <errno.h>

/* ---- from the client ------------------------------------------------------------------------------------
 */

static void read_fec_status(struct pf_reader *r, struct pf_gs_fec_status *s)
{
    s->frame = (uint32_t)pf_read_be(r, 4);
    uint16_t *const shorts[] = {&s->highest_sequence, &s->next_contiguous, &s->missing_before_highest,
        &s->data_shards, &s->parity_shards, &s->received_data, &s->received_parity};
    for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++)
        *shorts[i] = (uint16_t)pf_read_be(r, 2);
    s->percent = pf_read_u8(r);
    s->block = pf_read_u8(r);
    s->blocks = pf_read_u8(r);
}

static void read_invalidation(struct pf_reader *r, struct pf_gs_client_message *m)
{
    m->invalidate.first = pf_read_u32le(r);
    pf_read_u32le(r);
    m->invalidate.last = pf_read_u32le(r);
}

int pf_gs_client_message_decode(const uint8_t *plain, size_t len, struct pf_gs_client_message *ret_message)
{
    struct pf_reader r = pf_reader_of(plain, len);
    uint16_t type = pf_read_u16le(&r), payload = pf_read_u16le(&r);
    if (r.failed || payload != r.left)
        return -EINVAL;
    struct pf_gs_client_message m = {0};
    switch (type) {
    case 0x0302:
        m.kind = PF_GS_CLIENT_IDR;
        break;
    case 0x0307:
        m.kind = PF_GS_CLIENT_START;
        break;
    case 0x0200:
        m.kind = PF_GS_CLIENT_KEEP_ALIVE;
        break;
    case 0x0301:
        m.kind = PF_GS_CLIENT_INVALIDATE;
        read_invalidation(&r, &m);
        break;
    case 0x0350:
        m.kind = PF_GS_CLIENT_LTR_DONE;
        m.frame = pf_read_u32le(&r);
        break;
    case 0x0206:
        m.kind = PF_GS_CLIENT_INPUT;
        m.input.data = r.p;
        m.input.len = r.left;
        break;
    case 0x5502:
        m.kind = PF_GS_CLIENT_FEC_STATUS;
        read_fec_status(&r, &m.fec);
        break;
    default:
        return -ENOTSUP;
    }
    if (r.failed)
        return -EINVAL;
    *ret_message = m;
    return 0;
}

/* ---- to the client --------------------------------------------------------------------------------------
 */

static struct pf_writer begin(uint8_t *out, uint16_t type, uint16_t payload)
{
    struct pf_writer w = pf_writer_of(out, PF_GS_HOST_MESSAGE_MAX);
    pf_write_u16le(&w, type);
    pf_write_u16le(&w, payload);
    return w;
}

size_t pf_gs_write_rumble(uint8_t *out, uint16_t pad, uint16_t low, uint16_t high)
{
    struct pf_writer w = begin(out, 0x010B, 10);
    pf_write_u32le(&w, 0xC0FFEE); /* never read */
    pf_write_u16le(&w, pad);
    pf_write_u16le(&w, low);
    pf_write_u16le(&w, high);
    return w.len;
}

size_t pf_gs_write_trigger_rumble(uint8_t *out, uint16_t pad, uint16_t left, uint16_t right)
{
    struct pf_writer w = begin(out, 0x5500, 6);
    pf_write_u16le(&w, pad);
    pf_write_u16le(&w, left);
    pf_write_u16le(&w, right);
    return w.len;
}

size_t pf_gs_write_motion_enable(uint8_t *out, uint16_t pad, uint16_t hz, uint8_t type)
{
    struct pf_writer w = begin(out, 0x5501, 5);
    pf_write_u16le(&w, pad);
    pf_write_u16le(&w, hz);
    pf_write_u8(&w, type);
    return w.len;
}

size_t pf_gs_write_led(uint8_t *out, uint16_t pad, uint8_t red, uint8_t green, uint8_t blue)
{
    struct pf_writer w = begin(out, 0x5502, 5);
    pf_write_u16le(&w, pad);
    pf_write_u8(&w, red);
    pf_write_u8(&w, green);
    pf_write_u8(&w, blue);
    return w.len;
}

size_t pf_gs_write_adaptive_triggers(uint8_t *out, const struct pf_gs_adaptive_triggers *t)
{
    struct pf_writer w = begin(out, 0x5503, 25);
    pf_write_u16le(&w, t->pad);
    pf_write_u8(&w, t->flags);
    pf_write_u8(&w, t->left_type);
    pf_write_u8(&w, t->right_type);
    pf_write_bytes(&w, t->left, sizeof(t->left));
    pf_write_bytes(&w, t->right, sizeof(t->right));
    return w.len;
}

size_t pf_gs_write_hdr(uint8_t *out, const struct pf_gs_hdr_metadata *m)
{
    static const struct pf_gs_hdr_metadata none;
    struct pf_writer w = begin(out, 0x010E, 27);
    pf_write_u8(&w, m != NULL);
    if (!m)
        m = &none;
    const uint16_t values[] = {m->red[0], m->red[1], m->green[0], m->green[1], m->blue[0], m->blue[1],
        m->white[0], m->white[1], m->max_luminance, m->min_luminance, m->max_content, m->max_frame_average,
        m->max_full_frame};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        pf_write_u16le(&w, values[i]);
    return w.len;
}

size_t pf_gs_write_termination(uint8_t *out, uint32_t code)
{
    struct pf_writer w = begin(out, 0x0109, 4);
    pf_write_be(&w, code, 4);
    return w.len;
}
