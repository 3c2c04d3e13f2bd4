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

static inline void pf_capture_destroy(struct pf_capture *capture)
{
    if (capture)
        capture->ops->destroy(capture);
}

#endif
