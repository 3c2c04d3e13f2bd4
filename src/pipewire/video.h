/* What a consumer of pictures says to PipeWire: format offers, buffers and metadata (displays-and-capture.md
 * 14.2, 14.3). Pods are built into the caller's builder and live as long as its memory. Pure.
 */
#ifndef PF_PIPEWIRE_VIDEO_H
#define PF_PIPEWIRE_VIDEO_H

#include "media/mode.h"

#include <spa/pod/builder.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_PW_VIDEO_PARAMS 8u /* most pods that one of these functions makes */
/* A builder's memory for all of them. */
#define PF_PW_VIDEO_BYTES 4096u

/* Explicit sync, which the headers of PipeWire know from 1.2 on. */
#define PF_SPA_META_SYNC_TIMELINE       9u
#define PF_SPA_DATA_SYNC_OBJ            5u
#define PF_SPA_PARAM_BUFFERS_META_TYPE  7u
#define PF_SPA_SYNC_UNSCHEDULED_RELEASE 1u /* a flag: nobody has promised yet to reach the release point */
struct pf_spa_sync_timeline {
    uint32_t flags, padding;
    uint64_t acquire_point; /* the producer is done */
    uint64_t release_point; /* the consumer is */
};

struct pf_pw_video_wish {
    struct pf_mode mode;
    /* True: size and rate are exactly the mode's, for producers that become what their consumer asks for.
     * False: the mode is a proposal. */
    bool exact;
    bool dmabuf; /* linear GPU memory, and nothing else: producers that see both kinds take shared memory */
};

/* Format offers, the preferred one first; returns how many. ret_params has room for PF_PW_VIDEO_PARAMS. */
size_t pf_pw_video_offer(
    struct spa_pod_builder *b, const struct pf_pw_video_wish *wish, const struct spa_pod **ret_params);

struct pf_pw_video_format {
    uint32_t fourcc; /* PF_FORMAT_* */
    uint32_t width, height;
    bool has_modifier; /* the buffers are GPU memory */
    bool unfixed;      /* several modifiers are left: answer with pf_pw_video_fixate */
    uint64_t modifier; /* the first of them, or the only one */
};

/* Reads what was agreed on. -EINVAL for a size of 0 or above 16384, -ENOTSUP for formats that were not
 * offered. */
int pf_pw_video_parse(const struct spa_pod *format, struct pf_pw_video_format *ret_format);

/* The format with its modifier fixed, followed by the offers; returns how many pods. */
size_t pf_pw_video_fixate(struct spa_pod_builder *b, const struct pf_pw_video_wish *wish,
    const struct pf_pw_video_format *format, const struct spa_pod **ret_params);

/* Kinds of buffers, as a mask of 1 << SPA_DATA_*, and the metadata that is wanted: `cursor` apart from the
 * picture, `sync`: timelines where the producer has them. Returns how many pods. */
size_t pf_pw_video_buffers(
    struct spa_pod_builder *b, uint32_t types, bool cursor, bool sync, const struct spa_pod **ret_params);

#endif
