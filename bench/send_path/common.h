/* What the benchmarks of the send path share. */
#ifndef PF_BENCH_COMMON_H
#define PF_BENCH_COMMON_H

#include "net/media_socket.h"

#include <pthread.h>
#include <stdatomic.h>

#define BENCH_SHARD_BYTES 1408u

/* Ends the program with the sentence if rc is negative. */
void bench_need(int rc, const char *what);

/* Two connected sockets on 127.0.0.1 and, if asked for, a thread that reads what arrives. */
struct bench_link {
    struct pf_media_socket *host, *client;
    bool drain;
    pthread_t thread;
    atomic_bool stop;
};

void bench_link_open(struct bench_link *link, bool drain);
void bench_link_close(struct bench_link *link);

#endif
