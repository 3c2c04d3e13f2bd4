#include "gamestream/wire/audio_packet.h"

#include "base/bytes.h"
#include "core/fec/gf8_kernels.h"

#include <errno.h>
#include <string.h>

#define RTP_HEADER  12u
#define TYPE_DATA   97u
#define TYPE_PARITY 127u

/* Not the matrix of the video, although the field is the same. */
static const uint8_t matrix[PF_GS_AUDIO_PARITY * PF_GS_AUDIO_DATA] = {0x77, 0x40, 0x38, 0x0e, /* */
    0xc7, 0xa7, 0x0d, 0x6c};

void pf_gs_audio_init(struct pf_gs_audio *a, unsigned frame_ms, struct pf_gs_cbc *cbc, uint32_t key_id)
{
    *a = (struct pf_gs_audio){.frame_ms = frame_ms, .cbc = cbc, .key_id = key_id};
}

static void write_rtp(struct pf_writer *w, uint8_t type, uint16_t seq, uint32_t time)
{
    pf_write_u8(w, 0x80);
    pf_write_u8(w, type);
    pf_write_be(w, seq, 2);
    pf_write_be(w, time, 4);
    pf_write_be(w, 0, 4);
}

static size_t encrypt(struct pf_gs_audio *a, uint16_t seq, uint8_t *payload, size_t len)
{
    uint8_t iv[PF_GS_BLOCK_LEN] = {0};
    struct pf_writer w = pf_writer_of(iv, sizeof(iv));
    if (!a->cbc)
        return len;
    pf_write_be(&w, a->key_id + seq, 4);
    return pf_gs_cbc_encrypt(a->cbc, iv, payload, len);
}

static void make_parity(struct pf_gs_audio *a)
{
    const uint8_t *data[PF_GS_AUDIO_DATA];
    uint8_t *parity[PF_GS_AUDIO_PARITY];
    uint16_t base = (uint16_t)(a->next_seq - PF_GS_AUDIO_DATA);
    size_t len = a->len[0];
    for (unsigned i = 0; i < PF_GS_AUDIO_DATA; i++) {
        data[i] = a->payload[i];
        if (a->len[i] != len)
            return;
    }
    for (unsigned j = 0; j < PF_GS_AUDIO_PARITY; j++) {
        struct pf_writer w = pf_writer_of(a->parity[j], sizeof(a->parity[j]));
        write_rtp(&w, TYPE_PARITY, (uint16_t)(a->next_seq + j), 0);
        pf_write_u8(&w, (uint8_t)j);
        pf_write_u8(&w, TYPE_DATA);
        pf_write_be(&w, base, 2);
        pf_write_be(&w, a->next_time - PF_GS_AUDIO_DATA * a->frame_ms, 4);
        pf_write_be(&w, 0, 4);
        parity[j] = pf_write_reserve(&w, len);
        a->parity_len = w.len;
    }
    pf_gf8_kernels()->dot(parity, PF_GS_AUDIO_PARITY, data, PF_GS_AUDIO_DATA, matrix, 0, len);
}

int pf_gs_audio_packet(struct pf_gs_audio *a, const uint8_t *opus, size_t len, uint8_t *out, size_t cap)
{
    unsigned slot = a->next_seq % PF_GS_AUDIO_DATA;
    size_t sent = a->cbc ? pf_gs_cbc_len(len) : len;
    if (sent > PF_GS_AUDIO_PAYLOAD_MAX || RTP_HEADER + sent > cap)
        return -EMSGSIZE;
    memcpy(a->payload[slot], opus, len);
    a->len[slot] = encrypt(a, a->next_seq, a->payload[slot], len);
    struct pf_writer w = pf_writer_of(out, cap);
    write_rtp(&w, TYPE_DATA, a->next_seq, a->next_time);
    pf_write_bytes(&w, a->payload[slot], a->len[slot]);
    a->next_seq++;
    a->next_time += a->frame_ms;
    a->parity_len = 0;
    if (slot + 1 == PF_GS_AUDIO_DATA)
        make_parity(a);
    return (int)w.len;
}

unsigned pf_gs_audio_parity(struct pf_gs_audio *a, size_t *ret_len)
{
    *ret_len = a->parity_len;
    return a->parity_len ? PF_GS_AUDIO_PARITY : 0;
}
