/* Messages of the control stream, once opened (docs/spec/gamestream.md 4.4, 4.5). Pure. */
#ifndef PF_GAMESTREAM_WIRE_CONTROL_MESSAGE_H
#define PF_GAMESTREAM_WIRE_CONTROL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* ---- from the client ---- */

enum pf_gs_client_message_kind {
    PF_GS_CLIENT_IDR,        /* the next frame becomes an IDR; also the start of a stream */
    PF_GS_CLIENT_START,      /* the second half of it */
    PF_GS_CLIENT_KEEP_ALIVE, /* every 100 ms */
    PF_GS_CLIENT_INVALIDATE, /* frames first … last are lost: refer to them no more */
    PF_GS_CLIENT_LTR_DONE,   /* the long-term reference `frame` came through */
    PF_GS_CLIENT_INPUT,      /* input_packet.h reads it */
    PF_GS_CLIENT_FEC_STATUS, /* a block that needed recovery, or failed */
};

/* Of one block of a frame. */
struct pf_gs_fec_status {
    uint32_t frame;
    uint16_t highest_sequence, next_contiguous, missing_before_highest;
    uint16_t data_shards, parity_shards, received_data, received_parity;
    uint8_t percent, block, blocks;
};

struct pf_gs_client_message {
    enum pf_gs_client_message_kind kind;
    union {
        struct {
            uint32_t first, last; /* frame indices */
        } invalidate;
        uint32_t frame;
        struct {
            const uint8_t *data; /* borrowed from the plaintext */
            size_t len;
        } input;
        struct pf_gs_fec_status fec;
    };
};

/* Reads an opened packet: u16 LE type, u16 LE length, payload. -EINVAL if it is damaged, -ENOTSUP for types
 * that mean nothing to a host. */
int pf_gs_client_message_decode(const uint8_t *plain, size_t len, struct pf_gs_client_message *ret_message);

/* ---- to the client ---- */

#define PF_GS_TERMINATED_GRACEFULLY 0x80030023u
#define PF_GS_TERMINATED_PROTECTED  0x800E9302u /* protected content */
#define PF_GS_TERMINATED_CONVERSION 0x800E9403u /* a frame could not be converted */

struct pf_gs_hdr_metadata {
    uint16_t red[2], green[2], blue[2], white[2];            /* x, y in 1/50000 */
    uint16_t max_luminance;                                  /* cd/m² */
    uint16_t min_luminance;                                  /* 0.0001 cd/m² */
    uint16_t max_content, max_frame_average, max_full_frame; /* cd/m² */
};

struct pf_gs_adaptive_triggers {
    uint16_t pad;
    uint8_t flags; /* 4 right valid, 8 left valid */
    uint8_t left_type, right_type;
    uint8_t left[10], right[10];
};

#define PF_GS_HOST_MESSAGE_MAX 64u

/* Each writes a plaintext for pf_gs_control_seal (at most PF_GS_HOST_MESSAGE_MAX bytes) and returns its
 * length. */
size_t pf_gs_write_rumble(uint8_t *out, uint16_t pad, uint16_t low, uint16_t high);
size_t pf_gs_write_trigger_rumble(uint8_t *out, uint16_t pad, uint16_t left, uint16_t right);
/* `type`: 1 accelerometer, 2 gyroscope; `hz` 0 stops the reports. */
size_t pf_gs_write_motion_enable(uint8_t *out, uint16_t pad, uint16_t hz, uint8_t type);
size_t pf_gs_write_led(uint8_t *out, uint16_t pad, uint8_t red, uint8_t green, uint8_t blue);
size_t pf_gs_write_adaptive_triggers(uint8_t *out, const struct pf_gs_adaptive_triggers *triggers);
/* NULL: HDR is off. */
size_t pf_gs_write_hdr(uint8_t *out, const struct pf_gs_hdr_metadata *metadata);
size_t pf_gs_write_termination(uint8_t *out, uint32_t code);

#endif
