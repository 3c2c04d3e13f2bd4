/* Packets of the punktfunk/1 data plane: access units to datagrams and back.
 * Defined by docs/spec/punktfunk1-data.md 2 and 6.
 *
 * Sans-I/O; one thread per object. After warm-up neither side allocates.
 */
#ifndef PUNKTFUNK_PACKET_H
#define PUNKTFUNK_PACKET_H

#include "punktfunk/export.h"
#include "punktfunk/fec.h"
#include "punktfunk/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- header (2.1) ---- */

#define PF_PACKET_HEADER  40u
#define PF_PACKET_MAGIC   0xC9u
#define PF_PACKET_VERSION 1u

/* Header byte `flags`. */
#define PF_PACKET_PIC 0x01u
#define PF_PACKET_EOF 0x02u
#define PF_PACKET_SOF 0x04u

/* user_flags (2.4): the same in every packet of a frame. Receivers ignore bits that they do not know. */
#define PF_FRAME_PIC             0x01u /* every video frame */
#define PF_FRAME_IDR             0x04u /* decodable alone, with parameter sets */
#define PF_FRAME_PROBE           0x08u /* speed-test filler; set alone */
#define PF_FRAME_RECOVERY_POINT  0x10u /* v0.31: end of an intra-refresh wave */
#define PF_FRAME_RECOVERY_ANCHOR 0x20u /* v0.31: references nothing of the lost range */
#define PF_FRAME_CHUNK_ALIGNED   0x40u /* v0.31 */
#define PF_FRAME_SLICE_STREAM    0x80u /* v0.31 */

struct pf_packet_header {
    uint64_t pts_ns; /* real time of the capture */
    uint32_t frame_index, stream_seq, frame_bytes, user_flags;
    uint16_t block_index, block_count;
    uint16_t data_shards, recovery_shards, shard_index; /* of the block */
    uint16_t shard_bytes;
    uint8_t magic, version, fec_scheme, flags;
};

PF_API void pf_packet_header_write(const struct pf_packet_header *h, uint8_t out[PF_PACKET_HEADER]);
/* -EBADMSG if there are fewer than PF_PACKET_HEADER bytes or the magic is wrong. Judges nothing else. */
PF_API int pf_packet_header_read(const void *data, size_t len, struct pf_packet_header *ret);

/* ---- geometry (2.5, 2.6) ---- */

#define PF_BLOCK_DATA_DEFAULT 4096u /* B with scheme 1 */
#define PF_PARITY_PERCENT_MAX 90u
#define PF_FRAME_BYTES_MAX    (64u << 20)

/* Parity shards of a block of k data shards: ceil(k·percent/100), clamped to what every client accepts of a
 * session whose Welcome said max_block_data and welcome_percent. */
PF_API unsigned pf_parity_count(enum pf_fec_scheme scheme, unsigned max_block_data, unsigned welcome_percent,
    unsigned k, unsigned percent);

/* ---- packetiser ---- */

struct pf_packetiser_config {
    enum pf_fec_scheme scheme;
    unsigned shard_bytes;     /* P: even, at most 9152; 1408 fits an IPv4 frame of 1500 bytes */
    unsigned max_block_data;  /* B of Welcome, ≥ 1 */
    unsigned welcome_percent; /* parity percent of Welcome */
    bool block_order;   /* baseline order: each block's parity right behind its data. Otherwise the data of
                         * all blocks goes first, so that a frame without loss completes early */
    bool probe_numbers; /* probe frames have an index space of their own (PF_VIDEO_CAP_PROBE_SEQ);
                         * otherwise they share the counter of the video frames */
    uint32_t first_frame_index; /* 0 in a session */
    struct pf_sealer *sealer;   /* borrowed; NULL: encryption is off */
};

/* One access unit. */
struct pf_packet_frame {
    const uint8_t *data; /* borrowed until the frame's last group was taken or another frame begins */
    size_t len;          /* 0 is legal: one shard of zeros */
    uint64_t pts_ns;
    uint32_t user_flags;     /* PF_FRAME_*; PF_FRAME_PROBE selects the probe counter */
    unsigned parity_percent; /* 0 … 90 */
};

/* What became of it. */
struct pf_packet_plan {
    uint32_t frame_index;
    unsigned packets;      /* of the frame, parity included; never 0 */
    unsigned parity;       /* of these */
    size_t datagram_bytes; /* of each */
};

/* Some finished datagrams, back to back: the buffer of one GSO send. */
struct pf_packet_group {
    const uint8_t *data; /* datagram i at i·datagram_bytes; valid until the next call on the packetiser */
    size_t datagram_bytes;
    unsigned count;
};

struct pf_packetiser_stats {
    uint64_t frames, packets, bytes; /* sealed bytes; counts what was handed out, sent or not */
};

struct pf_packetiser;

/* Errors: -EINVAL for sizes the protocol does not allow, -ENOMEM. */
PF_API int pf_packetiser_create(
    const struct pf_packetiser_config *config, struct pf_packetiser **ret_packetiser);
/* NULL is allowed. */
PF_API void pf_packetiser_destroy(struct pf_packetiser *p);

/* Begins a frame; what is left of the one before is abandoned (its numbers stay used). The frame takes the
 * next index, which the caller cannot give back: begin only what will be sent. Errors, with nothing changed:
 * -EINVAL (percent), -EMSGSIZE (over PF_FRAME_BYTES_MAX or 65535 blocks), -ENOMEM. */
PF_API int pf_packetiser_begin(
    struct pf_packetiser *p, const struct pf_packet_frame *frame, struct pf_packet_plan *ret_plan);

/* Builds and seals the next packets of the frame, in wire order: at least one and at most max_packets (≥ 1),
 * while a group may be shorter than asked for although more follows. Returns 1 with a group, 0 when the frame
 * is complete, or a negative error of the sealer or the erasure code, which ends the stream. So the time
 * between two groups is free for sending the first:
 *
 *     pf_packetiser_begin(p, &frame, &plan);
 *     while ((rc = pf_packetiser_next(p, 44, &group)) > 0)
 *         send(group);
 */
PF_API int pf_packetiser_next(
    struct pf_packetiser *p, unsigned max_packets, struct pf_packet_group *ret_group);

PF_API void pf_packetiser_stats(const struct pf_packetiser *p, struct pf_packetiser_stats *ret);

/* ---- reassembler ---- */

#define PF_REASSEMBLER_WINDOW 64u          /* frame indices behind the newest that are remembered */
#define PF_REASSEMBLER_AGE_NS 120000000ull /* an incomplete frame this much older than the newest is lost */

struct pf_reassembler_config {
    enum pf_fec_scheme scheme;
    unsigned max_block_data;  /* B of Welcome */
    unsigned min_shard_bytes; /* 0: 512, what v0.31 clients accept; tests go lower */
    size_t max_frame_bytes;   /* 0: PF_FRAME_BYTES_MAX; see pf_reassembler_frame_limit */
    bool probe_numbers;       /* probe frames have an index space of their own: they are then only counted */
};

/* A complete frame. */
struct pf_received_frame {
    const uint8_t *data; /* borrowed until the next push */
    size_t len;
    uint64_t pts_ns;
    uint32_t frame_index, user_flags;
    unsigned restored; /* data shards that came from parity */
};

/* 8.8; differences of these make a LossReport (punktfunk/loss.h). */
struct pf_reassembler_stats {
    uint64_t packets, bytes;  /* handed in: plain bytes */
    uint64_t packets_dropped; /* malformed, too late, over a limit, or undecodable block */
    uint64_t frames_completed;
    uint64_t frames_dropped;  /* began and never completed */
    uint64_t restored_shards; /* data shards computed from parity */
    uint64_t late_shards;     /* of these, came in after all */
    uint64_t probe_packets, probe_bytes;
};

struct pf_reassembler;

/* Errors: -EINVAL for sizes the protocol does not allow, -ENOMEM. */
PF_API int pf_reassembler_create(
    const struct pf_reassembler_config *config, struct pf_reassembler **ret_reassembler);
/* NULL is allowed. */
PF_API void pf_reassembler_destroy(struct pf_reassembler *r);

/* Takes one plain packet (header and shard; copied) in any order. Returns 1 and the frame if this packet
 * completed one, 0 if not: refused packets are counted, never an error. Frames come in the order of their
 * completion. Streamed frames (2.8) are refused: a client that uses this must not offer
 * PF_VIDEO_CAP_STREAMED_AU. Incomplete frames together never hold more than 4·max_frame_bytes. -ENOMEM is
 * possible; the packet is then lost and nothing else. */
PF_API int pf_reassembler_push(
    struct pf_reassembler *r, const uint8_t *packet, size_t len, struct pf_received_frame *ret_frame);

PF_API void pf_reassembler_stats(const struct pf_reassembler *r, struct pf_reassembler_stats *ret);

/* Largest frame to accept (6.2, v0.31): four frames' worth of the bitrate within 8 … 64 MiB. */
PF_API size_t pf_reassembler_frame_limit(uint32_t bitrate_kbps, uint32_t refresh_hz);

#endif
