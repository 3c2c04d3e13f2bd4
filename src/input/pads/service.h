/* The pads of one session: a queue, and the thread that plays what is in it on devices of the kernel and
 * brings back what games do with them (input-audio-encode.md 2.1).
 *
 * Nothing is made before the first event of a pad. A device that cannot be made is tried again, 1 s later at
 * first and 30 s at last, whenever its pad says something. A PlayStation pad that cannot be made because of
 * /dev/uhid becomes an Xbox 360 pad.
 */
#ifndef PF_INPUT_PADS_SERVICE_H
#define PF_INPUT_PADS_SERVICE_H

#include "input/pads/device.h"

#define PF_PADS_RETRY_NS     1000000000ull
#define PF_PADS_RETRY_MAX_NS 30000000000ull
#define PF_PADS_MOTION_NS    100000000ull /* a pad whose motion sensors are silent for so long lies still */

struct pf_pads;

struct pf_pads_config {
    void *user;
    /* What a game wants, on change. On the service's thread. */
    void (*feedback)(void *user, const struct pf_pad_feedback *feedback);
    /* Makes a device; NULL: pf_pad_device_open. */
    int (*open)(enum pf_pad_kind kind, struct pf_pad_device **ret_device, struct pf_error *err);
    enum pf_pad_kind kind; /* of pads that do not say theirs */
    uint64_t retry_ns;     /* first pause after a failure; 0: PF_PADS_RETRY_NS */
    const char *label;     /* of the client, for the log; copied */
};

/* Starts the thread. -errno with a sentence. */
int pf_pads_start(const struct pf_pads_config *config, struct pf_pads **ret_pads, struct pf_error *err);

/* Any thread, neither blocks: queue an event that pf_pad_set_knows, or a datagram of tag RICH. */
void pf_pads_event(struct pf_pads *pads, const struct pf_input_event *event);
void pf_pads_rich(struct pf_pads *pads, const struct pf_datagram *rich);

/* Does not block: the devices go soon, and with them whatever was pressed. No feedback comes any more, and
 * `pads` is not to be used again. NULL is allowed. */
void pf_pads_stop(struct pf_pads *pads);

#endif
