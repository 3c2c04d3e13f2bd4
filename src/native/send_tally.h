/* What the send thread did, for the log of PUNKTFUNK_PERF and the frame rate shown to people. */
#ifndef PF_NATIVE_SEND_TALLY_H
#define PF_NATIVE_SEND_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define PF_TALLY_SAMPLES 1024u /* per window; the rest of a longer window only counts */

struct pf_send_tally {
    uint64_t window_start_ns;
    uint64_t bytes, packets;
    unsigned units, at_once, paced; /* access units; sent in one go, spread over time */
    unsigned samples;
    uint32_t encode_us[PF_TALLY_SAMPLES], pace_us[PF_TALLY_SAMPLES];
};

void pf_send_tally_start(struct pf_send_tally *t, uint64_t mono_ns);

/* Notes one access unit: submit to finished, first to last packet handed to the kernel, sealed bytes. */
void pf_send_tally_add(
    struct pf_send_tally *t, uint64_t encode_ns, uint64_t pace_ns, size_t bytes, unsigned packets, int paced);

/* Writes one line of key=value fields; sorts the samples, so start a new window afterwards. */
void pf_send_tally_print(struct pf_send_tally *t, uint64_t mono_ns, char *out, size_t cap);

/* The smallest value that at least `percent` of the sorted ones do not exceed; 0 if there are none. */
uint32_t pf_percentile(const uint32_t *sorted, unsigned n, unsigned percent);

#endif
