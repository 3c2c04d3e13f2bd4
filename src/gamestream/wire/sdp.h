/* The two SDP bodies of GameStream: what the host offers (DESCRIBE) and what the client wants (ANNOUNCE).
 *
 * Defined by docs/spec/gamestream.md 3.3, 3.4, 3.6. Pure.
 */
#ifndef PF_GAMESTREAM_WIRE_SDP_H
#define PF_GAMESTREAM_WIRE_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of encryptionSupported, -Requested and -Enabled. */
enum pf_gs_encryption { PF_GS_ENCRYPT_CONTROL = 1, PF_GS_ENCRYPT_VIDEO = 2, PF_GS_ENCRYPT_AUDIO = 4 };

/* Bits of the host's featureFlags. */
enum pf_gs_host_feature { PF_GS_FEATURE_PEN_TOUCH = 1, PF_GS_FEATURE_PAD_TOUCH_MOTION = 2 };

/* Bits of the client's featureFlags. */
enum pf_gs_client_feature { PF_GS_CLIENT_FEC_STATUS_FLAG = 1, PF_GS_CLIENT_SESSION_ID = 2 };

struct pf_gs_offer {
    unsigned features;             /* enum pf_gs_host_feature */
    unsigned supported, requested; /* enum pf_gs_encryption */
    bool hevc, av1;
    bool reference_invalidation;
};

/* Writes the body of DESCRIBE and returns its length, -EMSGSIZE if it does not fit. */
int pf_gs_describe_write(const struct pf_gs_offer *offer, char *out, size_t cap);

enum pf_gs_codec { PF_GS_H264, PF_GS_HEVC, PF_GS_AV1 };

struct pf_gs_wish {
    unsigned width, height; /* pixels */
    unsigned fps;
    unsigned refresh_x100; /* exact rate of the client's display; 0 unknown */
    unsigned packet_size;  /* bytes: P of section 5 */
    unsigned bitrate_kbps; /* what the user set */
    enum pf_gs_codec codec;
    bool ten_bit, chroma_444, full_range, intra_refresh;
    unsigned colour_space; /* 0 BT.601, 1 BT.709, 2 BT.2020 */
    unsigned slices, max_references;
    bool parity;         /* wanted at all */
    unsigned min_parity; /* of a block */
    unsigned audio_channels, audio_ms;
    bool audio_high_quality;
    unsigned encryption;         /* enum pf_gs_encryption */
    unsigned client_features;    /* enum pf_gs_client_feature */
    bool mark_video, mark_audio; /* QoS marks wanted: the client is not remote */
};

/* Reads the body of ANNOUNCE. -EINVAL with a sentence in `*ret_why` (static text) if something that a stream
 * needs is missing or beyond its limits; unknown names are skipped. */
int pf_gs_announce_parse(const char *body, size_t len, struct pf_gs_wish *ret_wish, const char **ret_why);

#endif
