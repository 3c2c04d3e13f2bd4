#include "native/sender.h"

#include "base/env.h"
#include "base/queue.h"
#include "base/thread.h"
#include "native/send_tally.h"
#include "net/media_socket.h"
#include "net/pacer.h"
#include "punktfunk/packet.h"
#include "punktfunk/wire.h"
#include "session/stats_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMINGS_MAX = 64, /* not read yet by the loop; the oldest give way */
    PROBE_GROUP = 44, /* datagrams per send of a speed test */
};

#define IDLE_NS       (50 * PF_NS_PER_MS)
#define PROBE_WAIT_NS (200 * PF_NS_PER_US)
/* Clients count what arrives until 60 ms after the result; video in there would flatter the link. */
#define PROBE_SETTLE_NS (75 * PF_NS_PER_MS)
#define PERF_NS         (2 * PF_NS_PER_S)
#define RECORD_NS       (2 * PF_NS_PER_S)

/* What the thread leaves for the loop. */
struct news {
    pthread_mutex_t lock;
    struct pf_sender_news timings[TIMINGS_MAX]; /* a ring */
    unsigned first, count;
    bool started, probed, ended;
    struct pf_probe_result probe;
    int rc;
    struct pf_sender_stats stats;
};

struct pf_sender {
    struct pf_sender_config config;
    struct pf_media_socket *socket;
    struct pf_signal *signal;
    struct pf_sealer *sealer;
    struct pf_packetiser *packetiser;
    struct pf_queue queue;
    pthread_t thread;
    bool running; /* loop thread */

    atomic_bool stop;
    atomic_uint fec_percent, bitrate_kbps;
    atomic_uint_least64_t mode;  /* width << 32 | height << 16 | rate, for recordings */
    atomic_uint_least64_t probe; /* kbps << 32 | ms; 0: none asked for */

    struct news news;

    /* the thread's own */
    struct pf_pace_rule rule;
    uint64_t begun_mono_ns; /* nothing could be sent before */
    uint64_t last_pts_ns;
    struct pf_sent_second second;
    bool perf;
    struct pf_send_tally tally;
    struct pf_stats_window window;
};

/* ---- news -----------------------------------------------------------------------------------------------
 */

static void tell_started(struct pf_sender *s)
{
    pthread_mutex_lock(&s->news.lock);
    s->news.started = true;
    pthread_mutex_unlock(&s->news.lock);
    pf_signal_raise(s->signal);
}

static void tell_timing(struct pf_sender *s, const struct pf_sender_news *timing)
{
    struct news *n = &s->news;
    pthread_mutex_lock(&n->lock);
    n->timings[(n->first + n->count) % TIMINGS_MAX] = *timing;
    if (n->count < TIMINGS_MAX)
        n->count++;
    else
        n->first = (n->first + 1) % TIMINGS_MAX;
    pthread_mutex_unlock(&n->lock);
    pf_signal_raise(s->signal);
}

static void tell_probed(struct pf_sender *s, const struct pf_probe_result *result)
{
    pthread_mutex_lock(&s->news.lock);
    s->news.probed = true;
    s->news.probe = *result;
    pthread_mutex_unlock(&s->news.lock);
    pf_signal_raise(s->signal);
}

static void tell_ended(struct pf_sender *s, int rc)
{
    pthread_mutex_lock(&s->news.lock);
    s->news.ended = true;
    s->news.rc = rc;
    pthread_mutex_unlock(&s->news.lock);
    pf_signal_raise(s->signal);
}

static bool take_timing_locked(struct news *n, struct pf_sender_news *ret_news)
{
    if (!n->count)
        return false;
    *ret_news = n->timings[n->first];
    n->first = (n->first + 1) % TIMINGS_MAX;
    n->count--;
    return true;
}

bool pf_sender_next(struct pf_sender *s, struct pf_sender_news *ret_news)
{
    struct news *n = &s->news;
    bool got = true;
    pthread_mutex_lock(&n->lock);
    if (n->started) {
        *ret_news = (struct pf_sender_news){.kind = PF_SENDER_STARTED};
        n->started = false;
    } else if (take_timing_locked(n, ret_news)) {
    } else if (n->probed) {
        *ret_news = (struct pf_sender_news){.kind = PF_SENDER_PROBED, .probe = n->probe};
        n->probed = false;
    } else if (n->ended) {
        *ret_news = (struct pf_sender_news){.kind = PF_SENDER_ENDED, .rc = n->rc};
        n->ended = false;
    } else {
        got = false;
    }
    pthread_mutex_unlock(&n->lock);
    return got;
}

/* ---- access units ---------------------------------------------------------------------------------------
 */

/* Sends the frame that was begun, paced if `pace` is not NULL. Returns 0 or why the stream cannot go on. */
static int send_frame(struct pf_sender *s, unsigned group_max, struct pf_pace *pace)
{
    struct pf_packet_group group;
    unsigned want = group_max;
    while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        if (pace && !(want = pf_pace_chunk(pace)))
            return 0;
        int rc = pf_packetiser_next(s->packetiser, want, &group);
        if (rc <= 0)
            return rc;
        rc = pf_media_socket_send(s->socket, &group);
        if (rc < 0)
            return rc;
        uint64_t wake = pace ? pf_pace_sent(pace, group.count, pf_time_mono_ns()) : 0;
        if (wake)
            pf_time_sleep_until(wake);
    }
    return 0;
}

/* Clients age frames by pts. So it must rise even when a repeated picture was stamped after a fresh one was
 * captured, and what waited for the client's punch must not look old beside the first live frame. */
static uint64_t rising_pts(struct pf_sender *s, uint64_t capture_mono_ns)
{
    uint64_t mono = capture_mono_ns > s->begun_mono_ns ? capture_mono_ns : s->begun_mono_ns;
    uint64_t pts = pf_wall_clock_from_mono(&s->config.clock, mono);
    if (pts <= s->last_pts_ns)
        pts = s->last_pts_ns + 1;
    s->last_pts_ns = pts;
    return pts;
}

static uint32_t us_between(uint64_t from_ns, uint64_t to_ns)
{
    uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / PF_NS_PER_US : 0;
    return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static void count_unit(struct pf_sender *s)
{
    struct pf_media_stats media;
    struct pf_packetiser_stats sealed;
    pf_media_socket_stats(s->socket, &media);
    pf_packetiser_stats(s->packetiser, &sealed);

    pthread_mutex_lock(&s->news.lock);
    struct pf_sender_stats *stats = &s->news.stats;
    stats->units++;
    stats->packets = sealed.packets;
    stats->bytes = sealed.bytes;
    stats->dropped = media.dropped;
    pthread_mutex_unlock(&s->news.lock);
}

static void count_second(struct pf_sender *s, uint64_t now)
{
    struct pf_sent_figures figures;
    if (!pf_sent_second_tick(&s->second, now, &figures))
        return;
    pthread_mutex_lock(&s->news.lock);
    s->news.stats.second = figures;
    pthread_mutex_unlock(&s->news.lock);
}

static void report(struct pf_sender *s, uint64_t now)
{
    char fields[256];
    if (!s->perf || now - s->tally.window_start_ns < PERF_NS)
        return;
    pf_send_tally_print(&s->tally, now, fields, sizeof(fields));
    pf_log_info("perf", "sent client=%s %s dropped=%llu fec=%u%%", s->config.label, fields,
        (unsigned long long)s->news.stats.dropped, atomic_load(&s->fec_percent));
    pf_send_tally_start(&s->tally, now);
}

/* ---- recordings ---- */

enum { STAGE_QUEUE, STAGE_ENCODE, STAGE_SEND };
static const char *const stages[] = {"queue", "encode", "send", NULL};

static void record_unit(struct pf_sender *s, const struct pf_access_unit *au,
    const struct pf_packet_plan *plan, uint64_t begun, uint64_t now)
{
    struct pf_stats_window *w = &s->window;
    if (!au->repeat)
        pf_stats_window_value(w, STAGE_QUEUE, au->capture_mono_ns, au->submit_mono_ns);
    pf_stats_window_value(w, STAGE_ENCODE, au->submit_mono_ns, au->encoded_mono_ns);
    pf_stats_window_value(w, STAGE_SEND, begun, now);
    pf_stats_window_unit(w, au->repeat, plan->packets * plan->datagram_bytes);
}

/* Also without units: that nothing was sent is worth a sample. */
static void record(struct pf_sender *s, uint64_t now)
{
    if (!pf_stats_window_is_on(&s->window))
        return;
    struct pf_recorded_session session = s->config.recorded;
    uint64_t mode = atomic_load(&s->mode);
    session.width = (uint32_t)(mode >> 32);
    session.height = (uint32_t)(mode >> 16) & 0xffff;
    session.fps = (uint32_t)mode & 0xffff;
    struct pf_media_stats media;
    pf_media_socket_stats(s->socket, &media);
    const struct pf_stats_counters counters = {
        .packets_dropped = media.dropped, .send_dropped = media.dropped};
    pf_stats_window_tick(&s->window, now, &session, atomic_load(&s->bitrate_kbps), &counters);
}

static void after_unit(struct pf_sender *s, const struct pf_access_unit *au,
    const struct pf_packet_plan *plan, const struct pf_pace *pace, uint64_t pts, uint64_t begun)
{
    uint64_t now = pf_time_mono_ns();
    bool first = s->news.stats.units == 0;
    count_unit(s);
    pf_sent_second_add(&s->second, au, plan->packets * plan->datagram_bytes, now);
    if (s->perf)
        pf_send_tally_add(&s->tally, au->encoded_mono_ns - au->submit_mono_ns, now - begun,
            plan->packets * plan->datagram_bytes, plan->packets,
            pace->budget_ns && pace->packets > pace->burst);
    if (pf_stats_window_is_on(&s->window))
        record_unit(s, au, plan, begun, now);
    if (first)
        tell_started(s);
    if (!s->config.host_timing)
        return;
    struct pf_sender_news sent = {.kind = PF_SENDER_SENT,
        .sent = {.pts_ns = pts,
            .host_us = us_between(pts, pf_wall_clock_from_mono(&s->config.clock, now)),
            .queue_us = us_between(au->capture_mono_ns, au->submit_mono_ns),
            .encode_us = us_between(au->submit_mono_ns, au->encoded_mono_ns),
            .pace_us = us_between(au->encoded_mono_ns, now)}};
    tell_timing(s, &sent);
}

static int send_unit(struct pf_sender *s, const struct pf_access_unit *au)
{
    uint64_t begun = pf_time_mono_ns();
    uint64_t pts = rising_pts(s, au->capture_mono_ns);
    struct pf_packet_frame frame = {.data = au->data,
        .len = au->len,
        .pts_ns = pts,
        .user_flags =
            PF_FRAME_PIC | (au->idr ? PF_FRAME_IDR : 0) | (au->anchor ? PF_FRAME_RECOVERY_ANCHOR : 0),
        .parity_percent = atomic_load(&s->fec_percent)};
    struct pf_packet_plan plan;
    int rc = pf_packetiser_begin(s->packetiser, &frame, &plan);
    if (rc < 0)
        return rc;
    struct pf_pace pace;
    pf_pace_begin(
        &pace, &s->rule, plan.packets, plan.datagram_bytes, au->due_mono_ns, atomic_load(&s->bitrate_kbps));
    rc = send_frame(s, 0, &pace);
    if (rc == 0)
        after_unit(s, au, &plan, &pace, pts, begun);
    return rc;
}

/* ---- speed test (punktfunk1-control.md 6.9) -------------------------------------------------------------
 */

static int send_filler(struct pf_sender *s, const uint8_t *zeros, size_t len)
{
    struct pf_packet_frame frame = {.data = zeros,
        .len = len,
        .pts_ns = rising_pts(s, pf_time_mono_ns()),
        .user_flags = PF_FRAME_PROBE,
        .parity_percent = atomic_load(&s->fec_percent)};
    struct pf_packet_plan plan;
    int rc = pf_packetiser_begin(s->packetiser, &frame, &plan);
    return rc < 0 ? rc : send_frame(s, PROBE_GROUP, NULL);
}

static int run_speed_test(struct pf_sender *s, uint32_t kbps, uint32_t duration_ms)
{
    static const uint8_t zeros[16384];
    struct pf_media_stats before, after;
    struct pf_probe_result result = {0};
    size_t chunk = pf_speed_test_chunk(kbps);
    uint64_t start = pf_time_mono_ns(), elapsed;
    int rc = 0;

    pf_media_socket_stats(s->socket, &before);
    while (rc == 0 && !atomic_load(&s->stop) &&
           (elapsed = pf_time_mono_ns() - start) < duration_ms * PF_NS_PER_MS) {
        if (result.bytes >= elapsed / PF_NS_PER_US * kbps / 8000) {
            pf_time_sleep_until(start + elapsed + PROBE_WAIT_NS);
            continue;
        }
        rc = send_filler(s, zeros, chunk);
        result.bytes += chunk;
        result.units++;
    }
    pf_media_socket_stats(s->socket, &after);
    result.duration_ms = (uint32_t)((pf_time_mono_ns() - start) / PF_NS_PER_MS);
    result.packets_sent = (uint32_t)(after.sent - before.sent);
    result.packets_dropped = (uint32_t)(after.dropped - before.dropped);
    tell_probed(s, &result);
    if (rc == 0 && !atomic_load(&s->stop))
        pf_time_sleep_until(pf_time_mono_ns() + PROBE_SETTLE_NS);
    return rc;
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

static int turn(struct pf_sender *s)
{
    uint64_t probe = atomic_exchange(&s->probe, 0);
    if (probe)
        return run_speed_test(s, (uint32_t)(probe >> 32), (uint32_t)probe);
    uint64_t now = pf_time_mono_ns();
    struct pf_access_unit *au = pf_queue_pop(&s->queue, now + IDLE_NS);
    pf_media_socket_drain(s->socket);
    report(s, now);
    record(s, now);
    count_second(s, now);
    if (!au)
        return pf_queue_is_closed(&s->queue) ? 1 : 0;
    int rc = send_unit(s, au);
    pf_access_unit_return(au);
    return rc;
}

static void run(void *arg)
{
    struct pf_sender *s = arg;
    int rc = 0;
    s->begun_mono_ns = pf_time_mono_ns();
    pf_sent_second_start(&s->second, s->begun_mono_ns);
    pf_send_tally_start(&s->tally, s->begun_mono_ns);
    while (rc == 0 && !atomic_load(&s->stop))
        rc = turn(s);
    /* The source must not wait for a thread that is gone. */
    pf_queue_close(&s->queue);
    tell_ended(s, rc < 0 ? rc : 0);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int make_packetiser(struct pf_sender *s)
{
    struct pf_seal_config seal = {.cipher = PF_WIRE_CIPHER_AES128_GCM,
        .sender = PF_SEAL_FROM_HOST,
        .key = s->config.key,
        .backend = PF_SEAL_AUTO};
    memcpy(seal.salt, s->config.salt, sizeof(seal.salt));
    int rc = pf_sealer_create(&seal, &s->sealer);
    if (rc < 0)
        return rc;
    struct pf_packetiser_config config = {.scheme = PF_FEC_GF16,
        .shard_bytes = s->config.shard_payload,
        .max_block_data = PF_BLOCK_DATA_DEFAULT,
        .welcome_percent = s->config.fec_percent,
        .probe_numbers = s->config.own_probe_frames,
        .sealer = s->sealer};
    return pf_packetiser_create(&config, &s->packetiser);
}

static void free_sender(struct pf_sender *s)
{
    pf_packetiser_destroy(s->packetiser);
    pf_sealer_destroy(s->sealer);
    pf_queue_finish(&s->queue);
    pthread_mutex_destroy(&s->news.lock);
    explicit_bzero(s->config.key, sizeof(s->config.key));
    free(s);
}

int pf_sender_create(const struct pf_sender_config *config, struct pf_media_socket *socket,
    struct pf_signal *signal, struct pf_sender **ret_sender)
{
    struct pf_sender *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->config = *config;
    s->socket = socket;
    s->signal = signal;
    s->rule = pf_pace_rule_from_env();
    s->perf = pf_env_get("PUNKTFUNK_PERF") != NULL;
    atomic_init(&s->fec_percent, config->fec_percent);
    atomic_init(&s->bitrate_kbps, config->bitrate_kbps);
    const struct pf_recorded_session *recorded = &config->recorded;
    atomic_init(&s->mode, (uint64_t)recorded->width << 32 | recorded->height << 16 | recorded->fps);
    pf_stats_window_init(&s->window, config->recorder, stages, RECORD_NS);
    pthread_mutex_init(&s->news.lock, NULL);
    int rc = pf_queue_init(&s->queue, PF_SENDER_QUEUE);
    if (rc == 0)
        rc = make_packetiser(s);
    if (rc < 0) {
        free_sender(s);
        return rc;
    }
    *ret_sender = s;
    return 0;
}

int pf_sender_start(struct pf_sender *s)
{
    int rc = pf_thread_start(&s->thread, "send", PF_THREAD_SEND, run, s);
    s->running = rc == 0;
    return rc;
}

int pf_sender_push(struct pf_sender *s, struct pf_access_unit *au)
{
    return pf_queue_push(&s->queue, au);
}

void pf_sender_set_fec(struct pf_sender *s, unsigned percent)
{
    atomic_store(&s->fec_percent, percent);
}

void pf_sender_set_bitrate(struct pf_sender *s, uint32_t kbps)
{
    atomic_store(&s->bitrate_kbps, kbps);
}

void pf_sender_set_mode(struct pf_sender *s, const struct pf_mode *mode)
{
    uint64_t fps = (mode->refresh_mhz + 500) / 1000;
    atomic_store(&s->mode, (uint64_t)mode->width << 32 | (mode->height & 0xffff) << 16 | (fps & 0xffff));
}

void pf_sender_probe(struct pf_sender *s, uint32_t kbps, uint32_t duration_ms)
{
    atomic_store(&s->probe, (uint64_t)kbps << 32 | duration_ms);
}

void pf_sender_stats(struct pf_sender *s, struct pf_sender_stats *ret_stats)
{
    pthread_mutex_lock(&s->news.lock);
    *ret_stats = s->news.stats;
    pthread_mutex_unlock(&s->news.lock);
}

void pf_sender_finish(struct pf_sender *s)
{
    pf_queue_close(&s->queue);
}

void pf_sender_stop(struct pf_sender *s)
{
    atomic_store(&s->stop, true);
    pf_queue_close(&s->queue);
}

void pf_sender_destroy(struct pf_sender *s)
{
    if (!s)
        return;
    if (s->running)
        pthread_join(s->thread, NULL);
    pf_queue_close(&s->queue);
    struct pf_access_unit *au;
    while ((au = pf_queue_pop(&s->queue, 0)))
        pf_access_unit_return(au);
    pf_media_socket_close(s->socket);
    free_sender(s);
}
