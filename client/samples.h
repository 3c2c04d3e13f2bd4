/* Measurements and their percentiles. */
#ifndef PF_CLIENT_SAMPLES_H
#define PF_CLIENT_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe_samples {
    uint64_t *values;
    size_t count, cap;
    bool sorted;
};

void probe_samples_finish(struct probe_samples *s);
/* A sample that finds no memory is lost. */
void probe_samples_add(struct probe_samples *s, uint64_t value);
/* The value that `fraction` (0…1) of the samples do not exceed, roughly: element floor(count · fraction) in
 * order, as the first probe computed it, so that figures can be compared. 0 if there are none. Sorts. */
uint64_t probe_samples_at(struct probe_samples *s, double fraction);
uint64_t probe_samples_max(struct probe_samples *s);

/* Splits capture-to-received times into the host's part, which it tells later (0xCF), and the rest. The two
 * come by different sockets and in any order; the pts joins them. */
#define PROBE_SPLIT_PENDING 256

struct probe_split_ring {
    struct {
        uint64_t pts_ns, us;
    } slots[PROBE_SPLIT_PENDING]; /* the oldest is overwritten; pts 0: taken */
    size_t next;
};

struct probe_split {
    struct probe_split_ring received, told; /* those without a partner */
    struct probe_samples host_us, network_us;
};

void probe_split_received(struct probe_split *s, uint64_t pts_ns, uint64_t latency_us);
void probe_split_told(struct probe_split *s, uint64_t pts_ns, uint64_t host_us);
void probe_split_finish(struct probe_split *s);

#endif
