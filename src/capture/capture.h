/* Capture: turns one display output into a stream of frames.
 *
 * A capture runs on a thread of its own and publishes each new picture into a latest-wins mailbox. A still
 * desktop publishes nothing: repeating a picture to hold the rate is the encode thread's business
 * (displays-and-capture.md 16).
 */
#ifndef PF_CAPTURE_CAPTURE_H
#define PF_CAPTURE_CAPTURE_H

#include "base/error.h"
#include "base/mailbox.h"
#include "media/frame.h"
#include "media/mode.h"
#include "media/source.h"

#include <stdbool.h>

struct pf_capture;

struct pf_capture_ops {
    /* Stops and joins the thread, releases everything. Frames still referenced elsewhere stay valid. */
    void (*destroy)(struct pf_capture *capture);
};

/* Base structure of every back end; the back end embeds it as its first member. */
struct pf_capture {
    const struct pf_capture_ops *ops;
    struct pf_mailbox frames; /* of struct pf_frame; the encode thread takes from it */
    /* 0 while it works; a negative errno once the source is gone for good (-ENODEV: output removed,
     * -ECONNRESET: compositor died). Set before the mailbox is closed. Atomic. */
    atomic_int failure;
};

struct pf_capture_params {
    bool hide_cursor; /* leave the cursor out of the picture */
    bool dmabuf;      /* the consumer takes frames in linear GPU memory as well as in shared memory */
};

struct pf_capture_backend {
    const char *name; /* "wlr-screencopy" */
    enum pf_source_kind kind;
    int (*open)(const struct pf_source *source, const struct pf_capture_params *params,
        struct pf_capture **ret_capture, struct pf_error *err);
};

/* All back ends of this build in order of preference, NULL-terminated. */
extern const struct pf_capture_backend *const pf_capture_backends[];

/* Starts capturing with the first back end that can open the source; `params` may be NULL. The first frame
 * comes at once, whether anything changes on the display or not. Blocks for at most some seconds.
 * Errors: -ENOTSUP if the build has no back end for this kind of source, -ENODEV if the output does not
 * exist, -ECONNREFUSED if the compositor does not answer, -ETIMEDOUT. */
int pf_capture_open(const struct pf_source *source, const struct pf_capture_params *params,
    struct pf_capture **ret_capture, struct pf_error *err);

/* Stops it. NULL is allowed. */
static inline void pf_capture_destroy(struct pf_capture *capture)
{
    if (capture)
        capture->ops->destroy(capture);
}

#endif
