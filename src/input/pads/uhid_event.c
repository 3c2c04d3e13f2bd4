#include "input/pads/uhid_event.h"

#include "base/bytes.h"

#include <errno.h>
#include <linux/input.h>
#include <linux/uhid.h>

_Static_assert(sizeof(struct uhid_event) <= PF_UHID_EVENT_MAX, "a message fits");

/* ---- from the kernel ---- */

static bool parse_output(const uint8_t *bytes, size_t len, struct pf_uhid_event *e)
{
    struct pf_reader r = pf_reader_of(bytes, len);
    const uint8_t *data = pf_read_bytes(&r, PF_UHID_DATA_MAX);
    size_t size = pf_read_u16le(&r);
    if (r.failed || size > PF_UHID_DATA_MAX)
        return false;
    e->kind = PF_UHID_OUTPUT;
    e->data = data;
    e->len = size;
    return true;
}

static bool parse_get(struct pf_reader *r, struct pf_uhid_event *e)
{
    e->kind = PF_UHID_GET;
    e->id = pf_read_u32le(r);
    e->report = pf_read_u8(r);
    e->is_feature = pf_read_u8(r) == UHID_FEATURE_REPORT;
    return !r->failed;
}

static bool parse_set(struct pf_reader *r, struct pf_uhid_event *e)
{
    e->kind = PF_UHID_SET;
    e->id = pf_read_u32le(r);
    e->report = pf_read_u8(r);
    e->is_feature = pf_read_u8(r) == UHID_FEATURE_REPORT;
    e->len = pf_read_u16le(r);
    e->data = pf_read_bytes(r, e->len);
    return !r->failed;
}

bool pf_uhid_event_parse(const void *bytes, size_t len, struct pf_uhid_event *ret_event)
{
    struct pf_reader r = pf_reader_of(bytes, len);
    struct pf_uhid_event e = {.kind = PF_UHID_OTHER};
    uint32_t type = pf_read_u32le(&r);
    bool good = !r.failed;
    if (good && type == UHID_OUTPUT)
        good = parse_output(r.p, r.left, &e);
    else if (good && type == UHID_GET_REPORT)
        good = parse_get(&r, &e);
    else if (good && type == UHID_SET_REPORT)
        good = parse_set(&r, &e);
    else if (type == UHID_STOP)
        e.kind = PF_UHID_GONE;
    if (good)
        *ret_event = e;
    return good;
}

/* ---- to the kernel ---- */

/* The message's numbers are those of this machine; fields at fixed places, the rest zero. */
static void put(uint8_t *out, size_t at, uint32_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        out[at + i] = (uint8_t)(v >> 8 * i);
}

static void put_text(uint8_t *out, size_t at, size_t room, const char *text)
{
    size_t len = strlen(text);
    memcpy(out + at, text, len < room ? len : room - 1);
}

size_t pf_uhid_put_create(uint8_t out[PF_UHID_EVENT_MAX], const struct pf_uhid_identity *identity)
{
    enum { NAME = 4, PHYS = 132, UNIQ = 196, SIZE = 260, BUS = 262, VENDOR = 264, PRODUCT = 268 };
    enum { VERSION = 272, DESCRIPTOR = 280 };
    if (identity->descriptor_len > PF_UHID_DATA_MAX)
        return 0;
    memset(out, 0, PF_UHID_EVENT_MAX);
    put(out, 0, UHID_CREATE2, 4);
    put_text(out, NAME, PHYS - NAME, identity->name);
    put_text(out, PHYS, UNIQ - PHYS, identity->phys);
    put_text(out, UNIQ, SIZE - UNIQ, identity->uniq);
    put(out, SIZE, (uint32_t)identity->descriptor_len, 2);
    put(out, BUS, BUS_USB, 2);
    put(out, VENDOR, identity->vendor, 4);
    put(out, PRODUCT, identity->product, 4);
    put(out, VERSION, 0x0111, 4); /* as over a cable; SDL picks the mapping of buttons by it */
    memcpy(out + DESCRIPTOR, identity->descriptor, identity->descriptor_len);
    return DESCRIPTOR + identity->descriptor_len;
}

size_t pf_uhid_put_input(uint8_t out[PF_UHID_EVENT_MAX], const uint8_t *report, size_t len)
{
    enum { SIZE = 4, DATA = 6 };
    if (len > PF_UHID_DATA_MAX)
        return 0;
    put(out, 0, UHID_INPUT2, 4);
    put(out, SIZE, (uint32_t)len, 2);
    memcpy(out + DATA, report, len);
    return DATA + len;
}

size_t pf_uhid_put_get_answer(uint8_t out[PF_UHID_EVENT_MAX], uint32_t id, const uint8_t *report, size_t len)
{
    enum { ID = 4, ERROR = 8, SIZE = 10, DATA = 12 };
    if (len > PF_UHID_DATA_MAX)
        return 0;
    put(out, 0, UHID_GET_REPORT_REPLY, 4);
    put(out, ID, id, 4);
    put(out, ERROR, len ? 0 : EIO, 2);
    put(out, SIZE, (uint32_t)len, 2);
    if (len)
        memcpy(out + DATA, report, len);
    return DATA + len;
}

size_t pf_uhid_put_set_answer(uint8_t out[PF_UHID_EVENT_MAX], uint32_t id)
{
    enum { ID = 4, ERROR = 8, LEN = 10 };
    put(out, 0, UHID_SET_REPORT_REPLY, 4);
    put(out, ID, id, 4);
    put(out, ERROR, 0, 2);
    return LEN;
}
