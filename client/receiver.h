/* The data plane of the probe: one thread that punches, receives, opens, puts together, checks and counts.
 *
 * The thread writes the figures under a lock; the control loop reads copies of them. */
#ifndef PF_CLIENT_RECEIVER_H
#define PF_CLIENT_RECEIVER_H

#include "base/error.h"
#include "client/drop.h"
#include "client/options.h"
#include "client/parity_log.h"
#include "client/samples.h"
#include "client/viewer.h"
#include "punktfunk/packet.h"
#include "punktfunk/wire_handshake.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_media_socket;

struct probe_receiver_config {
    const struct probe_options *options; /* borrowed */
    const struct pf_welcome *welcome;    /* borrowed */
    struct pf_media_socket *socket;      /* borrowed; connected */
    int64_t clock_offset_ns;             /* host clock minus ours */
    /* Receiving thread: send a RequestKeyframe, or an RfiRequest for these frames. */
    void (*ask_keyframe)(void *user);
    void (*ask_repair)(void *user, uint32_t first, uint32_t last);
    void *user;
};

struct probe_receiver_stats {
    struct pf_reassembler_stats packets;
    uint64_t datagrams, dropped_on_purpose, refused; /* arrived; thrown away by --drop; not opened */
    uint64_t frames, bytes, idr_frames, anchor_frames, restored_frames, mismatched;
    uint64_t frames_lost; /* never complete, whether anything of them came or not */
    uint64_t probe_frames;
    uint64_t keyframes_asked, repairs_asked;
    uint64_t first_frame_mono_ns, last_frame_mono_ns; /* 0: none */
    bool write_failed;                                /* --out; the reason was logged */
    int broken;                                       /* negative errno that ended the thread, or 0 */
    struct probe_parity_log parity;
    struct probe_viewer_stats viewer;
};

struct probe_receiver;

int probe_receiver_start(
    const struct probe_receiver_config *config, struct probe_receiver **ret_receiver, struct pf_error *err);
/* Ends the thread; figures stay readable. */
void probe_receiver_stop(struct probe_receiver *r);
/* NULL is allowed; stops first. */
void probe_receiver_destroy(struct probe_receiver *r);

/* Any thread. */
struct probe_receiver_stats probe_receiver_stats(struct probe_receiver *r);
/* The host told how long an access unit took it (0xCF). Any thread. */
void probe_receiver_host_timing(struct probe_receiver *r, uint64_t pts_ns, uint64_t host_us);

/* Capture-to-received times in µs, and their split; after probe_receiver_stop. Borrowed. */
struct probe_samples *probe_receiver_latency(struct probe_receiver *r);
struct probe_split *probe_receiver_split(struct probe_receiver *r);

#endif
