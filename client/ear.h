/* What the probe hears: it decodes the host's audio, measures each channel, and can write it to a file. */
#ifndef PF_CLIENT_EAR_H
#define PF_CLIENT_EAR_H

#include "base/error.h"
#include "punktfunk/wire_datagram.h"

#include <stdbool.h>
#include <stdint.h>

#define PROBE_EAR_CHANNELS_MAX 8u

struct probe_ear;

struct probe_heard {
    unsigned channels;         /* 0: nothing was heard */
    uint64_t packets, damaged; /* damaged: not decodable */
    uint64_t missing;          /* gaps in the numbers */
    double seconds;            /* decoded */
    struct {
        double peak_dbfs, rms_dbfs; /* of the last second that was not silent; −∞ is −120 */
        double hz;                  /* of the tone in it, by its crossings of zero; 0: none */
    } channel[PROBE_EAR_CHANNELS_MAX];
};

/* `wav`: where to write 16-bit samples, NULL: nowhere. -EINVAL for channels that no host offers, -errno of
 * the file, -EIO. */
int probe_ear_create(unsigned channels, const char *wav, struct probe_ear **ret_ear, struct pf_error *err);
void probe_ear_hear(struct probe_ear *ear, const struct pf_audio_packet *packet);
/* Completes the file. */
struct probe_heard probe_ear_finish(struct probe_ear *ear);
void probe_ear_destroy(struct probe_ear *ear); /* NULL is allowed */

#endif
