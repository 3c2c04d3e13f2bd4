/* Capture of a PipeWire node: what KWin, Mutter, gamescope and portals offer (displays-and-capture.md 14). */
#ifndef PF_CAPTURE_PIPEWIRE_PIPEWIRE_H
#define PF_CAPTURE_PIPEWIRE_PIPEWIRE_H

#include "capture/capture.h"

/* Frames are the producer's own buffers, lent until the consumer gives them back; only where the cursor comes
 * apart and belongs into the picture are they copies. GPU memory is asked for if the consumer takes it, and
 * shared memory once a producer has refused that. Errors besides those of pf_capture_open: -EPROTO (no common
 * format), -ECONNREFUSED (no PipeWire). Fails later with -ENODEV (the node is gone), -ECONNRESET (PipeWire
 * has ended), -ETIMEDOUT (no first picture within 10 s) or -EPIPE (the producer stopped sending). */
extern const struct pf_capture_backend pf_capture_pipewire;

#endif
