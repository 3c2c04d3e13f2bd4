/* QUIC datagrams. */
#include "fuzz.h"

#include "punktfunk/wire_datagram.h"

#include <string.h>

static void check(enum pf_wire_level level, const uint8_t *data, size_t size)
{
    static uint8_t first[70000], second[70000];
    struct pf_datagram m, again;
    if (size > sizeof(first) - 64 || pf_datagram_decode(level, data, size, &m) != 0)
        return;
    int n = pf_datagram_encode(&m, first, sizeof(first));
    FUZZ_ASSERT(n > 0);
    FUZZ_ASSERT(pf_datagram_decode(level, first, (size_t)n, &again) == 0);
    FUZZ_ASSERT(again.tag == m.tag && again.kind == m.kind);
    FUZZ_ASSERT(pf_datagram_encode(&again, second, sizeof(second)) == n);
    FUZZ_ASSERT(memcmp(first, second, (size_t)n) == 0);
    if (m.tag == PF_DATAGRAM_INPUT && m.input.kind == PF_INPUT_PAD_STATE) {
        struct pf_pad_state s = pf_pad_state_of(&m.input);
        struct pf_input_event e = pf_pad_state_event(&s);
        FUZZ_ASSERT(
            e.code == m.input.code && e.x == m.input.x && e.y == m.input.y && e.flags == m.input.flags);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(PF_WIRE_BASELINE, data, size);
    check(PF_WIRE_V31, data, size);
    return 0;
}
