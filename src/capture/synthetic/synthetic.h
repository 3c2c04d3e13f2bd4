/* A capture of a test picture that the host draws itself: the pipeline without a compositor. */
#ifndef PF_CAPTURE_SYNTHETIC_SYNTHETIC_H
#define PF_CAPTURE_SYNTHETIC_SYNTHETIC_H

#include "capture/capture.h"

/* What a source of kind PF_SOURCE_SYNTHETIC shows, in its node_id. */
enum pf_synthetic_picture {
    PF_SYNTHETIC_MOVING = 0, /* a new picture at each refresh */
    PF_SYNTHETIC_STILL = 1,  /* one picture, then nothing changes */
};

extern const struct pf_capture_backend pf_capture_backend_synthetic;

#endif
