#include "gamestream/video/video_sender.h"

#include "base/log.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/time.h"
#include "gamestream/wire/video_packet.h"
#include "net/media_socket.h"
#include "net/pacer.h"
#include "session/stats_window.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_NS      (50 * PF_NS_PER_MS)
#define RTP_HZ       90000ull
#define LATENCY_UNIT (100 * PF_NS_PER_US)
#define RECORD_NS    PF_NS_PER_S

struct pf_gs_video {
    struct pf_gs_video_config config;
    struct pf_media_socket *socket;
    struct pf_signal *signal;
    struct pf_gs_packetiser *packetiser;
    struct pf_gs_gcm *gcm; /* NULL: in the clear */
    struct pf_queue queue;
    pthread_t thread;
    bool running; /* loop thread */
    atomic_bool stop;
    atomic_uint bitrate_kbps, parity_percent, skipped;

    pthread_mutex_t lock; /* the following */
    struct sockaddr_storage to;
    struct pf_gs_video_state state;
    struct pf_recorded_session recorded;

    /* the thread's own */
    struct pf_pace_rule rule;
    uint8_t *block; /* datagrams back to back, as they travel */
    size_t prefix, datagram;
    uint64_t counter; /* of sealed datagrams */
    uint64_t begun_ns;
    struct pf_sent_second second;
    uint32_t last_rtp;
    struct pf_stats_window window;
};

/* ---- one unit -------------------------------------------------------------------------------------------
 */

/* Builds the next block; returns its number of datagrams. */
static unsigned build_block(struct pf_gs_video *v)
{
    unsigned n = pf_gs_packetiser_block(v->packetiser, v->block + v->prefix, v->datagram);
    uint32_t frame = pf_gs_packetiser_frame_index(v->packetiser);
    for (unsigned i = 0; v->gcm && i < n; i++)
        pf_gs_video_seal(
            v->gcm, v->counter++, frame, v->block + i * v->datagram + v->prefix, v->datagram - v->prefix);
    return n;
}

static int send_some(struct pf_gs_video *v, unsigned first, unsigned count)
{
    const struct pf_packet_group group = {
        .data = v->block + first * v->datagram, .datagram_bytes = v->datagram, .count = count};
    pthread_mutex_lock(&v->lock);
    struct sockaddr_storage to = v->to;
    pthread_mutex_unlock(&v->lock);
    int rc = pf_media_socket_send_to(v->socket, &group, (const struct sockaddr *)&to);
    return rc < 0 ? rc : 0;
}

static int send_block(struct pf_gs_video *v, unsigned count, struct pf_pace *pace)
{
    for (unsigned sent = 0; sent < count && !atomic_load_explicit(&v->stop, memory_order_relaxed);) {
        unsigned n = pf_pace_chunk(pace);
        n = n && n < count - sent ? n : count - sent;
        int rc = send_some(v, sent, n);
        if (rc < 0)
            return rc;
        sent += n;
        uint64_t wake = pf_pace_sent(pace, n, pf_time_mono_ns());
        if (wake)
            pf_time_sleep_until(wake);
    }
    return 0;
}

/* The time of a frame must differ from that of the one before. */
static uint32_t rtp_time(struct pf_gs_video *v, uint64_t capture_ns)
{
    uint64_t since = capture_ns > v->begun_ns ? capture_ns - v->begun_ns : 0;
    uint32_t t = (uint32_t)(since / PF_NS_PER_US * RTP_HZ / 1000000);
    if ((int32_t)(t - v->last_rtp) <= 0)
        t = v->last_rtp + 1;
    v->last_rtp = t;
    return t;
}

/* What waited for the client to come would look slow. */
static uint16_t latency(const struct pf_gs_video *v, uint64_t capture_ns)
{
    uint64_t from = capture_ns > v->begun_ns ? capture_ns : v->begun_ns, now = pf_time_mono_ns();
    uint64_t units = now > from ? (now - from) / LATENCY_UNIT : 0;
    return units < 1 ? 1 : units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
}

static void count_unit(struct pf_gs_video *v, unsigned packets)
{
    pthread_mutex_lock(&v->lock);
    bool first = !v->state.started;
    v->state.started = true;
    v->state.units++;
    v->state.packets += packets;
    v->state.data_packets += pf_gs_packetiser_data(v->packetiser);
    v->state.bytes += packets * v->datagram;
    pthread_mutex_unlock(&v->lock);
    if (first)
        pf_signal_raise(v->signal);
}

static void count_second(struct pf_gs_video *v)
{
    struct pf_sent_figures figures;
    if (!pf_sent_second_tick(&v->second, pf_time_mono_ns(), &figures))
        return;
    pthread_mutex_lock(&v->lock);
    v->state.second = figures;
    pthread_mutex_unlock(&v->lock);
}

/* ---- recordings -----------------------------------------------------------------------------------------
 */

enum { STAGE_CAPTURE, STAGE_ENCODE, STAGE_PACKETIZE, STAGE_SEND };
static const char *const stages[] = {"capture", "encode", "packetize", "send", NULL};

/* Blocks are built between sends: `built_ns` is what all of it took. */
static void record_unit(struct pf_gs_video *v, const struct pf_access_unit *au, unsigned packets,
    uint64_t begun, uint64_t built_ns)
{
    struct pf_stats_window *w = &v->window;
    if (!au->repeat)
        pf_stats_window_value(w, STAGE_CAPTURE, au->capture_mono_ns, au->submit_mono_ns);
    pf_stats_window_value(w, STAGE_ENCODE, au->submit_mono_ns, au->encoded_mono_ns);
    pf_stats_window_value(w, STAGE_PACKETIZE, begun, begun + built_ns);
    pf_stats_window_value(w, STAGE_SEND, begun + built_ns, pf_time_mono_ns());
    pf_stats_window_unit(w, au->repeat, packets * v->datagram);
}

/* Also without units: that nothing was sent is worth a sample. */
static void record(struct pf_gs_video *v)
{
    if (!pf_stats_window_is_on(&v->window))
        return;
    pthread_mutex_lock(&v->lock);
    struct pf_recorded_session session = v->recorded;
    pthread_mutex_unlock(&v->lock);
    struct pf_media_stats media;
    pf_media_socket_stats(v->socket, &media);
    const struct pf_stats_counters counters = {.frames_dropped = atomic_load(&v->skipped),
        .packets_dropped = media.dropped,
        .send_dropped = media.dropped};
    pf_stats_window_tick(&v->window, pf_time_mono_ns(), &session, atomic_load(&v->bitrate_kbps), &counters);
}

static int send_unit(struct pf_gs_video *v, const struct pf_access_unit *au)
{
    uint64_t begun = pf_time_mono_ns(), built_ns = 0;
    const struct pf_gs_frame frame = {.data = au->data,
        .len = au->len,
        .type = au->idr      ? PF_GS_FRAME_IDR
                : au->anchor ? PF_GS_FRAME_RECOVERY
                             : PF_GS_FRAME_P,
        .rtp_time = rtp_time(v, au->capture_mono_ns),
        .latency_100us = latency(v, au->capture_mono_ns)};
    pf_gs_packetiser_set_parity(v->packetiser, atomic_load(&v->parity_percent));
    int blocks = pf_gs_packetiser_begin(v->packetiser, &frame);
    if (blocks < 0) {
        atomic_fetch_add(&v->skipped, 1);
        pf_log_warn("gamestream", "a picture of %zu bytes is too large for any client client=%s", au->len,
            v->config.label);
        pf_signal_raise(v->signal);
        return 0;
    }
    unsigned packets = pf_gs_packetiser_packets(v->packetiser);
    struct pf_pace pace;
    pf_pace_begin(&pace, &v->rule, packets, v->datagram, au->due_mono_ns, atomic_load(&v->bitrate_kbps));
    int rc = 0;
    for (int b = 0; b < blocks && rc == 0; b++) {
        uint64_t from = pf_time_mono_ns();
        unsigned n = build_block(v);
        built_ns += pf_time_mono_ns() - from;
        rc = send_block(v, n, &pace);
    }
    if (rc < 0)
        return rc;
    count_unit(v, packets);
    pf_sent_second_add(&v->second, au, packets * v->datagram, pf_time_mono_ns());
    if (pf_stats_window_is_on(&v->window))
        record_unit(v, au, packets, begun, built_ns);
    return 0;
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

static void run(void *arg)
{
    struct pf_gs_video *v = arg;
    int rc = 0;
    v->begun_ns = pf_time_mono_ns();
    pf_sent_second_start(&v->second, v->begun_ns);
    while (rc == 0 && !atomic_load(&v->stop)) {
        struct pf_access_unit *au = pf_queue_pop(&v->queue, pf_time_mono_ns() + IDLE_NS);
        record(v);
        count_second(v);
        if (!au)
            continue;
        rc = send_unit(v, au);
        pf_access_unit_return(au);
    }
    pf_queue_close(&v->queue); /* the feed must not wait for a thread that is gone */
    pthread_mutex_lock(&v->lock);
    v->state.ended = true;
    v->state.rc = rc;
    pthread_mutex_unlock(&v->lock);
    pf_signal_raise(v->signal);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void free_video(struct pf_gs_video *v)
{
    pf_gs_packetiser_destroy(v->packetiser);
    pf_gs_gcm_destroy(v->gcm);
    pf_queue_finish(&v->queue);
    pthread_mutex_destroy(&v->lock);
    free(v->block);
    free(v);
}

static int make_parts(struct pf_gs_video *v)
{
    const struct pf_gs_packetiser_config config = {.packet_size = v->config.packet_size,
        .parity_percent = v->config.parity_percent,
        .min_parity = v->config.min_parity};
    int rc = pf_gs_packetiser_create(&config, &v->packetiser);
    if (rc == 0 && v->config.sealed)
        rc = pf_gs_gcm_create(v->config.key, &v->gcm);
    explicit_bzero(v->config.key, sizeof(v->config.key));
    if (rc < 0)
        return rc;
    v->prefix = v->gcm ? PF_GS_VIDEO_SEAL_PREFIX : 0;
    v->datagram = v->prefix + pf_gs_packetiser_datagram_len(v->packetiser);
    v->block = calloc(PF_GS_VIDEO_SHARDS_MAX, v->datagram);
    return v->block ? 0 : -ENOMEM;
}

int pf_gs_video_create(const struct pf_gs_video_config *config, struct pf_media_socket *socket,
    struct pf_signal *signal, struct pf_gs_video **ret_video)
{
    struct pf_gs_video *v = calloc(1, sizeof(*v));
    if (!v)
        return -ENOMEM;
    v->config = *config;
    v->socket = socket;
    v->signal = signal;
    v->rule = pf_pace_rule_from_env();
    v->recorded = config->recorded;
    pf_stats_window_init(&v->window, config->recorder, stages, RECORD_NS);
    atomic_init(&v->bitrate_kbps, config->bitrate_kbps);
    atomic_init(&v->parity_percent, config->parity_percent);
    pthread_mutex_init(&v->lock, NULL);
    int rc = pf_queue_init(&v->queue, PF_GS_VIDEO_QUEUE);
    if (rc == 0)
        rc = make_parts(v);
    if (rc < 0)
        free_video(v);
    else
        *ret_video = v;
    return rc;
}

int pf_gs_video_send_to(struct pf_gs_video *v, const struct sockaddr_storage *to)
{
    pthread_mutex_lock(&v->lock);
    v->to = *to;
    pthread_mutex_unlock(&v->lock);
    if (v->running || atomic_load(&v->stop))
        return 0;
    int rc = pf_thread_start(&v->thread, "send", PF_THREAD_SEND, run, v);
    v->running = rc == 0;
    return rc;
}

bool pf_gs_video_is_running(const struct pf_gs_video *v)
{
    return v->running;
}

int pf_gs_video_push(struct pf_gs_video *v, struct pf_access_unit *au)
{
    return pf_queue_push(&v->queue, au);
}

void pf_gs_video_set_bitrate(struct pf_gs_video *v, uint32_t kbps)
{
    atomic_store(&v->bitrate_kbps, kbps);
}

void pf_gs_video_set_parity(struct pf_gs_video *v, unsigned percent)
{
    atomic_store(&v->parity_percent, percent);
}

void pf_gs_video_state(struct pf_gs_video *v, struct pf_gs_video_state *ret_state)
{
    pthread_mutex_lock(&v->lock);
    *ret_state = v->state;
    pthread_mutex_unlock(&v->lock);
}

void pf_gs_video_set_mode(struct pf_gs_video *v, const struct pf_mode *mode)
{
    pthread_mutex_lock(&v->lock);
    v->recorded.width = mode->width;
    v->recorded.height = mode->height;
    v->recorded.fps = (mode->refresh_mhz + 500) / 1000;
    pthread_mutex_unlock(&v->lock);
}

uint32_t pf_gs_video_skipped(struct pf_gs_video *v)
{
    return atomic_load(&v->skipped);
}

void pf_gs_video_stop(struct pf_gs_video *v)
{
    atomic_store(&v->stop, true);
    pf_queue_close(&v->queue);
    if (v->running)
        return;
    pthread_mutex_lock(&v->lock);
    v->state.ended = true;
    pthread_mutex_unlock(&v->lock);
}

void pf_gs_video_destroy(struct pf_gs_video *v)
{
    if (!v)
        return;
    pf_gs_video_stop(v);
    if (v->running)
        pthread_join(v->thread, NULL);
    struct pf_access_unit *au;
    while ((au = pf_queue_pop(&v->queue, 0)))
        pf_access_unit_return(au);
    free_video(v);
}
