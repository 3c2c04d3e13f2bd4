#include "base/bytes.h"
#include "core/wire/fields.h"

#include <errno.h>

struct pf_welcome pf_welcome_default(void)
{
    return (struct pf_welcome){
        .version = PF_WIRE_VERSION,
        .bit_depth = 8,
        .primaries = 1,
        .transfer = 1,
        .matrix = 1,
        .chroma_format_idc = 1,
        .audio_channels = 2,
        .codec = PF_WIRE_CODEC_HEVC,
        .grants = PF_GRANT_ALL,
        .audio_rate = 48000,
        .audio_bits = 16,
    };
}

static void write_baseline(struct pf_writer *w, const struct pf_welcome *m)
{
    pf_write_bytes(w, PF_MAGIC_HANDSHAKE, PF_MAGIC_LEN);
    pf_write_u32le(w, m->version);
    pf_write_u16le(w, m->udp_port);
    pf_write_u32le(w, m->width);
    pf_write_u32le(w, m->height);
    pf_write_u32le(w, m->refresh);
    pf_write_u8(w, m->fec_scheme);
    pf_write_u8(w, m->fec_percent);
    pf_write_u16le(w, m->max_data_per_block);
    pf_write_u16le(w, m->shard_payload);
    pf_write_u8(w, m->encrypt);
    pf_write_bytes(w, m->key, sizeof(m->key));
    pf_write_bytes(w, m->salt, sizeof(m->salt));
    pf_write_u32le(w, m->frames);
    pf_write_u8(w, m->compositor);
    pf_write_u8(w, m->gamepad);
    pf_write_u32le(w, m->bitrate_kbps);
    pf_write_u8(w, m->bit_depth);
    pf_write_u8(w, m->primaries);
    pf_write_u8(w, m->transfer);
    pf_write_u8(w, m->matrix);
    pf_write_u8(w, m->full_range);
    pf_write_u8(w, m->chroma_format_idc);
    pf_write_u8(w, m->audio_channels);
    pf_write_u8(w, m->codec);
}

/* Every later field forces the earlier ones; grants and expiry go as a pair, the audio block as a unit. */
static void write_extended(struct pf_writer *w, const struct pf_welcome *m)
{
    bool audio = m->audio_codec != 0;
    bool access = audio || m->grants != PF_GRANT_ALL || m->expires_in_s != 0;
    bool mgmt = access || m->mgmt_port != 0;
    bool chacha = m->cipher == PF_WIRE_CIPHER_CHACHA20_POLY1305;

    pf_write_u8(w, m->host_caps);
    if (chacha || mgmt)
        pf_write_u8(w, m->cipher);
    if (chacha)
        pf_write_bytes(w, m->chacha_key, sizeof(m->chacha_key));
    if (mgmt)
        pf_write_u16le(w, m->mgmt_port);
    if (access) {
        pf_write_u32le(w, m->grants);
        pf_write_u32le(w, m->expires_in_s);
    }
    if (audio) {
        pf_write_u8(w, m->audio_codec);
        pf_write_u32le(w, m->audio_rate);
        pf_write_u8(w, m->audio_bits);
        pf_write_u16le(w, m->audio_frame_us);
    }
}

int pf_welcome_encode(const struct pf_welcome *m, void *buf, size_t cap)
{
    if (m->cipher > PF_WIRE_CIPHER_CHACHA20_POLY1305)
        return -EINVAL;
    struct pf_writer w = pf_writer_of(buf, cap);
    write_baseline(&w, m);
    if (m->extended)
        write_extended(&w, m);
    return w.failed ? -ENOBUFS : (int)w.len;
}

/* The 53 bytes that must be there. */
static void read_required(struct pf_reader *r, struct pf_welcome *m)
{
    m->version = pf_read_u32le(r);
    m->udp_port = pf_read_u16le(r);
    m->width = pf_read_u32le(r);
    m->height = pf_read_u32le(r);
    m->refresh = pf_read_u32le(r);
    m->fec_scheme = pf_read_u8(r) == 1 ? 1 : 0;
    m->fec_percent = pf_read_u8(r);
    m->max_data_per_block = pf_read_u16le(r);
    m->shard_payload = pf_read_u16le(r);
    m->encrypt = pf_read_u8(r) != 0;
    pf_read_copy(r, m->key, sizeof(m->key));
    pf_read_copy(r, m->salt, sizeof(m->salt));
    m->frames = pf_read_u32le(r);
}

static void read_optional(struct pf_reader *r, struct pf_welcome *m)
{
    m->compositor = (uint8_t)pf_fields_read_or(r, 1, 0);
    m->gamepad = (uint8_t)pf_fields_read_or(r, 1, 0);
    m->bitrate_kbps = (uint32_t)pf_fields_read_or(r, 4, 0);
    m->bit_depth = (uint8_t)pf_fields_read_or(r, 1, 8);
    m->primaries = (uint8_t)pf_fields_read_or(r, 1, 1);
    m->transfer = (uint8_t)pf_fields_read_or(r, 1, 1);
    m->matrix = (uint8_t)pf_fields_read_or(r, 1, 1);
    m->full_range = (uint8_t)pf_fields_read_or(r, 1, 0);
    m->chroma_format_idc = pf_fields_read_or(r, 1, 1) == 3 ? 3 : 1;
    m->audio_channels = pf_negotiate_audio_channels((uint8_t)pf_fields_read_or(r, 1, 2));
    m->codec = (uint8_t)pf_fields_read_or(r, 1, PF_WIRE_CODEC_HEVC);
    if (m->codec != PF_WIRE_CODEC_H264 && m->codec != PF_WIRE_CODEC_AV1)
        m->codec = PF_WIRE_CODEC_HEVC; /* what clients make of an unknown value */
}

/* False for a cipher that this side does not know. */
static bool read_extended(struct pf_reader *r, struct pf_welcome *m)
{
    m->extended = r->left > 0;
    m->host_caps = (uint8_t)pf_fields_read_or(r, 1, 0);
    m->cipher = (uint8_t)pf_fields_read_or(r, 1, 0);
    if (m->cipher > PF_WIRE_CIPHER_CHACHA20_POLY1305)
        return false;
    if (m->cipher == PF_WIRE_CIPHER_CHACHA20_POLY1305) {
        pf_read_copy(r, m->chacha_key, sizeof(m->chacha_key));
        if (r->failed)
            return false;
    }
    m->mgmt_port = (uint16_t)pf_fields_read_or(r, 2, 0);
    if (r->left >= 8) {
        m->grants = pf_read_u32le(r);
        m->expires_in_s = pf_read_u32le(r);
    }
    if (r->left >= 8) {
        m->audio_codec = pf_read_u8(r);
        m->audio_rate = pf_read_u32le(r);
        m->audio_bits = pf_read_u8(r);
        m->audio_frame_us = pf_read_u16le(r);
    }
    return true;
}

int pf_welcome_decode(enum pf_wire_level level, const void *data, size_t len, struct pf_welcome *ret)
{
    struct pf_reader r = pf_reader_of(data, len);
    struct pf_welcome m = pf_welcome_default();
    bool magic = pf_fields_read_magic(&r, PF_MAGIC_HANDSHAKE);
    read_required(&r, &m);
    if (r.failed || !magic)
        return -EBADMSG;
    read_optional(&r, &m);
    if (level >= PF_WIRE_V31 && !read_extended(&r, &m))
        return -EBADMSG;
    *ret = m;
    return 0;
}

int pf_start_encode(uint16_t client_udp_port, void *buf, size_t cap)
{
    struct pf_writer w = pf_writer_of(buf, cap);
    pf_write_bytes(&w, PF_MAGIC_HANDSHAKE, PF_MAGIC_LEN);
    pf_write_u16le(&w, client_udp_port);
    return w.failed ? -ENOBUFS : (int)w.len;
}

int pf_start_decode(const void *data, size_t len, uint16_t *ret_client_udp_port)
{
    struct pf_reader r = pf_reader_of(data, len);
    bool magic = pf_fields_read_magic(&r, PF_MAGIC_HANDSHAKE);
    uint16_t port = pf_read_u16le(&r);
    if (r.failed || !magic)
        return -EBADMSG;
    *ret_client_udp_port = port;
    return 0;
}
