#include "input/pads/slots.h"

#include "input/pads/playstation.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool taken[PF_PAD_SLOTS];

/* The driver names the battery of a pad after its address. */
static bool is_on_machine(unsigned slot)
{
    uint8_t a[PF_PS_MAC_LEN];
    char path[96];
    pf_ps_mac(slot, a);
    snprintf(path, sizeof(path),
        "/sys/class/power_supply/ps-controller-battery-%02x:%02x:%02x:%02x:%02x:%02x", a[5], a[4], a[3], a[2],
        a[1], a[0]);
    return access(path, F_OK) == 0;
}

int pf_pad_slot_take(unsigned *ret_slot)
{
    int rc = -ENOSPC;
    pthread_mutex_lock(&lock);
    for (unsigned slot = 0; slot < PF_PAD_SLOTS && rc < 0; slot++) {
        if (taken[slot] || is_on_machine(slot))
            continue;
        taken[slot] = true;
        *ret_slot = slot;
        rc = 0;
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

void pf_pad_slot_give(unsigned slot)
{
    pthread_mutex_lock(&lock);
    if (slot < PF_PAD_SLOTS)
        taken[slot] = false;
    pthread_mutex_unlock(&lock);
}
