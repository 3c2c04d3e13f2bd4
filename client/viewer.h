/* Decodes the stream on a thread of its own: first picture, screenshot, colour of a point over time. */
#ifndef PF_CLIENT_VIEWER_H
#define PF_CLIENT_VIEWER_H

#include "base/error.h"
#include "client/options.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An access unit on its way to the decoder. */
struct probe_unit {
    const uint8_t *data; /* copied */
    size_t len;
    uint32_t frame_index;
    uint64_t pts_ns;      /* host's clock */
    uint64_t received_ns; /* the same clock */
    bool idr;
    bool heals;   /* it refers to nothing that is lost: an IDR or a recovery anchor */
    bool damaged; /* it refers to frames that never came */
};

struct probe_viewer;

struct probe_viewer_stats {
    uint64_t pictures;              /* decoded */
    uint64_t errors;                /* units the decoder refused */
    uint64_t errors_since_healed;   /* of these, after the last unit that healed the picture */
    uint64_t skipped;               /* units it could not keep up with */
    uint64_t first_picture_mono_ns; /* 0: none yet */
    uint32_t width, height;         /* of the last picture */
    bool screenshot_written;
    bool failed; /* something could not be written; the reason was logged */
};

/* `codec` is one PF_WIRE_CODEC_* bit. The file of --log-colors gets one line for each picture:
 * CLOCK_MONOTONIC ns when it was decoded, colour as rrggbb, frame index, pts and arrival in ns of the host's
 * clock, intact or damaged. */
int probe_viewer_create(const struct probe_options *options, uint8_t codec, struct probe_viewer **ret_viewer,
    struct pf_error *err);
/* Decodes what is left, ends the thread, frees. Returns the final figures. */
struct probe_viewer_stats probe_viewer_destroy(struct probe_viewer *v);

/* True while units are of use: cheap, any thread. */
bool probe_viewer_wants(const struct probe_viewer *v);
/* Queues a copy; never waits. The receiving thread only. */
void probe_viewer_push(struct probe_viewer *v, const struct probe_unit *unit);
/* Any thread. */
struct probe_viewer_stats probe_viewer_stats(struct probe_viewer *v);

#endif
