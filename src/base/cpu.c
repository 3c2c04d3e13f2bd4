#include "base/cpu.h"

#include "base/env.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned detected;
static _Atomic unsigned visible = ~0u;

#if defined(__x86_64__)
#include <cpuid.h>

/* Register state that the operating system saves (bits of XCR0). */
#define XCR0_AVX    0x06u /* XMM, YMM */
#define XCR0_AVX512 0xE6u /* and opmask, ZMM */

/* As machine code in inline form, because the intrinsic would need -mxsave for the whole file. */
static uint32_t xgetbv0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static unsigned detect(void)
{
    uint32_t a, b, c, d, b7 = 0, c7 = 0;
    unsigned found = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return 0;
    uint32_t saved = c & bit_OSXSAVE ? xgetbv0() : 0;
    bool avx = (saved & XCR0_AVX) == XCR0_AVX && (c & bit_AVX);
    bool avx512 = (saved & XCR0_AVX512) == XCR0_AVX512;
    found |= c & bit_SSSE3 ? PF_CPU_SSSE3 : 0;
    found |= c & bit_AES ? PF_CPU_AESNI : 0;
    found |= c & bit_PCLMUL ? PF_CPU_PCLMULQDQ : 0;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d))
        return found;

    const uint32_t wide = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    found |= avx && (b7 & bit_AVX2) ? PF_CPU_AVX2 : 0;
    found |= avx512 && (b7 & wide) == wide ? PF_CPU_AVX512 : 0;
    found |= c7 & bit_GFNI ? PF_CPU_GFNI : 0;
    found |= avx && (c7 & bit_VAES) ? PF_CPU_VAES : 0;
    found |= avx && (c7 & bit_VPCLMULQDQ) ? PF_CPU_VPCLMULQDQ : 0;
    return found;
}
#else
static unsigned detect(void)
{
    return 0;
}
#endif

static void initialise(void)
{
    detected = detect();
    const char *mask = pf_env_get("PUNKTFUNK_CPU_MASK");
    if (mask)
        atomic_store(&visible, (unsigned)strtoul(mask, NULL, 0));
}

unsigned pf_cpu_features(void)
{
    pthread_once(&once, initialise);
    return detected & atomic_load(&visible);
}

void pf_cpu_set_mask(unsigned mask)
{
    pthread_once(&once, initialise);
    atomic_store(&visible, mask);
}
