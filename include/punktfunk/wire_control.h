/* Typed messages of the control stream. Defined by docs/spec/punktfunk1-control.md 3.
 *
 * A message is a tagged union. Variable parts (MIME types, cursor pixels) are borrowed from the bytes that
 * were decoded. Pairing messages have the same framing and live in wire_pairing.h. See wire_common.h for
 * results.
 */
#ifndef PUNKTFUNK_WIRE_CONTROL_H
#define PUNKTFUNK_WIRE_CONTROL_H

#include "punktfunk/wire_common.h"

#include <stdbool.h>

/* Type byte. From SET_BITRATE on: v0.31. */
enum pf_control_type {
    PF_CONTROL_RECONFIGURE = 0x01,        /* C→H mode */
    PF_CONTROL_RECONFIGURED = 0x02,       /* H→C reconfigured */
    PF_CONTROL_REQUEST_KEYFRAME = 0x03,   /* C→H, no body */
    PF_CONTROL_LOSS_REPORT = 0x04,        /* C→H loss_ppm */
    PF_CONTROL_PROBE_REQUEST = 0x20,      /* C→H probe_request */
    PF_CONTROL_PROBE_RESULT = 0x21,       /* H→C probe_result */
    PF_CONTROL_CLOCK_PROBE = 0x30,        /* C→H clock (t1) */
    PF_CONTROL_CLOCK_ECHO = 0x31,         /* H→C clock */
    PF_CONTROL_SET_BITRATE = 0x05,        /* C→H kbps */
    PF_CONTROL_BITRATE_CHANGED = 0x06,    /* H→C kbps */
    PF_CONTROL_RFI_REQUEST = 0x07,        /* C→H rfi */
    PF_CONTROL_SHARD_PAYLOAD = 0x08,      /* H→C shard_payload */
    PF_CONTROL_SHARD_PAYLOAD_ACK = 0x09,  /* C→H shard_payload */
    PF_CONTROL_PIPELINE_GAP = 0x0A,       /* H→C gap_ms */
    PF_CONTROL_PHASE_REPORT = 0x32,       /* C→H phase */
    PF_CONTROL_CLIP_CONTROL = 0x40,       /* C→H clip_control */
    PF_CONTROL_CLIP_STATE = 0x41,         /* H→C clip_state */
    PF_CONTROL_CLIP_OFFER = 0x42,         /* both clip_offer */
    PF_CONTROL_CLIP_FETCH = 0x43,         /* clipboard stream clip_fetch */
    PF_CONTROL_CLIP_FETCH_HDR = 0x44,     /* clipboard stream clip_fetch_hdr */
    PF_CONTROL_CURSOR_SHAPE = 0x50,       /* H→C cursor_shape */
    PF_CONTROL_CURSOR_RENDER_MODE = 0x51, /* C→H client_draws */
    PF_CONTROL_ACCESS_UPDATE = 0x58,      /* H→C access */
};

#define PF_CLIP_KINDS_MAX  16u
#define PF_CLIP_MIME_MAX   128u /* bytes */
#define PF_CLIP_NO_FILE    0xFFFFFFFFu
#define PF_CURSOR_SIDE_MAX 120u /* pixels */

/* MIME type: not NUL-terminated, borrowed, any bytes. */
struct pf_clip_mime {
    const char *text;
    uint8_t len;
};

struct pf_control {
    enum pf_control_type type;
    union {
        struct {
            uint32_t width, height, refresh;
        } mode;
        struct {
            bool accepted;
            uint32_t width, height, refresh; /* the mode now in force */
        } reconfigured;
        uint32_t loss_ppm;
        struct {
            uint32_t target_kbps, duration_ms;
        } probe_request;
        struct {
            uint64_t bytes_sent;
            uint32_t access_units, duration_ms;
            uint32_t wire_packets_sent, send_dropped; /* 0 if the sender told only the first 21 bytes */
        } probe_result;
        struct {
            uint64_t t1_ns, t2_ns, t3_ns; /* a probe has t1 only */
        } clock;
        uint32_t kbps;
        struct {
            uint32_t first_frame, last_frame; /* inclusive frame indices */
        } rfi;
        uint16_t shard_payload; /* bytes */
        uint32_t gap_ms;
        struct {
            uint64_t next_latch_host_ns;
            uint32_t latch_period_ns, uncertainty_ns, arrival_lead_ns;
            bool has_coherence;       /* the 27-byte form */
            uint16_t coherence_milli; /* per mille */
        } phase;
        struct {
            bool enabled;
            uint8_t flags; /* bit 0: files */
        } clip_control;
        struct {
            bool enabled;
            uint8_t policy; /* bit 0 text, bit 1 files */
            uint8_t reason; /* 0 ok, 1 no back end, 2 taken over, 3 policy, 4 no files, 5 not permitted */
        } clip_state;
        struct {
            uint32_t seq;
            uint8_t count; /* ≤ PF_CLIP_KINDS_MAX */
            struct {
                struct pf_clip_mime mime;
                uint64_t size_hint; /* bytes */
            } kinds[PF_CLIP_KINDS_MAX];
        } clip_offer;
        struct {
            uint32_t seq, file_index; /* PF_CLIP_NO_FILE: none */
            struct pf_clip_mime mime;
        } clip_fetch;
        struct {
            uint8_t status;      /* 0 ok, 1 stale, 2 unavailable, 3 denied */
            uint64_t total_size; /* bytes; 0: until the stream ends */
        } clip_fetch_hdr;
        struct {
            uint32_t serial;
            uint16_t width, height, hot_x, hot_y; /* pixels; 1 ≤ width, height ≤ PF_CURSOR_SIDE_MAX */
            const uint8_t *rgba; /* 4 · width · height bytes, straight alpha, top row first; borrowed */
        } cursor_shape;
        bool client_draws;
        struct {
            uint32_t grants;      /* PF_GRANT_* */
            uint32_t remaining_s; /* seconds; 0: permanent */
        } access;
    };
};

/* Longest message except CURSOR_SHAPE, which needs 17 + 4 · width · height. */
#define PF_CONTROL_MAX (10u + PF_CLIP_KINDS_MAX * (1 + PF_CLIP_MIME_MAX + 8))

/* Writes the payload (without frame prefix). */
PF_API int pf_control_encode(const struct pf_control *msg, void *buf, size_t cap);

/* 0, PF_WIRE_UNKNOWN for a type this level does not have (pairing types included), -EBADMSG for a message
 * without PKFc, of the wrong length or with impossible content. Peers ignore all three kinds of failure
 * alike. */
PF_API int pf_control_decode(enum pf_wire_level level, const void *data, size_t len, struct pf_control *ret);

/* The message's name for logs, "unknown" for other values. */
PF_API const char *pf_control_name(enum pf_control_type type);

/* First bytes of a clipboard stream, before its framed ClipFetch (3.4). */
#define PF_CLIP_STREAM_HEADER     "PKFs\x01"
#define PF_CLIP_STREAM_HEADER_LEN 5u

#endif
