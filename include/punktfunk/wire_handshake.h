/* Hello, Welcome, Start and the rules by which a host turns one into the other.
 * Defined by docs/spec/punktfunk1-control.md 2.2 to 2.6. See wire_common.h for results.
 */
#ifndef PUNKTFUNK_WIRE_HANDSHAKE_H
#define PUNKTFUNK_WIRE_HANDSHAKE_H

#include "punktfunk/wire_common.h"

#include <stdbool.h>

/* Codec bits of Hello and Welcome. The same values as enum pf_codec of the layers above. */
#define PF_WIRE_CODEC_H264 0x01u
#define PF_WIRE_CODEC_HEVC 0x02u
#define PF_WIRE_CODEC_AV1  0x04u

/* Hello video_caps (2.5). */
#define PF_VIDEO_CAP_10BIT       0x01u
#define PF_VIDEO_CAP_HDR         0x02u
#define PF_VIDEO_CAP_444         0x04u
#define PF_VIDEO_CAP_HOST_TIMING 0x08u
#define PF_VIDEO_CAP_PROBE_SEQ   0x10u /* v0.31: probe frames have their own index space */
#define PF_VIDEO_CAP_STREAMED_AU 0x20u /* v0.31 */
#define PF_VIDEO_CAP_CHACHA20    0x40u /* v0.31 */
#define PF_VIDEO_CAP_MULTI_SLICE 0x80u /* v0.31 */

/* Hello client_caps, v0.31 (2.5). */
#define PF_CLIENT_CAP_CURSOR      0x01u
#define PF_CLIENT_CAP_PHASE_LOCK  0x02u
#define PF_CLIENT_CAP_AUDIO_RED   0x04u
#define PF_CLIENT_CAP_PAD_AUDIO   0x08u
#define PF_CLIENT_CAP_AUDIO_HIRES 0x10u

/* Welcome host_caps, v0.31 (2.5). */
#define PF_HOST_CAP_GAMEPAD_STATE 0x01u
#define PF_HOST_CAP_CLIPBOARD     0x02u
#define PF_HOST_CAP_TEXT_INPUT    0x04u
#define PF_HOST_CAP_CURSOR        0x08u
#define PF_HOST_CAP_PEN           0x10u
#define PF_HOST_CAP_AUDIO_RED     0x20u
#define PF_HOST_CAP_PAD_AUDIO     0x40u
#define PF_HOST_CAP_AUDIO_HIRES   0x80u

/* Access grants, v0.31 (5.6). */
#define PF_GRANT_PADS       0x01u
#define PF_GRANT_POINTER    0x02u
#define PF_GRANT_KEYBOARD   0x04u
#define PF_GRANT_CLIPBOARD  0x08u
#define PF_GRANT_MICROPHONE 0x10u
#define PF_GRANT_LAUNCH     0x20u
#define PF_GRANT_ALL        0x3Fu

/* Compositor byte (2.6). */
enum pf_wire_compositor {
    PF_WIRE_COMPOSITOR_AUTO = 0,
    PF_WIRE_COMPOSITOR_KWIN = 1,
    PF_WIRE_COMPOSITOR_WLROOTS = 2,
    PF_WIRE_COMPOSITOR_MUTTER = 3,
    PF_WIRE_COMPOSITOR_GAMESCOPE = 4,
};

/* Gamepad byte (2.6). */
enum pf_wire_gamepad {
    PF_WIRE_PAD_AUTO = 0,
    PF_WIRE_PAD_XBOX360 = 1,
    PF_WIRE_PAD_DUALSENSE = 2,
    PF_WIRE_PAD_XBOXONE = 3,
    PF_WIRE_PAD_DUALSHOCK4 = 4,
    PF_WIRE_PAD_STEAM_CONTROLLER = 5,
    PF_WIRE_PAD_STEAM_DECK = 6,
    PF_WIRE_PAD_DUALSENSE_EDGE = 7, /* 7 … 11: v0.31 */
    PF_WIRE_PAD_SWITCH_PRO = 8,
    PF_WIRE_PAD_STEAM_CONTROLLER_2 = 9,
    PF_WIRE_PAD_STEAM_CONTROLLER_2_PUCK = 10,
    PF_WIRE_PAD_XBOX_ELITE = 11,
};

/* Display colour volume: the body of the HDR metadata datagram (4.7). */
struct pf_hdr_volume {
    uint16_t g_x, g_y, b_x, b_y, r_x, r_y, w_x, w_y; /* chromaticity, 1/50000 */
    uint32_t max_luminance, min_luminance;           /* 0.0001 cd/m² */
    uint16_t max_cll, max_fall;                      /* nits */
};
#define PF_HDR_VOLUME_LEN 28u

/* The generic BT.2020 volume that a host sends before it knows better (4.7). */
PF_API extern const struct pf_hdr_volume pf_hdr_volume_bt2020;

struct pf_hello {
    uint32_t version;                /* PF_WIRE_VERSION */
    uint32_t width, height, refresh; /* pixels, Hz; not validated here */
    uint8_t compositor;              /* enum pf_wire_compositor; unknown bytes read as AUTO */
    uint8_t gamepad;                 /* enum pf_wire_gamepad; unknown bytes read as AUTO */
    uint32_t bitrate_kbps;           /* 0: host default */
    char name[PF_NAME_MAX + 1];      /* valid UTF-8 with a NUL behind, raw: sanitise before use; "" if none */
    uint8_t name_len;                /* 0: none. The text may contain NUL bytes */
    char launch[PF_LAUNCH_MAX + 1];  /* a key of the host's library, never a command; "" if none */
    uint8_t launch_len;
    uint8_t video_caps;     /* PF_VIDEO_CAP_* */
    uint8_t audio_channels; /* 2, 6 or 8 */
    uint8_t video_codecs;   /* PF_WIRE_CODEC_*; 0 means HEVC only */
    uint8_t preferred;      /* one codec bit or 0 */
    /* v0.31; the defaults when absent */
    bool has_hdr;
    struct pf_hdr_volume hdr;
    uint8_t client_caps;        /* PF_CLIENT_CAP_* */
    uint16_t max_shard_payload; /* bytes; 0: not told */
    uint32_t audio_rate;        /* Hz, 48000 */
    uint8_t audio_bits;         /* 16 or 24 */
};

/* Longest encoding: every field present and both texts full. */
#define PF_HELLO_MAX (26u + 1 + PF_NAME_MAX + 1 + PF_LAUNCH_MAX + 4 + PF_HDR_VOLUME_LEN + 8)

/* A Hello with version and all defaults set. */
PF_API struct pf_hello pf_hello_default(void);
/* Fields are written up to the last one that differs from its default. -EINVAL if a text is over-long. */
PF_API int pf_hello_encode(const struct pf_hello *hello, void *buf, size_t cap);
/* -EBADMSG if shorter than 20 bytes or without the magic. Any version is decoded; the caller checks it. */
PF_API int pf_hello_decode(const void *data, size_t len, struct pf_hello *ret);

enum pf_wire_cipher {
    PF_WIRE_CIPHER_AES128_GCM = 0,
    PF_WIRE_CIPHER_CHACHA20_POLY1305 = 1,
};

struct pf_welcome {
    uint32_t version;
    uint16_t udp_port; /* host's data socket */
    uint32_t width, height, refresh;
    uint8_t fec_scheme; /* enum pf_fec_scheme */
    uint8_t fec_percent;
    uint16_t max_data_per_block; /* shards */
    uint16_t shard_payload;      /* bytes, even */
    uint8_t encrypt;             /* 0 or 1 */
    uint8_t key[16];             /* secret: AES-128-GCM */
    uint8_t salt[4];
    uint32_t frames;    /* length of a synthetic stream; 0: unbounded */
    uint8_t compositor; /* in use; 0 for synthetic */
    uint8_t gamepad;    /* in use, never 0 from a host that tells */
    uint32_t bitrate_kbps;
    uint8_t bit_depth;                               /* 8 or 10 */
    uint8_t primaries, transfer, matrix, full_range; /* H.273 code points; full_range 0 or 1 */
    uint8_t chroma_format_idc;                       /* 1 (4:2:0) or 3 (4:4:4) */
    uint8_t audio_channels;
    uint8_t codec; /* one PF_WIRE_CODEC_* bit */
    /* v0.31 */
    bool extended;          /* the message goes on behind byte 66 */
    uint8_t host_caps;      /* PF_HOST_CAP_* */
    uint8_t cipher;         /* enum pf_wire_cipher */
    uint8_t chacha_key[32]; /* secret; only with CHACHA20 */
    uint16_t mgmt_port;     /* 0: not told */
    uint32_t grants;        /* PF_GRANT_* */
    uint32_t expires_in_s;  /* seconds until access ends; 0: never */
    uint8_t audio_codec;    /* 0 Opus, 2 PCM */
    uint32_t audio_rate;    /* PCM: Hz */
    uint8_t audio_bits;
    uint16_t audio_frame_us;
};

#define PF_WELCOME_BASELINE_LEN 67u
#define PF_WELCOME_MAX          119u

/* A Welcome with version and all defaults set, `extended` off. */
PF_API struct pf_welcome pf_welcome_default(void);
/* 67 bytes, or 68 and more if `extended`: then fields go up to the last one that differs from its default. */
PF_API int pf_welcome_encode(const struct pf_welcome *welcome, void *buf, size_t cap);
/* -EBADMSG if shorter than 53 bytes, without the magic, or (at V31) with an unknown cipher. */
PF_API int pf_welcome_decode(enum pf_wire_level level, const void *data, size_t len, struct pf_welcome *ret);

#define PF_START_LEN 6u
PF_API int pf_start_encode(uint16_t client_udp_port, void *buf, size_t cap);
/* -EBADMSG if shorter than 6 bytes or without the magic. */
PF_API int pf_start_decode(const void *data, size_t len, uint16_t *ret_client_udp_port);

/* ---- negotiation (2.6) ---- */

/* The codec bit to use, or 0 if the two share none: refuse the session. `client` 0 stands for HEVC. */
PF_API uint8_t pf_negotiate_codec(uint8_t client, uint8_t host, uint8_t preferred);

#define PF_BITRATE_DEFAULT_KBPS 20000u
#define PF_BITRATE_MIN_KBPS     500u
#define PF_BITRATE_MAX_KBPS     8000000u
/* 0 gives the default; anything else is clamped to the limits. */
PF_API uint32_t pf_negotiate_bitrate(uint32_t requested_kbps);

/* Non-zero, even, and within what the codec (one bit) can carry. The refresh rate is not looked at. */
PF_API bool pf_negotiate_dimensions(uint8_t codec, uint32_t width, uint32_t height);

/* 2, 6 or 8; anything else gives 2. */
PF_API uint8_t pf_negotiate_audio_channels(uint8_t requested);

/* Speed test (6.9): limits of a request and the size of one access unit. */
#define PF_SPEED_TEST_MAX_KBPS 10000000u
#define PF_SPEED_TEST_MAX_MS   5000u
PF_API uint32_t pf_speed_test_chunk(uint32_t target_kbps);

/* ---- synthetic source (6.11) ---- */

#define PF_SYNTHETIC_FRAME_LEN 65536u
/* Writes frame `index` to out (PF_SYNTHETIC_FRAME_LEN bytes). */
PF_API void pf_synthetic_fill(uint32_t index, uint8_t *out);
/* True if the bytes are frame `index`, length included. */
PF_API bool pf_synthetic_check(uint32_t index, const uint8_t *data, size_t len);

#endif
