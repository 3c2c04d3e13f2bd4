#include "punktfunk/wire_pairing.h"

#include "base/bytes.h"
#include "core/wire/fields.h"
#include "core/wire/text.h"

#include <errno.h>

static const uint8_t *read_spake(struct pf_reader *r, uint16_t *ret_len)
{
    *ret_len = pf_read_u16le(r);
    return pf_read_bytes(r, *ret_len);
}

static bool read_request(struct pf_reader *r, struct pf_pairing_message *m)
{
    size_t n = pf_read_u8(r);
    const char *name = (const char *)pf_read_bytes(r, n);
    if (!name || n > PF_NAME_MAX)
        return false;
    m->request.name_len = (uint8_t)pf_utf8_repair(name, n, m->request.name);
    m->request.name[m->request.name_len] = '\0';
    m->request.spake = read_spake(r, &m->request.spake_len);
    return true;
}

static bool read_body(struct pf_reader *r, struct pf_pairing_message *m)
{
    switch (m->type) {
    case PF_PAIRING_REQUEST:
        return read_request(r, m);
    case PF_PAIRING_CHALLENGE:
        m->challenge.spake = read_spake(r, &m->challenge.spake_len);
        pf_read_copy(r, m->challenge.confirm, PF_PAIRING_CONFIRM_LEN);
        return true;
    case PF_PAIRING_PROOF:
        pf_read_copy(r, m->proof.confirm, PF_PAIRING_CONFIRM_LEN);
        return true;
    case PF_PAIRING_RESULT:
        m->result_ok = pf_read_u8(r) != 0;
        return true;
    }
    return false;
}

int pf_pairing_decode(const void *data, size_t len, struct pf_pairing_message *ret)
{
    struct pf_reader r = pf_reader_of(data, len);
    bool magic = pf_fields_read_magic(&r, PF_MAGIC_TYPED);
    uint8_t type = pf_read_u8(&r);
    if (r.failed || !magic || type < PF_PAIRING_REQUEST || type > PF_PAIRING_RESULT)
        return PF_WIRE_UNKNOWN;
    struct pf_pairing_message m = {.type = (enum pf_pairing_type)type};
    if (!read_body(&r, &m) || r.failed || r.left > 0)
        return -EBADMSG;
    *ret = m;
    return 0;
}

static void write_spake(struct pf_writer *w, const uint8_t *spake, uint16_t len)
{
    pf_write_u16le(w, len);
    pf_write_bytes(w, spake, len);
}

static bool write_body(struct pf_writer *w, const struct pf_pairing_message *m)
{
    switch (m->type) {
    case PF_PAIRING_REQUEST:
        if (m->request.name_len > PF_NAME_MAX)
            return false;
        pf_write_u8(w, m->request.name_len);
        pf_write_bytes(w, m->request.name, m->request.name_len);
        write_spake(w, m->request.spake, m->request.spake_len);
        return true;
    case PF_PAIRING_CHALLENGE:
        write_spake(w, m->challenge.spake, m->challenge.spake_len);
        pf_write_bytes(w, m->challenge.confirm, PF_PAIRING_CONFIRM_LEN);
        return true;
    case PF_PAIRING_PROOF:
        pf_write_bytes(w, m->proof.confirm, PF_PAIRING_CONFIRM_LEN);
        return true;
    case PF_PAIRING_RESULT:
        pf_write_u8(w, m->result_ok);
        return true;
    }
    return false;
}

int pf_pairing_encode(const struct pf_pairing_message *m, void *buf, size_t cap)
{
    struct pf_writer w = pf_writer_of(buf, cap);
    pf_write_bytes(&w, PF_MAGIC_TYPED, PF_MAGIC_LEN);
    pf_write_u8(&w, (uint8_t)m->type);
    if (!write_body(&w, m))
        return -EINVAL;
    return w.failed ? -ENOBUFS : (int)w.len;
}
