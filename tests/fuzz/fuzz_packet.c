/* The data plane of a client: a stream of datagrams into the reassembler, plain or through an opener.
 *
 * Input: a mode byte, then records of u16 LE length and that many bytes. Mode bit 0: GF(2^8) instead of
 * GF(2^16); bit 1: the records are sealed datagrams; bit 2: probe frames have their own numbers; bit 3: tiny
 * blocks. */
#include "fuzz.h"

#include "base/bytes.h"
#include "punktfunk/packet.h"
#include "punktfunk/wire_handshake.h"

static const uint8_t key[16] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

#define FRAME_MAX (1u << 20)

static void header(const uint8_t *data, size_t len)
{
    struct pf_packet_header h;
    uint8_t again[PF_PACKET_HEADER];
    if (pf_packet_header_read(data, len, &h) != 0)
        return;
    pf_packet_header_write(&h, again);
    FUZZ_ASSERT(memcmp(data, again, sizeof(again)) == 0);
}

static struct pf_opener *make_opener(void)
{
    const struct pf_seal_config config = {.cipher = PF_WIRE_CIPHER_AES128_GCM,
        .sender = PF_SEAL_FROM_HOST,
        .key = key,
        .salt = {0xa0, 0xb1, 0xc2, 0xd3}};
    struct pf_opener *opener = NULL;
    FUZZ_ASSERT(pf_opener_create(&config, &opener) == 0);
    return opener;
}

/* Opens a copy; 0 and the plain bytes, or negative. */
static int open_copy(
    struct pf_opener *opener, const uint8_t *record, size_t len, const uint8_t **ret, size_t *ret_len)
{
    static uint8_t work[65536];
    uint8_t *plain;
    memcpy(work, record, len);
    int r = pf_opener_open(opener, work, len, &plain, ret_len);
    *ret = plain;
    return r;
}

static void push(struct pf_reassembler *r, const uint8_t *packet, size_t len)
{
    struct pf_received_frame f;
    int done = pf_reassembler_push(r, packet, len, &f);
    FUZZ_ASSERT(done == 0 || done == 1 || done < 0);
    if (done != 1)
        return;
    FUZZ_ASSERT(f.len <= FRAME_MAX);
    static volatile uint8_t sum; /* touches every byte, for the sanitizer */
    for (size_t i = 0; i < f.len; i++)
        sum = sum ^ f.data[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pf_reader in = pf_reader_of(data, size);
    uint8_t mode = pf_read_u8(&in);
    struct pf_opener *opener = mode & 2 ? make_opener() : NULL;
    const struct pf_reassembler_config config = {.scheme = mode & 1 ? PF_FEC_GF8 : PF_FEC_GF16,
        .max_block_data = mode & 8   ? 2
                          : mode & 1 ? 128
                                     : 4096,
        .min_shard_bytes = 2,
        .max_frame_bytes = FRAME_MAX,
        .probe_numbers = mode & 4};
    struct pf_reassembler *r;
    FUZZ_ASSERT(pf_reassembler_create(&config, &r) == 0);
    while (in.left > 0) {
        size_t len = pf_read_u16le(&in);
        const uint8_t *record = pf_read_bytes(&in, len);
        if (!record)
            break;
        header(record, len);
        if (!opener || open_copy(opener, record, len, &record, &len) == 0)
            push(r, record, len);
    }
    struct pf_reassembler_stats stats;
    pf_reassembler_stats(r, &stats);
    FUZZ_ASSERT(stats.frames_completed <= stats.packets + stats.probe_packets);
    pf_reassembler_destroy(r);
    pf_opener_destroy(opener);
    return 0;
}
