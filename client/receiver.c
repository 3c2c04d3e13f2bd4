#include "client/receiver.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "client/recovery.h"
#include "net/media_socket.h"
#include "punktfunk/seal.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "receiver"

/* Punches: 15 every 200 ms, then every 2 s (punktfunk1-control.md 2.1). */
#define PUNCH_FAST       15
#define PUNCH_FAST_NS    (200 * PF_NS_PER_MS)
#define PUNCH_SLOW_NS    (2 * PF_NS_PER_S)
#define LATENCY_LIMIT_NS ((int64_t)(10 * PF_NS_PER_S)) /* beyond: another clock, no latency */
#define POLL_MS          10

struct probe_receiver {
    struct probe_receiver_config config;
    struct pf_opener *opener;
    struct pf_reassembler *reassembler;
    struct probe_viewer *viewer; /* NULL for a synthetic stream */
    FILE *out, *latencies;       /* NULL: not asked for */
    struct probe_drop drop;
    struct probe_recovery recovery;
    unsigned punches;
    uint64_t next_punch_ns;
    pthread_t thread;
    bool running;
    atomic_bool stop;

    struct probe_receiver_stats live; /* receiving thread */

    pthread_mutex_t lock;              /* guards what follows */
    struct probe_receiver_stats stats; /* `live` as of the last turn */
    struct probe_samples latency_us;
    struct probe_split split;
};

static bool is_synthetic(const struct probe_receiver *r)
{
    return r->config.welcome->frames > 0;
}

/* Notes when the frame was captured and when it came, both in the host's clock, which is known to half a
 * round trip only: what seems to come before its capture took no time. */
static void note_latency(struct probe_receiver *r, uint64_t pts_ns, uint64_t received_ns)
{
    int64_t ns = (int64_t)(received_ns - pts_ns);
    if (ns >= LATENCY_LIMIT_NS || ns <= -LATENCY_LIMIT_NS)
        return;
    uint64_t us = ns > 0 ? (uint64_t)ns / PF_NS_PER_US : 0;
    probe_samples_add(&r->latency_us, us);
    if (r->latencies) /* a line: when it came (CLOCK_MONOTONIC, ns) and its latency (us) */
        fprintf(r->latencies, "%llu %llu\n", (unsigned long long)pf_time_mono_ns(), (unsigned long long)us);
    probe_split_received(&r->split, pts_ns, us);
}

static bool content_is_right(const struct pf_received_frame *f)
{
    if (f->len < 4)
        return false;
    uint32_t index = (uint32_t)f->data[0] | (uint32_t)f->data[1] << 8 | (uint32_t)f->data[2] << 16 |
                     (uint32_t)f->data[3] << 24;
    return pf_synthetic_check(index, f->data, f->len);
}

static void note_frame(struct probe_receiver *r, const struct pf_received_frame *f, uint64_t received_ns)
{
    uint64_t now = pf_time_mono_ns();
    bool right = !is_synthetic(r) || content_is_right(f);
    struct probe_receiver_stats *s = &r->live;
    s->frames++;
    s->bytes += f->len;
    s->idr_frames += (f->user_flags & PF_FRAME_IDR) != 0;
    s->anchor_frames += (f->user_flags & PF_FRAME_RECOVERY_ANCHOR) != 0;
    s->restored_frames += f->restored > 0;
    s->mismatched += !right;
    s->last_frame_mono_ns = now;
    if (!s->first_frame_mono_ns)
        s->first_frame_mono_ns = now;
    pthread_mutex_lock(&r->lock);
    note_latency(r, f->pts_ns, received_ns);
    pthread_mutex_unlock(&r->lock);
}

static void write_out(struct probe_receiver *r, const struct pf_received_frame *f)
{
    if (!r->out || fwrite(f->data, 1, f->len, r->out) == f->len)
        return;
    pf_log_error(SCOPE, "%s cannot be written: %s", r->config.options->out, strerror(errno));
    fclose(r->out);
    r->out = NULL;
    r->live.write_failed = true;
}

static void take_frame(struct probe_receiver *r, const struct pf_received_frame *f)
{
    uint64_t received_ns = pf_time_real_ns() + (uint64_t)r->config.clock_offset_ns;
    probe_recovery_frame(&r->recovery, f->frame_index, f->user_flags, pf_time_mono_ns());
    if (f->user_flags & PF_FRAME_PROBE) { /* filler of a speed test: the packets are what counts */
        r->live.probe_frames++;
        return;
    }
    note_frame(r, f, received_ns);
    write_out(r, f);
    if (r->viewer && probe_viewer_wants(r->viewer)) {
        const struct probe_unit unit = {.data = f->data,
            .len = f->len,
            .frame_index = f->frame_index,
            .pts_ns = f->pts_ns,
            .received_ns = received_ns,
            .idr = (f->user_flags & PF_FRAME_IDR) != 0,
            .heals = (f->user_flags & (PF_FRAME_IDR | PF_FRAME_RECOVERY_ANCHOR)) != 0,
            .damaged = r->recovery.frozen};
        probe_viewer_push(r->viewer, &unit);
    }
}

static void take_datagram(void *user, uint8_t *datagram, size_t len)
{
    struct probe_receiver *r = user;
    struct pf_received_frame frame;
    uint8_t *plain = datagram;
    size_t plain_len = len;
    r->live.datagrams++;
    if (probe_drop_next(&r->drop))
        return;
    if (r->opener && pf_opener_open(r->opener, datagram, len, &plain, &plain_len) < 0) {
        r->live.refused++;
        return;
    }
    probe_parity_log_packet(&r->live.parity, plain, plain_len);
    if (pf_reassembler_push(r->reassembler, plain, plain_len, &frame) > 0)
        take_frame(r, &frame);
}

static void punch(struct probe_receiver *r, uint64_t now)
{
    if (now < r->next_punch_ns)
        return;
    int e = pf_media_socket_punch(r->config.socket);
    if (e < 0)
        r->live.broken = e;
    r->next_punch_ns = now + (++r->punches < PUNCH_FAST ? PUNCH_FAST_NS : PUNCH_SLOW_NS);
}

static void publish(struct probe_receiver *r)
{
    pthread_mutex_lock(&r->lock);
    r->stats = r->live;
    pthread_mutex_unlock(&r->lock);
}

static void ask(struct probe_receiver *r, uint64_t now)
{
    uint32_t first, last;
    enum probe_ask what;
    while ((what = probe_recovery_poll(&r->recovery, now, &first, &last)) != PROBE_ASK_NOTHING) {
        if (what == PROBE_ASK_KEYFRAME)
            r->config.ask_keyframe(r->config.user);
        else
            r->config.ask_repair(r->config.user, first, last);
    }
}

/* What is due once in each turn. */
static void look_after(struct probe_receiver *r)
{
    uint64_t now = pf_time_mono_ns();
    punch(r, now);
    pf_reassembler_stats(r->reassembler, &r->live.packets);
    probe_recovery_dropped(&r->recovery, r->live.packets.frames_dropped, now);
    ask(r, now);
    r->live.dropped_on_purpose = r->drop.dropped;
    r->live.keyframes_asked = r->recovery.requests;
    r->live.repairs_asked = r->recovery.repair_requests;
    r->live.frames_lost =
        r->recovery.lost > r->live.packets.frames_dropped ? r->recovery.lost : r->live.packets.frames_dropped;
    publish(r);
}

static void run(void *arg)
{
    struct probe_receiver *r = arg;
    struct pollfd p = {.fd = pf_media_socket_fd(r->config.socket), .events = POLLIN};
    look_after(r); /* the first punch is what the host waits for */
    while (!atomic_load(&r->stop) && r->live.broken == 0) {
        poll(&p, 1, POLL_MS);
        int n = pf_media_socket_receive(r->config.socket, take_datagram, r);
        if (n < 0)
            r->live.broken = n;
        look_after(r);
    }
    publish(r);
    if (r->live.broken)
        pf_log_error(SCOPE, "the data socket is broken: %s", strerror(-r->live.broken));
}

static int open_crypto(struct probe_receiver *r, struct pf_error *err)
{
    const struct pf_welcome *w = r->config.welcome;
    struct pf_seal_config seal = {.cipher = (enum pf_wire_cipher)w->cipher,
        .sender = PF_SEAL_FROM_HOST,
        .key = w->cipher == PF_WIRE_CIPHER_CHACHA20_POLY1305 ? w->chacha_key : w->key};
    memcpy(seal.salt, w->salt, sizeof(seal.salt));
    int e = w->encrypt ? pf_opener_create(&seal, &r->opener) : 0;
    return e < 0 ? pf_error_set(err, e, "the stream cannot be decrypted: %s", strerror(-e)) : 0;
}

static int open_reassembler(struct probe_receiver *r, struct pf_error *err)
{
    const struct pf_welcome *w = r->config.welcome;
    const struct pf_reassembler_config config = {.scheme = (enum pf_fec_scheme)w->fec_scheme,
        .max_block_data = w->max_data_per_block,
        .max_frame_bytes = pf_reassembler_frame_limit(w->bitrate_kbps, w->refresh),
        .min_shard_bytes = w->shard_payload < 512 ? w->shard_payload : 0};
    int e = pf_reassembler_create(&config, &r->reassembler);
    return e < 0 ? pf_error_set(err, e, "the host offers a packet layout that cannot be: %s", strerror(-e))
                 : 0;
}

static int open_file(const char *path, FILE **ret_file, struct pf_error *err)
{
    *ret_file = path ? fopen(path, "wb") : NULL;
    return !path || *ret_file ? 0
                              : pf_error_set(err, -errno, "%s cannot be written: %s", path, strerror(errno));
}

static int open_outputs(struct probe_receiver *r, struct pf_error *err)
{
    const struct probe_options *o = r->config.options;
    int e = open_file(o->log_latency, &r->latencies, err);
    if (e < 0 || is_synthetic(r))
        return e;
    e = open_file(o->out, &r->out, err);
    return e < 0 ? e : probe_viewer_create(o, r->config.welcome->codec, &r->viewer, err);
}

int probe_receiver_start(
    const struct probe_receiver_config *config, struct probe_receiver **ret_receiver, struct pf_error *err)
{
    struct probe_receiver *r = calloc(1, sizeof(*r));
    if (!r)
        return pf_error_set(err, -ENOMEM, "out of memory");
    r->config = *config;
    r->drop = (struct probe_drop){.percent = config->options->drop.percent,
        .burst = config->options->drop.burst,
        .every = config->options->drop.every,
        .state = (uint64_t)config->options->drop.seed};
    r->recovery.repairs = config->options->repair;
    pthread_mutex_init(&r->lock, NULL);
    int e = open_crypto(r, err);
    if (e == 0)
        e = open_reassembler(r, err);
    if (e == 0)
        e = open_outputs(r, err);
    if (e < 0)
        goto fail;
    e = pf_thread_start(&r->thread, "receive", PF_THREAD_SEND, run, r);
    if (e < 0) {
        pf_error_set(err, e, "the receiving thread cannot start: %s", strerror(-e));
        goto fail;
    }
    r->running = true;
    *ret_receiver = r;
    return 0;
fail:
    probe_receiver_destroy(r);
    return e;
}

void probe_receiver_stop(struct probe_receiver *r)
{
    if (r->running) {
        atomic_store(&r->stop, true);
        pthread_join(r->thread, NULL);
        r->running = false;
    }
    if (r->viewer)
        r->stats.viewer = probe_viewer_destroy(r->viewer);
    r->viewer = NULL;
    if (r->out && fclose(r->out) != 0)
        r->stats.write_failed = true;
    r->out = NULL;
    if (r->latencies && fclose(r->latencies) != 0)
        r->stats.write_failed = true;
    r->latencies = NULL;
}

void probe_receiver_destroy(struct probe_receiver *r)
{
    if (!r)
        return;
    probe_receiver_stop(r);
    pf_reassembler_destroy(r->reassembler);
    pf_opener_destroy(r->opener);
    probe_samples_finish(&r->latency_us);
    probe_split_finish(&r->split);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

struct probe_receiver_stats probe_receiver_stats(struct probe_receiver *r)
{
    pthread_mutex_lock(&r->lock);
    struct probe_receiver_stats s = r->stats;
    pthread_mutex_unlock(&r->lock);
    if (r->viewer)
        s.viewer = probe_viewer_stats(r->viewer);
    return s;
}

void probe_receiver_host_timing(struct probe_receiver *r, uint64_t pts_ns, uint64_t host_us)
{
    pthread_mutex_lock(&r->lock);
    probe_split_told(&r->split, pts_ns, host_us);
    pthread_mutex_unlock(&r->lock);
}

struct probe_samples *probe_receiver_latency(struct probe_receiver *r)
{
    return &r->latency_us;
}

struct probe_split *probe_receiver_split(struct probe_receiver *r)
{
    return &r->split;
}
