#include "base/bytes.h"
#include "core/wire/fields.h"
#include "core/wire/text.h"
#include "punktfunk/wire_handshake.h"

#include <errno.h>

const struct pf_hdr_volume pf_hdr_volume_bt2020 = {
    .g_x = 8500,
    .g_y = 39850,
    .b_x = 6550,
    .b_y = 2300,
    .r_x = 35400,
    .r_y = 14600,
    .w_x = 15635,
    .w_y = 16450,
    .max_luminance = 10000000,
    .min_luminance = 1,
    .max_cll = 1000,
    .max_fall = 400,
};

void pf_fields_write_hdr(struct pf_writer *w, const struct pf_hdr_volume *v)
{
    const uint16_t xy[8] = {v->g_x, v->g_y, v->b_x, v->b_y, v->r_x, v->r_y, v->w_x, v->w_y};
    for (size_t i = 0; i < 8; i++)
        pf_write_u16le(w, xy[i]);
    pf_write_u32le(w, v->max_luminance);
    pf_write_u32le(w, v->min_luminance);
    pf_write_u16le(w, v->max_cll);
    pf_write_u16le(w, v->max_fall);
}

void pf_fields_read_hdr(struct pf_reader *r, struct pf_hdr_volume *ret)
{
    uint16_t *const xy[8] = {
        &ret->g_x, &ret->g_y, &ret->b_x, &ret->b_y, &ret->r_x, &ret->r_y, &ret->w_x, &ret->w_y};
    for (size_t i = 0; i < 8; i++)
        *xy[i] = pf_read_u16le(r);
    ret->max_luminance = pf_read_u32le(r);
    ret->min_luminance = pf_read_u32le(r);
    ret->max_cll = pf_read_u16le(r);
    ret->max_fall = pf_read_u16le(r);
}

uint64_t pf_fields_read_or(struct pf_reader *r, size_t n, uint64_t absent)
{
    if (r->left < n) {
        r->left = 0; /* what follows a torn field is absent too */
        return absent;
    }
    return pf_read_le(r, n);
}

struct pf_hello pf_hello_default(void)
{
    return (struct pf_hello){
        .version = PF_WIRE_VERSION,
        .audio_channels = 2,
        .audio_rate = 48000,
        .audio_bits = 16,
    };
}

/* How far the message must go: optional fields are written up to the last that differs from its default. */
enum hello_extent {
    UP_TO_BITRATE,
    UP_TO_NAME,
    UP_TO_LAUNCH,
    UP_TO_VIDEO_CAPS,
    UP_TO_CHANNELS,
    UP_TO_CODECS,
    UP_TO_PREFERRED, /* the HDR block, if any, comes next and has no placeholder */
    UP_TO_HDR,
    UP_TO_CLIENT_CAPS,
    UP_TO_SHARD_PAYLOAD,
    UP_TO_AUDIO_RATE,
    UP_TO_AUDIO_BITS,
};

static enum hello_extent hello_extent(const struct pf_hello *h)
{
    const bool set[] = {
        [UP_TO_NAME] = h->name_len != 0,
        [UP_TO_LAUNCH] = h->launch_len != 0,
        [UP_TO_VIDEO_CAPS] = h->video_caps != 0,
        [UP_TO_CHANNELS] = h->audio_channels != 2,
        [UP_TO_CODECS] = h->video_codecs != 0,
        [UP_TO_PREFERRED] = h->preferred != 0,
        [UP_TO_HDR] = h->has_hdr,
        [UP_TO_CLIENT_CAPS] = h->client_caps != 0,
        [UP_TO_SHARD_PAYLOAD] = h->max_shard_payload != 0,
        [UP_TO_AUDIO_RATE] = h->audio_rate != 48000,
        [UP_TO_AUDIO_BITS] = h->audio_bits != 16,
    };
    int last = UP_TO_AUDIO_BITS;
    while (last > UP_TO_BITRATE && !set[last])
        last--;
    return (enum hello_extent)last;
}

static void write_text(struct pf_writer *w, const char *text, uint8_t len)
{
    pf_write_u8(w, len);
    pf_write_bytes(w, text, len);
}

static void write_optional(struct pf_writer *w, const struct pf_hello *h, enum hello_extent extent)
{
    if (extent >= UP_TO_NAME)
        write_text(w, h->name, h->name_len);
    if (extent >= UP_TO_LAUNCH)
        write_text(w, h->launch, h->launch_len);
    if (extent >= UP_TO_VIDEO_CAPS)
        pf_write_u8(w, h->video_caps);
    if (extent >= UP_TO_CHANNELS)
        pf_write_u8(w, h->audio_channels);
    if (extent >= UP_TO_CODECS)
        pf_write_u8(w, h->video_codecs);
    if (extent >= UP_TO_PREFERRED)
        pf_write_u8(w, h->preferred);
    if (h->has_hdr)
        pf_fields_write_hdr(w, &h->hdr);
    if (extent >= UP_TO_CLIENT_CAPS)
        pf_write_u8(w, h->client_caps);
    if (extent >= UP_TO_SHARD_PAYLOAD)
        pf_write_u16le(w, h->max_shard_payload);
    if (extent >= UP_TO_AUDIO_RATE)
        pf_write_u32le(w, h->audio_rate);
    if (extent >= UP_TO_AUDIO_BITS)
        pf_write_u8(w, h->audio_bits);
}

int pf_hello_encode(const struct pf_hello *h, void *buf, size_t cap)
{
    if (h->name_len > PF_NAME_MAX || h->launch_len > PF_LAUNCH_MAX)
        return -EINVAL;
    struct pf_writer w = pf_writer_of(buf, cap);
    pf_write_bytes(&w, PF_MAGIC_HANDSHAKE, PF_MAGIC_LEN);
    pf_write_u32le(&w, h->version);
    pf_write_u32le(&w, h->width);
    pf_write_u32le(&w, h->height);
    pf_write_u32le(&w, h->refresh);
    pf_write_u8(&w, h->compositor);
    pf_write_u8(&w, h->gamepad);
    pf_write_u32le(&w, h->bitrate_kbps);
    write_optional(&w, h, hello_extent(h));
    return w.failed ? -ENOBUFS : (int)w.len;
}

/* A text of the tail. The raw length byte moves the reader even when the text itself is unusable. */
static void read_text(struct pf_reader *r, char *out, uint8_t *ret_len, size_t max)
{
    size_t n = (size_t)pf_fields_read_or(r, 1, 0);
    if (n > r->left) {
        r->left = 0;
        return;
    }
    const char *text = (const char *)pf_read_bytes(r, n);
    if (n == 0 || n > max || !pf_utf8_valid(text, n))
        return;
    memcpy(out, text, n);
    out[n] = '\0';
    *ret_len = (uint8_t)n;
}

static void read_tail(struct pf_reader *r, struct pf_hello *h)
{
    read_text(r, h->name, &h->name_len, PF_NAME_MAX);
    read_text(r, h->launch, &h->launch_len, PF_LAUNCH_MAX);
    h->video_caps = (uint8_t)pf_fields_read_or(r, 1, 0);
    h->audio_channels = pf_negotiate_audio_channels((uint8_t)pf_fields_read_or(r, 1, 2));
    h->video_codecs = (uint8_t)pf_fields_read_or(r, 1, 0);
    h->preferred = (uint8_t)pf_fields_read_or(r, 1, 0);
    h->has_hdr = r->left >= PF_HDR_VOLUME_LEN; /* only the remaining length tells */
    if (h->has_hdr)
        pf_fields_read_hdr(r, &h->hdr);
    h->client_caps = (uint8_t)pf_fields_read_or(r, 1, 0);
    h->max_shard_payload = (uint16_t)pf_fields_read_or(r, 2, 0);
    uint32_t rate = (uint32_t)pf_fields_read_or(r, 4, 0);
    h->audio_rate = rate ? rate : 48000;
    h->audio_bits = pf_fields_read_or(r, 1, 16) == 24 ? 24 : 16;
}

int pf_hello_decode(const void *data, size_t len, struct pf_hello *ret)
{
    struct pf_reader r = pf_reader_of(data, len);
    struct pf_hello h = {0};
    bool magic = pf_fields_read_magic(&r, PF_MAGIC_HANDSHAKE);
    h.version = pf_read_u32le(&r);
    h.width = pf_read_u32le(&r);
    h.height = pf_read_u32le(&r);
    h.refresh = pf_read_u32le(&r);
    if (r.failed || !magic)
        return -EBADMSG;
    h.compositor = (uint8_t)pf_fields_read_or(&r, 1, 0);
    h.gamepad = (uint8_t)pf_fields_read_or(&r, 1, 0);
    h.bitrate_kbps = (uint32_t)pf_fields_read_or(&r, 4, 0);
    if (h.compositor > PF_WIRE_COMPOSITOR_GAMESCOPE)
        h.compositor = PF_WIRE_COMPOSITOR_AUTO;
    if (h.gamepad > PF_WIRE_PAD_XBOX_ELITE)
        h.gamepad = PF_WIRE_PAD_AUTO;
    read_tail(&r, &h);
    *ret = h;
    return 0;
}
