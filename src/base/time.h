/* Clocks, all in nanoseconds. Deadlines are in monotonic time: it neither jumps when the clock is set nor
 * runs while the machine sleeps. Real time is for what people and files say (log, expiry of an access) and,
 * taken once for each session, for what goes on the wire. */
#ifndef PF_BASE_TIME_H
#define PF_BASE_TIME_H

#include <stdint.h>

#define PF_NS_PER_US 1000ull
#define PF_NS_PER_MS 1000000ull
#define PF_NS_PER_S  1000000000ull

/* CLOCK_MONOTONIC. */
uint64_t pf_time_mono_ns(void);

/* CLOCK_BOOTTIME: as monotonic time, but it goes on while the machine sleeps. For what must not outlive the
 * night. */
uint64_t pf_time_boot_ns(void);

/* CLOCK_REALTIME, nanoseconds since the Unix epoch. */
uint64_t pf_time_real_ns(void);

/* CPU time of the calling thread, for benchmarks. */
uint64_t pf_time_thread_cpu_ns(void);

/* Sleeps until the monotonic instant; returns at once if it has passed. */
void pf_time_sleep_until(uint64_t mono_ns);

/* A wall clock that never jumps: monotonic time plus the offset to real time taken when it was started.
 * One is started per session and used for every pts and clock echo of it (punktfunk1-data.md 2.3). */
struct pf_wall_clock {
    int64_t offset_ns; /* real − monotonic at the start */
};

struct pf_wall_clock pf_wall_clock_start(void);
uint64_t pf_wall_clock_now(const struct pf_wall_clock *c);
uint64_t pf_wall_clock_from_mono(const struct pf_wall_clock *c, uint64_t mono_ns);

#endif
