/* Cost of the whole send path: packetise, 20 % parity, seal, send over loopback. CPU time of the sending
 * thread; medians of the rounds. Loopback charges most of the receive path to the sender, so a real network
 * is cheaper.
 *
 *     bench_send_path [frame bytes] [parity percent]
 *
 * "drained" has a receiver on another core, "full buffer" nobody reading (the send path plus a drop).
 */
#include "bench.h"
#include "common.h"
#include "peer.h"

#include "punktfunk/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 7, ROUND_PACKETS = 40000, GROUP = 44 };

struct job {
    const uint8_t *frame;
    size_t len;
    unsigned percent;
    uint32_t frames; /* of a round */
};

/* What one round cost. */
struct cost {
    double cpu_ns, wall_ns, packets, payload;
};

static struct pf_packetiser *make_packetiser(struct pf_sealer *sealer)
{
    const struct pf_packetiser_config config = {.scheme = PF_FEC_GF16,
        .shard_bytes = BENCH_SHARD_BYTES,
        .max_block_data = PF_BLOCK_DATA_DEFAULT,
        .welcome_percent = 20,
        .sealer = sealer};
    struct pf_packetiser *p;
    bench_need(pf_packetiser_create(&config, &p), "packetiser");
    return p;
}

/* Builds the frames of a round and hands them to the socket, if there is one. */
static struct cost run_ours(const struct job *job, struct pf_packetiser *p, struct pf_media_socket *socket)
{
    struct cost cost = {0};
    uint64_t wall = pf_time_mono_ns(), cpu = pf_time_thread_cpu_ns();
    for (uint32_t i = 0; i < job->frames; i++) {
        const struct pf_packet_frame frame = {.data = job->frame,
            .len = job->len,
            .pts_ns = i,
            .user_flags = PF_FRAME_PIC,
            .parity_percent = job->percent};
        struct pf_packet_plan plan;
        struct pf_packet_group group;
        int rc;
        bench_need(pf_packetiser_begin(p, &frame, &plan), "begin");
        while ((rc = pf_packetiser_next(p, GROUP, &group)) > 0)
            if (socket)
                bench_need(pf_media_socket_send(socket, &group), "send");
        bench_need(rc, "next");
        cost.packets += plan.packets;
        cost.payload += (double)job->len;
    }
    cost.cpu_ns = (double)(pf_time_thread_cpu_ns() - cpu);
    cost.wall_ns = (double)(pf_time_mono_ns() - wall);
    return cost;
}

struct series {
    const char *name;
    double cpu[ROUNDS], wall[ROUNDS], gbit[ROUNDS];
    double packets_per_cpu_second; /* set by print */
};

static void note(struct series *s, unsigned round, struct cost c)
{
    s->cpu[round] = c.cpu_ns / c.packets;
    s->wall[round] = c.wall_ns / c.packets;
    s->gbit[round] = c.payload * 8 / c.cpu_ns;
}

static void print(struct series *s)
{
    double cpu = bench_median(s->cpu, ROUNDS);
    s->packets_per_cpu_second = 1e9 / cpu;
    printf("  %-34s %7.0f ns CPU/packet %7.0f ns wall/packet %7.2f Gbit/s of payload per core\n", s->name,
        cpu, bench_median(s->wall, ROUNDS), bench_median(s->gbit, ROUNDS));
}

/* What the receiver took so far, once it had time to take what is on its way. */
static uint64_t received(const struct bench_link *link)
{
    struct pf_media_stats stats;
    pf_time_sleep_until(pf_time_mono_ns() + 50 * PF_NS_PER_MS);
    pf_media_socket_stats(link->client, &stats);
    return stats.received;
}

static void run_link(const struct job *job, struct pf_packetiser *p, const uint8_t key[16], bool drained)
{
    struct series mine = {.name = drained ? "ours, drained" : "ours, full buffer"};
    struct series peer = {.name = drained ? "stand-in peer, drained" : "stand-in peer, full buffer"};
    struct bench_link link;
    struct bench_peer *other = bench_peer_create(key);
    bench_link_open(&link, drained);
    if (!drained) /* fill it */
        run_ours(job, p, link.host);
    double sent = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct cost own = run_ours(job, p, link.host);
        sent += own.packets;
        note(&mine, round, own);
        if (!other)
            continue;
        struct cost c = {0};
        uint64_t wall = pf_time_mono_ns(), cpu = pf_time_thread_cpu_ns();
        for (uint32_t i = 0; i < job->frames / 4; i++) {
            c.packets +=
                bench_peer_send(other, pf_media_socket_fd(link.host), job->frame, job->len, job->percent);
            c.payload += (double)job->len;
        }
        c.cpu_ns = (double)(pf_time_thread_cpu_ns() - cpu);
        c.wall_ns = (double)(pf_time_mono_ns() - wall);
        sent += c.packets;
        note(&peer, round, c);
    }
    print(&mine);
    if (other) {
        print(&peer);
        printf("  packets per CPU second against the peer: %.1f\n",
            mine.packets_per_cpu_second / peer.packets_per_cpu_second);
    }
    if (drained)
        printf("  delivered: %.1f %%\n", 100.0 * (double)received(&link) / sent);
    if (!pf_media_socket_uses_gso(link.host))
        printf("  (without segmentation offload)\n");
    bench_link_close(&link);
    bench_peer_destroy(other);
}

int main(int argc, char **argv)
{
    static const uint8_t key[16] = {7, 1, 3};
    struct job job = {.len = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000,
        .percent = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20};
    if (job.len == 0 || job.len > PF_FRAME_BYTES_MAX || job.percent > PF_PARITY_PERCENT_MAX) {
        fprintf(stderr, "usage: %s [frame bytes] [parity percent]\n", argv[0]);
        return 2;
    }
    uint8_t *bytes = malloc(job.len);
    for (size_t i = 0; i < job.len; i++)
        bytes[i] = (uint8_t)(i * i >> 5);
    job.frame = bytes;
    job.frames = (uint32_t)(ROUND_PACKETS / (job.len / BENCH_SHARD_BYTES + 1) + 4);

    const struct pf_seal_config seal = {.key = key};
    struct pf_sealer *sealer;
    bench_need(pf_sealer_create(&seal, &sealer), "sealer");
    struct pf_packetiser *sealed = make_packetiser(sealer), *plain = make_packetiser(NULL);
    const struct job no_parity = {.frame = bytes, .len = job.len, .frames = job.frames};
    struct series steps[] = {
        {.name = "headers and copies"}, {.name = "with parity"}, {.name = "with parity and sealing"}};
    for (unsigned round = 0; round < ROUNDS; round++) {
        note(&steps[0], round, run_ours(&no_parity, plain, NULL));
        note(&steps[1], round, run_ours(&job, plain, NULL));
        note(&steps[2], round, run_ours(&job, sealed, NULL));
    }
    printf("Frames of %zu bytes, %u %% parity, shards of %u bytes, sealing by %s\n", job.len, job.percent,
        BENCH_SHARD_BYTES, pf_sealer_backend(sealer));
    for (unsigned i = 0; i < 3; i++)
        print(&steps[i]);
    run_link(&job, sealed, key, true);
    run_link(&job, sealed, key, false);
    pf_packetiser_destroy(sealed);
    pf_packetiser_destroy(plain);
    pf_sealer_destroy(sealer);
    free(bytes);
    return 0;
}
