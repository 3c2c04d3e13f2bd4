/* A gamepad device of the kernel that a client's pad plays. Used by one thread. */
#ifndef PF_INPUT_PADS_DEVICE_H
#define PF_INPUT_PADS_DEVICE_H

#include "base/error.h"
#include "input/pads/kind.h"
#include "input/pads/pad.h"

struct pf_pad_device;

struct pf_pad_device_ops {
    /* Makes the device report this state. 0 or -errno; the device must then be destroyed. */
    int (*write)(struct pf_pad_device *dev, const struct pf_pad_report *report);
    /* Answers what the kernel and games ask; call it when `fd` is readable and at `deadline`. What they want
     * of the pad goes to `tell` on change, without its index. 0 or -errno, as above. */
    int (*pump)(struct pf_pad_device *dev, uint64_t mono_ns,
        void (*tell)(void *user, const struct pf_pad_feedback *feedback), void *user);
    /* When pump has to run although nothing is readable; UINT64_MAX: not at all for now. */
    uint64_t (*deadline)(struct pf_pad_device *dev, uint64_t mono_ns);
    /* The device disappears. */
    void (*destroy)(struct pf_pad_device *dev);
};

struct pf_pad_device {
    const struct pf_pad_device_ops *ops;
    int fd;
};

/* Makes a device. `kind` is one that pf_pad_kind_choose returns. -errno with a sentence that says what is
 * missing on this machine. */
int pf_pad_device_open(enum pf_pad_kind kind, struct pf_pad_device **ret_device, struct pf_error *err);

/* Whether this user may make one: 0, or -errno with a sentence as above. */
int pf_pad_device_check(enum pf_pad_kind kind, struct pf_error *err);

#endif
