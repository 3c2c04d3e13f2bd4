#include "base/cpu.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static unsigned detected;
static atomic_uint mask = ~0u;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void detect(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        detected |= PF_CPU_AVX2;
    if (__builtin_cpu_supports("gfni"))
        detected |= PF_CPU_GFNI;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        detected |= PF_CPU_AVX512;
    if (__builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul"))
        detected |= PF_CPU_AES;
#endif
    const char *wanted = getenv("PUNKTFUNK_CPU_MASK");
    if (wanted)
        detected &= (unsigned)strtoul(wanted, NULL, 0);
}

unsigned pf_cpu_features(void)
{
    pthread_once(&once, detect);
    return detected & atomic_load(&mask);
}

void pf_cpu_set_mask(unsigned m)
{
    atomic_store(&mask, m);
}
