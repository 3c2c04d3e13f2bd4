/* Measuring: thread CPU time of two or more candidates, taken in turns, reported as medians. */
#ifndef PF_BENCH_BENCH_H
#define PF_BENCH_BENCH_H

#include "base/time.h"

#include <stdlib.h>

#define BENCH_ROUNDS 31

struct bench_candidate {
    void (*run)(void *user);
    void *user;
    double median_ns; /* of one run */
};

static int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double bench_median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof(*values), bench_compare);
    return values[n / 2];
}

/* Runs every candidate in turns, each turn about 2 ms long, and fills median_ns. */
static inline void bench_compare_all(struct bench_candidate *candidates, int count)
{
    static double samples[8][BENCH_ROUNDS];
    int repeats[8];
    for (int c = 0; c < count; c++) {
        uint64_t start = pf_time_thread_cpu_ns(), spent;
        repeats[c] = 0;
        do {
            candidates[c].run(candidates[c].user);
            repeats[c]++;
        } while ((spent = pf_time_thread_cpu_ns() - start) < 2000000);
    }
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        for (int c = 0; c < count; c++) {
            uint64_t start = pf_time_thread_cpu_ns();
            for (int i = 0; i < repeats[c]; i++)
                candidates[c].run(candidates[c].user);
            samples[c][round] = (double)(pf_time_thread_cpu_ns() - start) / repeats[c];
        }
    }
    for (int c = 0; c < count; c++)
        candidates[c].median_ns = bench_median(samples[c], BENCH_ROUNDS);
}

#endif
