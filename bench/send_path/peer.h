/* A stand-in for the usual way to write such a sender: the Rust crate reed-solomon-simd for parity, one
 * GnuTLS call per packet, plain sendmmsg of 64 datagrams. */
#ifndef PF_BENCH_PEER_H
#define PF_BENCH_PEER_H

#include <stddef.h>
#include <stdint.h>

struct bench_peer;

/* NULL if the crate's wrapper was not built. */
struct bench_peer *bench_peer_create(const uint8_t key[16]);
/* NULL is allowed. */
void bench_peer_destroy(struct bench_peer *peer);

/* Sends one frame on the connected socket; returns the number of packets. */
unsigned bench_peer_send(struct bench_peer *peer, int fd, const uint8_t *frame, size_t len, unsigned percent);

#endif
