/* Capture by zwlr_screencopy_manager_v1 version 3 (sway, river and other wlroots compositors).
 *
 * Frames come when the picture changed. A thread of its own with a connection of its own; what libwayland
 * allocates for the frame objects of the protocol is all that is allocated while it runs.
 */
#ifndef PF_CAPTURE_WLR_SCREENCOPY_H
#define PF_CAPTURE_WLR_SCREENCOPY_H

#include "capture/capture.h"

extern const struct pf_capture_backend pf_capture_wlr_screencopy;

#endif
