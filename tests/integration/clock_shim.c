/* Preloaded into a program, this moves its clocks: CLOCK_REALTIME and CLOCK_BOOTTIME are ahead by what the
 * file named by PF_CLOCK_SHIM says, two 64-bit numbers of nanoseconds that a test may change at any time.
 * CLOCK_MONOTONIC is left alone, as by the kernel when the clock is set or the machine sleeps. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ll

static const _Atomic int64_t none[2];
static const _Atomic int64_t *ahead = none; /* real time, time since boot */
static int (*real_clock_gettime)(clockid_t id, struct timespec *ts);

__attribute__((constructor)) static void load(void)
{
    const char *path = getenv("PF_CLOCK_SHIM");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(none), PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        fprintf(stderr, "clock_shim: PF_CLOCK_SHIM names no readable file\n");
        _exit(127);
    }
    close(fd);
    ahead = map;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    if (!real_clock_gettime)
        real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real_clock_gettime(id, ts);
    int64_t by = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? atomic_load(&ahead[0])
                 : id == CLOCK_BOOTTIME                              ? atomic_load(&ahead[1])
                                                                     : 0;
    if (rc || !by)
        return rc;
    int64_t ns = (int64_t)ts->tv_sec * NS_PER_S + ts->tv_nsec + by;
    ts->tv_sec = ns / NS_PER_S;
    ts->tv_nsec = ns % NS_PER_S;
    return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec ts;
    int rc = clock_gettime(CLOCK_REALTIME, &ts);
    (void)zone;
    *tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
    return rc;
}

time_t time(time_t *ret)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (ret)
        *ret = ts.tv_sec;
    return ts.tv_sec;
}
