/* Typed messages of the control stream. */
#include "fuzz.h"

#include "punktfunk/wire_control.h"

#include <string.h>

static void check(enum pf_wire_level level, const uint8_t *data, size_t size)
{
    static uint8_t first[70000], second[70000];
    struct pf_control m, again;
    if (pf_control_decode(level, data, size, &m) != 0)
        return;
    int n = pf_control_encode(&m, first, sizeof(first));
    FUZZ_ASSERT(n > 0);
    FUZZ_ASSERT(pf_control_decode(level, first, (size_t)n, &again) == 0);
    FUZZ_ASSERT(again.type == m.type);
    FUZZ_ASSERT(pf_control_encode(&again, second, sizeof(second)) == n);
    FUZZ_ASSERT(memcmp(first, second, (size_t)n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(PF_WIRE_BASELINE, data, size);
    check(PF_WIRE_V31, data, size);
    return 0;
}
