/* A row of packets with 64-byte shards through the reassembler. The first byte is the block size less one. */
#include "fuzz.h"

#include "punktfunk/packet.h"

#define PACKET    (PF_PACKET_HEADER + 64u)
#define FRAME_MAX 65536u

/* Every byte of a frame must be there to read. */
static uint64_t sum(const uint8_t *data, size_t len)
{
    uint64_t s = len;
    for (size_t i = 0; i < len; i++)
        s = s * 31 + data[i];
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const struct pf_reassembler_config config = {.scheme = PF_FEC_GF16,
        .max_block_data = 1u + data[0],
        .min_shard_bytes = 2,
        .max_frame_bytes = FRAME_MAX};
    struct pf_reassembler *r;
    struct pf_reassembler_stats s;
    uint64_t packets = 0, frames = 0, sums = 0;
    FUZZ_ASSERT(pf_reassembler_create(&config, &r) == 0);
    for (size_t at = 1; at < size; at += PACKET, packets++) {
        struct pf_received_frame frame;
        int rc = pf_reassembler_push(r, data + at, size - at < PACKET ? size - at : PACKET, &frame);
        FUZZ_ASSERT(rc == 0 || rc == 1);
        if (rc == 0)
            continue;
        FUZZ_ASSERT(frame.len <= FRAME_MAX);
        sums |= sum(frame.data, frame.len) | 1;
        frames++;
    }
    pf_reassembler_stats(r, &s);
    FUZZ_ASSERT(s.packets == packets && s.packets_dropped <= packets);
    FUZZ_ASSERT(s.frames_completed == frames && s.frames_completed + s.frames_dropped <= packets);
    FUZZ_ASSERT((sums != 0) == (frames != 0));
    FUZZ_ASSERT(s.late_shards <= s.restored_shards);
    pf_reassembler_destroy(r);
    return 0;
}
