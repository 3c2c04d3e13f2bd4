#include "gamestream/wire/rtsp_seal.h"

#include "base/bytes.h"

#include <errno.h>

#define SEALED    0x80000000u
#define NONCE_LEN 12u

int pf_gs_rtsp_seal_init(struct pf_gs_rtsp_seal *s, const uint8_t key[PF_GS_KEY_LEN])
{
    *s = (struct pf_gs_rtsp_seal){0};
    return pf_gs_gcm_create(key, &s->gcm);
}

void pf_gs_rtsp_seal_finish(struct pf_gs_rtsp_seal *s)
{
    pf_gs_gcm_destroy(s->gcm);
    *s = (struct pf_gs_rtsp_seal){0};
}

/* The number is little endian here, although the frame has it the other way round. */
static void make_nonce(enum pf_gs_sender from, uint32_t seq, uint8_t nonce[NONCE_LEN])
{
    memset(nonce, 0, NONCE_LEN);
    struct pf_writer w = pf_writer_of(nonce, NONCE_LEN);
    pf_write_u32le(&w, seq);
    nonce[10] = (uint8_t)from;
    nonce[11] = 'R';
}

int pf_gs_rtsp_seal(
    struct pf_gs_rtsp_seal *s, enum pf_gs_sender from, const char *text, size_t len, uint8_t *out, size_t cap)
{
    if (len > PF_GS_RTSP_SEALED_MAX)
        return -EMSGSIZE;
    struct pf_writer w = pf_writer_of(out, cap);
    pf_write_be(&w, SEALED | len, 4);
    pf_write_be(&w, s->sent + 1, 4);
    uint8_t *tag = pf_write_reserve(&w, PF_GS_TAG_LEN), *sealed = pf_write_reserve(&w, len);
    if (w.failed)
        return -EMSGSIZE;
    uint8_t nonce[NONCE_LEN];
    make_nonce(from, ++s->sent, nonce);
    memcpy(sealed, text, len);
    pf_gs_gcm_seal(s->gcm, nonce, sizeof(nonce), sealed, len, tag);
    return (int)w.len;
}

int pf_gs_rtsp_sealed_len(const uint8_t *data, size_t len)
{
    struct pf_reader r = pf_reader_of(data, len);
    uint32_t head = (uint32_t)pf_read_be(&r, 4);
    if (len && !(data[0] & 0x80))
        return -EINVAL;
    if (r.failed)
        return 0;
    if ((head & ~SEALED) > PF_GS_RTSP_SEALED_MAX)
        return -EMSGSIZE;
    return (int)(PF_GS_RTSP_SEAL_OVERHEAD + (head & ~SEALED));
}

int pf_gs_rtsp_open(
    struct pf_gs_rtsp_seal *s, enum pf_gs_sender from, const uint8_t *frame, size_t len, char *ret_text)
{
    if (pf_gs_rtsp_sealed_len(frame, len) != (int)len)
        return -EINVAL;
    struct pf_reader r = pf_reader_of(frame + 4, len - 4);
    uint32_t seq = (uint32_t)pf_read_be(&r, 4);
    const uint8_t *tag = pf_read_bytes(&r, PF_GS_TAG_LEN);
    if (r.failed)
        return -EINVAL;
    if (seq <= s->received)
        return -EALREADY;
    uint8_t nonce[NONCE_LEN];
    make_nonce(from, seq, nonce);
    if (!pf_gs_gcm_open(s->gcm, nonce, sizeof(nonce), r.p, r.left, tag, (uint8_t *)ret_text))
        return -EBADMSG;
    s->received = seq; /* only what is genuine counts */
    return (int)r.left;
}
