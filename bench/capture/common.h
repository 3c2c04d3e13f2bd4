/* What the capture benchmarks share: a display of ours, a window that moves on it, our capture of it, and the
 * CPU time of a peer that takes the same output. Everything ends the program with a sentence when it fails.
 */
#ifndef PF_BENCH_CAPTURE_COMMON_H
#define PF_BENCH_CAPTURE_COMMON_H

#include "display/display.h"

#include <sys/types.h>

enum { BENCH_FRAMES_MAX = 20000, BENCH_CAPTURE_ROUNDS = 3 };

struct bench_result {
    double copy_us[BENCH_FRAMES_MAX];      /* presented → our thread knows */
    double hand_over_us[BENCH_FRAMES_MAX]; /* our thread knows → the encoder's thread has it */
    int frames;
    unsigned allocations; /* of our own objects, warm-up excluded */
    double ours[BENCH_CAPTURE_ROUNDS],
        theirs[BENCH_CAPTURE_ROUNDS]; /* CPU in percent of one core; negative: did not run */
};

_Noreturn void bench_die(const char *what, const char *why);

/* Runs this program again inside `desktop` (tests/integration/with-…) unless it is there: then returns. */
void bench_run_inside(const char *desktop, char **argv);

/* Makes a 1920x1080@60 display, shows a window on it that changes with every picture (by the name that
 * `name_of` gives the output there; NULL: the output's own), and measures, in turns with the command that
 * `peer_of` writes. */
struct bench_capture {
    const char *(*name_of)(const struct pf_output *output);
    /* Fills argv (NULL-terminated, at most 16) with the peer's command, which runs until SIGINT. */
    void (*peer_of)(const struct pf_output *output, const char *argv[16]);
};
void bench_capture_run(const struct bench_capture *b, unsigned seconds, struct bench_result *r);

/* To be called by what the linker leads there: the message about frame number `sequence` is here now. */
void bench_note_delivery(uint64_t sequence);

/* Prints the last line: CPU of both, median of the rounds. */
void bench_print_cpu(struct bench_result *r, const char *peer);

/* Sorts the values. */
double bench_percentile(double *values, int n, double p);

#endif
