#include "base/bytes.h"
#include "punktfunk/wire_common.h"

#include <errno.h>
#include <stdlib.h>

int pf_frame_seal(uint8_t *buf, size_t payload_len)
{
    if (payload_len > PF_WIRE_FRAME_MAX)
        return -EMSGSIZE;
    struct pf_writer w = pf_writer_of(buf, PF_FRAME_PREFIX);
    pf_write_u16le(&w, (uint16_t)payload_len);
    return (int)(PF_FRAME_PREFIX + payload_len);
}

/* Length of the frame that starts at data, or 0 while its prefix is incomplete. */
static size_t frame_length(const uint8_t *data, size_t len)
{
    struct pf_reader r = pf_reader_of(data, len);
    size_t payload = pf_read_u16le(&r);
    return r.failed ? 0 : PF_FRAME_PREFIX + payload;
}

static bool frame_too_long(const struct pf_frame_reader *r, size_t frame)
{
    size_t max = r->max_frame ? r->max_frame : PF_WIRE_FRAME_MAX;
    return frame > PF_FRAME_PREFIX + max;
}

static int grow(struct pf_frame_reader *r, size_t need)
{
    if (need <= r->cap)
        return 0;
    uint8_t *buf = realloc(r->buf, need);
    if (!buf)
        return -ENOMEM;
    r->buf = buf;
    r->cap = need;
    return 0;
}

/* Moves bytes into the buffer until it holds `target` of them or the input is used up. */
static int fill(struct pf_frame_reader *r, size_t target, const uint8_t **data, size_t *len)
{
    size_t n = target - r->len < *len ? target - r->len : *len;
    int e = n ? grow(r, target) : 0;
    if (e < 0)
        return e;
    if (n)
        memcpy(r->buf + r->len, *data, n);
    r->len += n;
    *data += n;
    *len -= n;
    return 0;
}

int pf_frame_reader_next(struct pf_frame_reader *r, const uint8_t **data, size_t *len,
    const uint8_t **ret_payload, size_t *ret_len)
{
    if (r->len == 0) { /* a frame that arrived whole is not copied */
        size_t frame = frame_length(*data, *len);
        if (frame_too_long(r, frame))
            return -EMSGSIZE;
        if (frame && frame <= *len) {
            *ret_payload = *data + PF_FRAME_PREFIX;
            *ret_len = frame - PF_FRAME_PREFIX;
            *data += frame;
            *len -= frame;
            return 1;
        }
    }
    int e = r->len < PF_FRAME_PREFIX ? fill(r, PF_FRAME_PREFIX, data, len) : 0;
    size_t frame = r->len ? frame_length(r->buf, r->len) : 0;
    if (e < 0 || frame == 0)
        return e;
    if (frame_too_long(r, frame))
        return -EMSGSIZE;
    e = fill(r, frame, data, len);
    if (e < 0 || r->len < frame)
        return e;
    *ret_payload = r->buf + PF_FRAME_PREFIX;
    *ret_len = frame - PF_FRAME_PREFIX;
    r->len = 0; /* the content stays until the next call */
    return 1;
}

size_t pf_frame_reader_pending(const struct pf_frame_reader *r)
{
    return r->len;
}

void pf_frame_reader_finish(struct pf_frame_reader *r)
{
    free(r->buf);
    *r = (struct pf_frame_reader){.max_frame = r->max_frame};
}
