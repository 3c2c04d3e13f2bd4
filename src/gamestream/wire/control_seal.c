#include "gamestream/wire/control_seal.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>

#define TYPE_SEALED 1u
#define WINDOW      64u
#define NONCE_MAX   16u

int pf_gs_control_seal_init(
    struct pf_gs_control_seal *s, enum pf_gs_control_version version, const uint8_t key[PF_GS_KEY_LEN])
{
    *s = (struct pf_gs_control_seal){.version = version};
    return pf_gs_gcm_create(key, &s->gcm);
}

void pf_gs_control_seal_finish(struct pf_gs_control_seal *s)
{
    pf_gs_gcm_destroy(s->gcm);
    *s = (struct pf_gs_control_seal){0};
}

/* Returns the nonce's length. */
static size_t make_nonce(
    const struct pf_gs_control_seal *s, enum pf_gs_sender from, uint32_t seq, uint8_t nonce[NONCE_MAX])
{
    memset(nonce, 0, NONCE_MAX);
    if (s->version == PF_GS_CONTROL_V1) {
        nonce[0] = (uint8_t)seq;
        return 16;
    }
    struct pf_writer w = pf_writer_of(nonce, NONCE_MAX);
    pf_write_u32le(&w, seq);
    nonce[10] = (uint8_t)from;
    nonce[11] = 'C';
    return 12;
}

int pf_gs_control_seal(struct pf_gs_control_seal *s, enum pf_gs_sender from, const uint8_t *plain, size_t len,
    uint8_t *out, size_t cap)
{
    if (len > PF_GS_CONTROL_PLAIN_MAX)
        return -EMSGSIZE;
    struct pf_writer w = pf_writer_of(out, cap);
    pf_write_u16le(&w, TYPE_SEALED);
    pf_write_u16le(&w, (uint16_t)(4 + PF_GS_TAG_LEN + len));
    pf_write_u32le(&w, s->next_seq);
    uint8_t *tag = pf_write_reserve(&w, PF_GS_TAG_LEN), *text = pf_write_reserve(&w, len);
    if (w.failed)
        return -EMSGSIZE;
    uint8_t nonce[NONCE_MAX];
    size_t nonce_len = make_nonce(s, from, s->next_seq++, nonce);
    memcpy(text, plain, len);
    pf_gs_gcm_seal(s->gcm, nonce, nonce_len, text, len, tag);
    return (int)w.len;
}

/* The window of sequences that may still come. */
static bool is_new(const struct pf_gs_control_seal *s, uint32_t seq)
{
    if (!s->seen_any || seq > s->seen_top)
        return true;
    uint32_t age = s->seen_top - seq;
    return age < WINDOW && !(s->seen_window >> age & 1);
}

static void note(struct pf_gs_control_seal *s, uint32_t seq)
{
    if (!s->seen_any || seq > s->seen_top) {
        uint32_t step = s->seen_any ? seq - s->seen_top : 0;
        s->seen_window = step < WINDOW ? s->seen_window << step | 1 : 1;
        s->seen_top = seq;
        s->seen_any = true;
    } else {
        s->seen_window |= 1ull << (s->seen_top - seq);
    }
}

int pf_gs_control_open(struct pf_gs_control_seal *s, enum pf_gs_sender from, const uint8_t *packet,
    size_t len, uint8_t *ret_plain, size_t cap)
{
    struct pf_reader r = pf_reader_of(packet, len);
    uint16_t type = pf_read_u16le(&r), rest = pf_read_u16le(&r);
    if (r.failed || type != TYPE_SEALED || rest != r.left)
        return -EINVAL;
    uint32_t seq = pf_read_u32le(&r);
    const uint8_t *tag = pf_read_bytes(&r, PF_GS_TAG_LEN);
    if (r.failed)
        return -EINVAL;
    if (r.left > cap)
        return -EMSGSIZE;
    if (!is_new(s, seq))
        return -EALREADY;
    uint8_t nonce[NONCE_MAX];
    size_t nonce_len = make_nonce(s, from, seq, nonce), text = r.left;
    if (!pf_gs_gcm_open(s->gcm, nonce, nonce_len, r.p, text, tag, ret_plain))
        return -EBADMSG;
    note(s, seq); /* only what is genuine moves the window */
    return (int)text;
}
