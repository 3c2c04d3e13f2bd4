/* Hello, Welcome and Start: what decodes must encode, and the encoding must mean the same. */
#include "fuzz.h"

#include "punktfunk/wire_handshake.h"

#include <string.h>

static void hello(const uint8_t *data, size_t size)
{
    struct pf_hello m, again;
    uint8_t first[PF_HELLO_MAX], second[PF_HELLO_MAX];
    if (pf_hello_decode(data, size, &m) != 0)
        return;
    int n = pf_hello_encode(&m, first, sizeof(first));
    FUZZ_ASSERT(n >= 26);
    FUZZ_ASSERT(pf_hello_decode(first, (size_t)n, &again) == 0);
    FUZZ_ASSERT(pf_hello_encode(&again, second, sizeof(second)) == n);
    FUZZ_ASSERT(memcmp(first, second, (size_t)n) == 0);

    char name[PF_NAME_MAX + 1];
    FUZZ_ASSERT(pf_name_sanitise(m.name, m.name_len, NULL, name) == strlen(name));
}

static void welcome(enum pf_wire_level level, const uint8_t *data, size_t size)
{
    struct pf_welcome m, again;
    uint8_t first[PF_WELCOME_MAX], second[PF_WELCOME_MAX];
    if (pf_welcome_decode(level, data, size, &m) != 0)
        return;
    int n = pf_welcome_encode(&m, first, sizeof(first));
    FUZZ_ASSERT(n >= (int)PF_WELCOME_BASELINE_LEN);
    FUZZ_ASSERT(pf_welcome_decode(level, first, (size_t)n, &again) == 0);
    FUZZ_ASSERT(pf_welcome_encode(&again, second, sizeof(second)) == n);
    FUZZ_ASSERT(memcmp(first, second, (size_t)n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t port;
    char name[PF_NAME_MAX + 1];
    hello(data, size);
    welcome(PF_WIRE_BASELINE, data, size);
    welcome(PF_WIRE_V31, data, size);
    pf_start_decode(data, size, &port);
    pf_wire_family_of(data, size);
    size_t n = pf_name_sanitise((const char *)data, size, NULL, name);
    FUZZ_ASSERT(n >= 1 && n <= PF_NAME_MAX && name[n] == '\0');
    return 0;
}
