/* One display, its capture and an encoder, together with the picture that was shown last. Owned by the thread
 * of one stream. */
#ifndef PF_SESSION_PIPELINE_H
#define PF_SESSION_PIPELINE_H

#include "base/cancel.h"
#include "session/machine.h"

struct pf_pipeline {
    struct pf_lease lease;
    struct pf_capture *capture;
    struct pf_encoder *encoder;
    struct pf_frame *last; /* for repeats; at first the first picture, not yet encoded */
    struct pf_mode wanted; /* what was asked for */
    struct pf_mode mode;   /* what is encoded: the picture's size, the display's refresh rate */
    uint64_t display_ns, picture_ns, encoder_ns; /* how long each took to be there */
};

/* How a pipeline is built and taken apart. */
struct pf_pipeline_builder {
    struct pf_machine machine;
    const struct pf_session_plan *plan; /* borrowed */
    uint64_t first_frame_ns;            /* how long to wait for the first picture */
    void *user;
    /* The capture whose mailbox has to be poked to end a wait (NULL: none any more). */
    void (*waits_on)(void *user, struct pf_capture *capture);
    const struct pf_cancel *cancel; /* set once the stream is to stop; borrowed */
};

/* Display, capture, first picture, encoder. `supersedes` (may be NULL) is the pipeline that this one is to
 * replace. On failure nothing is left. *ret_permanent: no second try can help. Errors: -ECANCELED when
 * stopped, -ETIMEDOUT without a first picture, those of the machine. */
int pf_pipeline_build(const struct pf_pipeline_builder *b, const struct pf_mode *wanted,
    uint32_t bitrate_kbps, const struct pf_pipeline *supersedes, struct pf_pipeline *ret_pipeline,
    bool *ret_permanent, struct pf_error *err);

/* The same display in another mode, which it changes in place: its capture ends before, a new one and another
 * encoder follow. Errors: those of pf_pipeline_build. After one the pipeline may lack capture and encoder;
 * the same call with the mode it had brings them back, if anything does. */
int pf_pipeline_remode(const struct pf_pipeline_builder *b, struct pf_pipeline *p,
    const struct pf_mode *wanted, uint32_t bitrate_kbps, struct pf_error *err);

/* Another capture of the same display, first picture included. On failure the pipeline has none. */
int pf_pipeline_reopen_capture(
    const struct pf_pipeline_builder *b, struct pf_pipeline *p, struct pf_error *err);

/* The capture broke off: true if that is because the display ended with its title. Waits at most 1.5 s. */
bool pf_pipeline_has_ended(const struct pf_pipeline_builder *b, const struct pf_pipeline *p);

/* Another encoder for the size of the last picture. On failure the pipeline has none. */
int pf_pipeline_reopen_encoder(
    const struct pf_pipeline_builder *b, struct pf_pipeline *p, uint32_t bitrate_kbps, struct pf_error *err);

enum pf_lease_fate {
    PF_LEASE_RELEASE, /* the session ends: the display may linger */
    PF_LEASE_QUIT,    /* the client left on purpose: no need to linger */
    PF_LEASE_RETIRE,  /* superseded */
    PF_LEASE_FAILED,  /* it is of no use */
};

/* Takes everything apart, capture first. A pipeline that is all zero is fine. */
void pf_pipeline_finish(const struct pf_pipeline_builder *b, struct pf_pipeline *p, enum pf_lease_fate fate);

#endif
