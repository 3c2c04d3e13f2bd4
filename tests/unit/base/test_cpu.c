#include "base/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../skip.h"

/* The kernel's list of features, with a space at both ends; NULL off x86. */
static char *kernel_flags(void)
{
    static char line[8192];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof(line) - 1, f)) {
        if (strncmp(line, "flags", 5))
            continue;
        line[strcspn(line, "\n")] = ' ';
        fclose(f);
        return strchr(line, ':') + 1;
    }
    if (f)
        fclose(f);
    return NULL;
}

static bool kernel_has(const char *flags, const char *name)
{
    char word[32];
    snprintf(word, sizeof(word), " %s ", name);
    return strstr(flags, word) != NULL;
}

static void agrees_with_the_kernel(void **state)
{
    static const struct {
        unsigned feature;
        const char *name;
    } known[] = {
        {PF_CPU_SSSE3, "ssse3"},
        {PF_CPU_AESNI, "aes"},
        {PF_CPU_PCLMULQDQ, "pclmulqdq"},
        {PF_CPU_AVX2, "avx2"},
        {PF_CPU_AVX512, "avx512bw"},
        {PF_CPU_GFNI, "gfni"},
        {PF_CPU_VAES, "vaes"},
        {PF_CPU_VPCLMULQDQ, "vpclmulqdq"},
    };
    const char *flags = kernel_flags();
    if (!flags) {
        skip_because("the kernel does not list x86 features");
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        assert_int_equal((pf_cpu_features() & known[i].feature) != 0, kernel_has(flags, known[i].name));
}

static void mask_hides_features(void **state)
{
    unsigned all = pf_cpu_features();
    pf_cpu_set_mask(~(unsigned)PF_CPU_AVX2);
    assert_int_equal(pf_cpu_features(), all & ~(unsigned)PF_CPU_AVX2);
    pf_cpu_set_mask(0);
    assert_int_equal(pf_cpu_features(), 0);
    pf_cpu_set_mask(~0u);
    assert_int_equal(pf_cpu_features(), all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_kernel),
        cmocka_unit_test(mask_hides_features),
    };
    unsetenv("PUNKTFUNK_CPU_MASK"); /* someone may be debugging with it */
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}
