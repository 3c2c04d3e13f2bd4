/* Pairing messages, and the SPAKE2 element inside them. */
#include "fuzz.h"

#include "punktfunk/pake.h"
#include "punktfunk/wire_pairing.h"

#include <string.h>

/* A host meets the element: it must give a key or refuse it, and keep no secret. */
static void exchange(const uint8_t *element, size_t len)
{
    static const uint8_t scalar[32] = {7};
    const struct pf_spake2 wiped = {0};
    struct pf_spake2 s;
    uint8_t key[PF_SPAKE2_KEY_LEN];
    FUZZ_ASSERT(pf_spake2_start_with_scalar(&s, PF_SPAKE2_HOST, "0000", 4, "c", 1, "h", 1, scalar) == 0);
    int r = pf_spake2_finish(&s, element, len, key);
    FUZZ_ASSERT(r == 0 || r < 0);
    FUZZ_ASSERT(memcmp(&s, &wiped, sizeof(s)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[70000];
    struct pf_pairing_message m, again;
    if (pf_pairing_decode(data, size, &m) != 0)
        return 0;
    if (m.type == PF_PAIRING_REQUEST) {
        FUZZ_ASSERT(m.request.name[m.request.name_len] == '\0');
        exchange(m.request.spake, m.request.spake_len);
        if (m.request.name_len > PF_NAME_MAX) /* a repaired name may be too long to send */
            return 0;
    }
    int n = pf_pairing_encode(&m, out, sizeof(out));
    FUZZ_ASSERT(n > 0);
    FUZZ_ASSERT(pf_pairing_decode(out, (size_t)n, &again) == 0);
    FUZZ_ASSERT(again.type == m.type);
    return 0;
}
