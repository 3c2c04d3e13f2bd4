#include "base/time.h"

#include <errno.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * PF_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t pf_time_mono_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t pf_time_boot_ns(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

uint64_t pf_time_real_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t pf_time_thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void pf_time_sleep_until(uint64_t mono_ns)
{
    struct timespec ts = {
        .tv_sec = (time_t)(mono_ns / PF_NS_PER_S), .tv_nsec = (long)(mono_ns % PF_NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
        ;
}

struct pf_wall_clock pf_wall_clock_start(void)
{
    return (struct pf_wall_clock){.offset_ns = (int64_t)(pf_time_real_ns() - pf_time_mono_ns())};
}

uint64_t pf_wall_clock_from_mono(const struct pf_wall_clock *c, uint64_t mono_ns)
{
    return mono_ns + (uint64_t)c->offset_ns;
}

uint64_t pf_wall_clock_now(const struct pf_wall_clock *c)
{
    return pf_wall_clock_from_mono(c, pf_time_mono_ns());
}
