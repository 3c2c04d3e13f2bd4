#include "peer.h"

#include "common.h"

#include "punktfunk/packet.h"

#include <endian.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifdef PF_HAVE_RS_SIMD

enum { PLAIN = PF_PACKET_HEADER + BENCH_SHARD_BYTES, BATCH = 64 };

void *rs_simd_create(size_t data, size_t parity, size_t bytes);
void rs_simd_destroy(void *rs);
void rs_simd_encode(void *rs, const uint8_t *data, uint8_t *parity);

/* Made for frames of one length; everything is kept from frame to frame. */
struct bench_peer {
    gnutls_aead_cipher_hd_t aead;
    uint64_t seq;
    uint32_t frame_index, stream_seq;
    void *rs;
    unsigned k, m;
    uint8_t *shards; /* k data, then m parity */
    struct mmsghdr messages[BATCH];
    struct iovec iov[BATCH];
    uint8_t plain[PLAIN];
    uint8_t datagrams[BATCH][PLAIN + PF_SEAL_OVERHEAD];
};

struct bench_peer *bench_peer_create(const uint8_t key[16])
{
    const gnutls_datum_t datum = {(unsigned char *)key, 16};
    struct bench_peer *p = calloc(1, sizeof(*p));
    if (!p || gnutls_aead_cipher_init(&p->aead, GNUTLS_CIPHER_AES_128_GCM, &datum) < 0)
        abort();
    for (unsigned i = 0; i < BATCH; i++) {
        p->iov[i] = (struct iovec){p->datagrams[i], sizeof(p->datagrams[i])};
        p->messages[i].msg_hdr = (struct msghdr){.msg_iov = &p->iov[i], .msg_iovlen = 1};
    }
    return p;
}

void bench_peer_destroy(struct bench_peer *p)
{
    if (!p)
        return;
    gnutls_aead_cipher_deinit(p->aead);
    if (p->rs)
        rs_simd_destroy(p->rs);
    free(p->shards);
    free(p);
}

static void prepare(struct bench_peer *p, size_t len, unsigned percent)
{
    if (p->shards)
        return;
    p->k = (unsigned)((len + BENCH_SHARD_BYTES - 1) / BENCH_SHARD_BYTES);
    p->m = (p->k * percent + 99) / 100;
    p->shards = calloc(p->k + p->m, BENCH_SHARD_BYTES);
    if (p->m)
        p->rs = rs_simd_create(p->k, p->m, BENCH_SHARD_BYTES);
}

static void seal(struct bench_peer *p, unsigned shard, const struct pf_packet_header *h, uint8_t *datagram)
{
    uint8_t nonce[12] = {0};
    uint64_t prefix = htobe64(p->seq++);
    size_t out = PLAIN + PF_SEAL_TAG;
    memcpy(datagram, &prefix, sizeof(prefix));
    memcpy(nonce + 4, &prefix, sizeof(prefix));
    pf_packet_header_write(h, p->plain);
    memcpy(p->plain + PF_PACKET_HEADER, p->shards + (size_t)shard * BENCH_SHARD_BYTES, BENCH_SHARD_BYTES);
    bench_need(gnutls_aead_cipher_encrypt(p->aead, nonce, sizeof(nonce), datagram, PF_SEAL_PREFIX,
                   PF_SEAL_TAG, p->plain, PLAIN, datagram + PF_SEAL_PREFIX, &out),
        "gnutls");
}

unsigned bench_peer_send(struct bench_peer *p, int fd, const uint8_t *frame, size_t len, unsigned percent)
{
    prepare(p, len, percent);
    memcpy(p->shards, frame, len);
    if (p->rs)
        rs_simd_encode(p->rs, p->shards, p->shards + (size_t)p->k * BENCH_SHARD_BYTES);
    struct pf_packet_header h = {.frame_index = p->frame_index++,
        .frame_bytes = (uint32_t)len,
        .user_flags = PF_FRAME_PIC,
        .block_count = 1,
        .data_shards = (uint16_t)p->k,
        .recovery_shards = (uint16_t)p->m,
        .shard_bytes = BENCH_SHARD_BYTES,
        .magic = PF_PACKET_MAGIC,
        .version = PF_PACKET_VERSION,
        .fec_scheme = PF_FEC_GF16,
        .flags = PF_PACKET_PIC};
    unsigned batch = 0;
    for (unsigned i = 0; i < p->k + p->m; i++) {
        h.stream_seq = p->stream_seq++;
        h.shard_index = (uint16_t)i;
        seal(p, i, &h, p->datagrams[batch++]);
        if (batch < BATCH && i + 1 < p->k + p->m)
            continue;
        sendmmsg(fd, p->messages, batch, 0); /* what does not fit is lost, as in a stream */
        batch = 0;
    }
    return p->k + p->m;
}

#else

struct bench_peer *bench_peer_create(const uint8_t key[16])
{
    return NULL;
}

void bench_peer_destroy(struct bench_peer *peer)
{
}

unsigned bench_peer_send(struct bench_peer *peer, int fd, const uint8_t *frame, size_t len, unsigned percent)
{
    return 0;
}

#endif
