/* PlayStation pads through uhid (input-audio-encode.md 2.3). */
#ifndef PF_INPUT_PADS_UHID_H
#define PF_INPUT_PADS_UHID_H

#include "input/pads/device.h"
#include "input/pads/playstation.h"

#define PF_UHID_NODE    "/dev/uhid"
#define PF_UHID_BEAT_NS 8000000ull /* the report is told again after so much silence */
#define PF_UHID_READS   64u        /* messages that one pump reads at most */

/* As pf_pad_device_open. */
int pf_uhid_pad_open(
    const struct pf_ps_model *model, struct pf_pad_device **ret_device, struct pf_error *err);

/* The same on a descriptor that speaks as /dev/uhid does, for tests. Takes `fd` over, also on failure. */
int pf_uhid_pad_open_on(
    int fd, const struct pf_ps_model *model, struct pf_pad_device **ret_device, struct pf_error *err);

#endif
