/* Capture by ext_image_copy_capture_manager_v1 (sway 1.11 and later, Hyprland).
 *
 * Unlike wlr-screencopy it says what a buffer lacks, so the compositor copies only what has changed since
 * that buffer was filled last.
 */
#ifndef PF_CAPTURE_WLR_EXT_COPY_H
#define PF_CAPTURE_WLR_EXT_COPY_H

#include "capture/capture.h"

extern const struct pf_capture_backend pf_capture_ext_copy;

#endif
