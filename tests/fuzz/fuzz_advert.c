/* The TXT record of a stranger on the local network, and names out of one. */
#include "fuzz.h"

#include "net/advert.h"

#include <string.h>

static void check_record(const uint8_t *data, size_t size)
{
    struct pf_advert a, again;
    uint8_t first[PF_ADVERT_TXT_SIZE], second[PF_ADVERT_TXT_SIZE];
    if (pf_advert_read_txt(data, size, &a) < 0)
        return;
    size_t n = pf_advert_write_txt(&a, first);
    FUZZ_ASSERT(n <= sizeof(first));
    FUZZ_ASSERT(pf_advert_read_txt(first, n, &again) == 0);
    FUZZ_ASSERT(pf_advert_write_txt(&again, second) == n);
    FUZZ_ASSERT(memcmp(first, second, n) == 0);
}

static void check_name(const char *text, size_t size)
{
    char clean[PF_ADVERT_NAME_SIZE], again[PF_ADVERT_NAME_SIZE], target[PF_ADVERT_NAME_SIZE];
    pf_advert_clean(text, size, clean);
    FUZZ_ASSERT(strlen(clean) < sizeof(clean));
    FUZZ_ASSERT(strcmp(pf_advert_clean(clean, strlen(clean), again), clean) == 0);
    pf_advert_target(clean, target);
    FUZZ_ASSERT(target[0] && strlen(target) < sizeof(target));
    FUZZ_ASSERT(target[0] != '-' && target[0] != '.' && target[strlen(target) - 1] != '-');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_record(data, size);
    check_name((const char *)data, size);
    return 0;
}
