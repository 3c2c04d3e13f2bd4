/* The frame reader must find the same frames however the stream is cut. The first byte sets how. */
#include "fuzz.h"

#include "punktfunk/wire_common.h"

#include <string.h>

/* Order-dependent sum over all frames and the final result. */
struct digest {
    uint64_t hash;
    unsigned frames;
    int result;
};

static void take(struct digest *d, const uint8_t *payload, size_t len)
{
    d->hash = d->hash * 1099511628211u + len + 1;
    for (size_t i = 0; i < len; i++)
        d->hash = d->hash * 1099511628211u + payload[i];
    d->frames++;
}

static struct digest read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct pf_frame_reader r = {.max_frame = 4096};
    struct digest d = {0};
    for (size_t at = 0; at < size && d.result >= 0; at += piece) {
        const uint8_t *p = data + at, *payload;
        size_t left = size - at < piece ? size - at : piece, len;
        while ((d.result = pf_frame_reader_next(&r, &p, &left, &payload, &len)) > 0)
            take(&d, payload, len);
        FUZZ_ASSERT(d.result < 0 || left == 0);
    }
    FUZZ_ASSERT(d.result < 0 || pf_frame_reader_pending(&r) < PF_FRAME_PREFIX + 4096);
    pf_frame_reader_finish(&r);
    return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct digest whole = read_in_pieces(data + 1, size - 1, size);
    struct digest cut = read_in_pieces(data + 1, size - 1, 1 + data[0] % 31);
    FUZZ_ASSERT(whole.hash == cut.hash && whole.frames == cut.frames && whole.result == cut.result);
    return 0;
}
