/* The devices that an EIS server lends us, and whether they may be used now. */
#ifndef PF_INPUT_EI_DEVICES_H
#define PF_INPUT_EI_DEVICES_H

#include "base/error.h"
#include "input/ei/region.h"

#include <libei.h>
#include <stdbool.h>
#include <stdint.h>

#define PF_EI_DEVICES 16u
#define PF_EI_REGIONS 16u

/* One thread. */
struct pf_ei_devices {
    struct ei *ei;
    int socket; /* libei's; −1: none */
    struct {
        struct ei_device *handle;
        bool resumed;
    } device[PF_EI_DEVICES];
    unsigned count;
    unsigned offered; /* capabilities of all seats so far */
    uint32_t sequence;
    bool connected, ended;
    /* What was pressed on devices of this capability is not pressed any more: the server took them away. */
    void (*lost)(void *user, enum ei_device_capability capability);
    void *user;
};

/* Speaks over `fd`, which is taken over, and waits until the server has lent devices that can be used, where
 * it lends them for all that its seats have: at most some seconds. -errno with a sentence; finish in any
 * case. Set lost and user before. */
int pf_ei_devices_init(struct pf_ei_devices *d, int fd, struct pf_error *err);
void pf_ei_devices_finish(struct pf_ei_devices *d);

/* Takes what the server says, without blocking. -ECONNRESET once it has ended the conversation. */
int pf_ei_devices_dispatch(struct pf_ei_devices *d);

/* The first usable device with the capability, or NULL. Valid until the next dispatch. */
struct ei_device *pf_ei_devices_find(const struct pf_ei_devices *d, enum ei_device_capability capability);

/* The usable device with the capability whose region fits the place best, and the area of that region; NULL:
 * none. */
struct ei_device *pf_ei_devices_find_area(const struct pf_ei_devices *d, enum ei_device_capability capability,
    const struct pf_ei_place *place, struct pf_area *ret_area);

/* Ends one event: it takes effect now. */
void pf_ei_devices_frame(const struct pf_ei_devices *d, struct ei_device *device);

#endif
