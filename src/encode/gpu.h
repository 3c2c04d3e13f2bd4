/* Graphics cards and which of them is to encode (management-and-operations.md 3.6, 2.3).
 *
 * Plain values; any thread. Listing reads a few small files and does not block on the cards.
 */
#ifndef PF_ENCODE_GPU_H
#define PF_ENCODE_GPU_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GPUS_MAX 16u

struct pf_gpu {
    uint32_t vendor_id, device_id; /* PCI */
    unsigned occurrence;           /* among cards of the same kind, from 0 */
    char id[40];                   /* "10de-2684-0" */
    char node[32];                 /* "renderD128" */
    char name[64];                 /* for people */
    const char *vendor;            /* "nvidia", "amd", "intel" or "other" */
    uint64_t vram_mb;              /* 0: not known */
};

/* Cards with a render node, by node. `dev` and `sys` stand for /dev/dri and /sys/class/drm; NULL: these. */
size_t pf_gpu_list(const char *dev, const char *sys, struct pf_gpu ret_gpus[PF_GPUS_MAX]);

/* What the owner chose: the file gpu-settings.json. */
struct pf_gpu_preference {
    bool manual;
    bool has_card; /* stays when the mode goes back to auto */
    uint32_t vendor_id, device_id;
    unsigned occurrence;
    char name[64];
};

/* A file that is absent gives auto; one that is damaged too, with a warning in the log. */
void pf_gpu_preference_load(const char *dir, struct pf_gpu_preference *ret_preference);
int pf_gpu_preference_save(const char *dir, const struct pf_gpu_preference *preference, struct pf_error *err);

/* Index of the preferred card: the same one, else one of its kind, else one of its name. −1: it is not there.
 */
int pf_gpu_preferred(const struct pf_gpu_preference *preference, const struct pf_gpu *gpus, size_t count);

/* Index of the card for the next session, −1 if there is none; *ret_source says why: "preference",
 * "preference_missing" or "auto". */
int pf_gpu_select(const struct pf_gpu_preference *preference, const struct pf_gpu *gpus, size_t count,
    const char **ret_source);

#endif
