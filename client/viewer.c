#include "client/viewer.h"

#include "base/log.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/time.h"
#include "client/picture.h"
#include "punktfunk/wire_handshake.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "viewer"
#define DEPTH 256 /* units that may wait */

/* A copied unit; the bytes follow, padded as libavcodec wants. */
struct job {
    struct probe_unit unit;
    uint8_t data[];
};

struct probe_viewer {
    const struct probe_options *options;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *picture, *last; /* last: kept for a screenshot at the end */
    FILE *colors;
    struct pf_queue queue;
    bool queue_ready;
    pthread_t thread;
    atomic_bool done_looking; /* nothing more to decode for */
    bool wait_idr;            /* receiving thread: units before the next IDR are useless */

    uint64_t start_mono_ns; /* first unit: the time base of --screenshot-at */
    int64_t last_color;
    bool screenshot_done; /* written, or impossible */
    pthread_mutex_t lock;
    struct probe_viewer_stats stats; /* under lock */
};

static enum AVCodecID codec_id(uint8_t codec)
{
    return codec == PF_WIRE_CODEC_H264   ? AV_CODEC_ID_H264
           : codec == PF_WIRE_CODEC_HEVC ? AV_CODEC_ID_HEVC
                                         : AV_CODEC_ID_AV1;
}

/* Reasons to decode on after the first picture. */
static bool wants_all(const struct probe_options *o)
{
    return o->decode || o->watch.wanted || o->log_colors;
}

static void note_failure(struct probe_viewer *v, const struct pf_error *err)
{
    pf_log_error(SCOPE, "%s", err->text);
    pthread_mutex_lock(&v->lock);
    v->stats.failed = true;
    pthread_mutex_unlock(&v->lock);
}

static void write_screenshot(struct probe_viewer *v, const AVFrame *picture)
{
    struct pf_error err;
    v->screenshot_done = true; /* what failed once fails again */
    if (probe_picture_write_png(picture, v->options->screenshot, &err) < 0) {
        note_failure(v, &err);
        return;
    }
    pthread_mutex_lock(&v->lock);
    v->stats.screenshot_written = true;
    pthread_mutex_unlock(&v->lock);
}

static void take_screenshot(struct probe_viewer *v, uint64_t now_mono_ns)
{
    double at = (double)(now_mono_ns - v->start_mono_ns) / 1e9;
    if (!v->options->screenshot || v->screenshot_done)
        return;
    if (isinf(v->options->screenshot_at_s)) {
        av_frame_unref(v->last);
        av_frame_ref(v->last, v->picture);
    } else if (at >= v->options->screenshot_at_s) {
        write_screenshot(v, v->picture);
    }
}

static void look_at_color(struct probe_viewer *v, const struct probe_unit *u, uint64_t now_mono_ns)
{
    const struct probe_options *o = v->options;
    if (!v->colors && !o->watch.wanted)
        return;
    long x = o->watch.centre ? v->picture->width / 2 : o->watch.x;
    long y = o->watch.centre ? v->picture->height / 2 : o->watch.y;
    int64_t color = probe_picture_color(v->picture, x, y);
    if (color < 0)
        return;
    if (v->colors)
        fprintf(v->colors, "%" PRIu64 " %06" PRIx64 " %u %" PRIu64 " %" PRIu64 " %s\n", now_mono_ns, color,
            u->frame_index, u->pts_ns, u->received_ns, u->damaged ? "damaged" : "intact");
    if (o->watch.wanted && color != v->last_color) {
        printf("color %06" PRIx64 " frame=%u pts_ns=%" PRIu64 " received_ns=%" PRIu64 " mono_ns=%" PRIu64
               "\n",
            color, u->frame_index, u->pts_ns, u->received_ns, now_mono_ns);
        fflush(stdout);
    }
    v->last_color = color;
}

static void look_at_picture(struct probe_viewer *v, const struct probe_unit *u)
{
    uint64_t now = pf_time_mono_ns();
    pthread_mutex_lock(&v->lock);
    v->stats.pictures++;
    v->stats.width = (uint32_t)v->picture->width;
    v->stats.height = (uint32_t)v->picture->height;
    if (!v->stats.first_picture_mono_ns)
        v->stats.first_picture_mono_ns = now;
    pthread_mutex_unlock(&v->lock);
    look_at_color(v, u, now);
    if (!u->damaged)
        take_screenshot(v, now);
    if ((!v->options->screenshot || v->screenshot_done) && !wants_all(v->options))
        atomic_store(&v->done_looking, true);
}

static void decode(struct probe_viewer *v, struct job *job)
{
    v->packet->data = job->data;
    v->packet->size = (int)job->unit.len;
    int r = avcodec_send_packet(v->decoder, v->packet);
    while (r >= 0 && (r = avcodec_receive_frame(v->decoder, v->picture)) >= 0) {
        look_at_picture(v, &job->unit);
        av_frame_unref(v->picture);
    }
    if (r < 0 && r != AVERROR(EAGAIN)) {
        pthread_mutex_lock(&v->lock);
        v->stats.errors++;
        v->stats.errors_since_healed++;
        pthread_mutex_unlock(&v->lock);
    }
}

static void forget_errors(struct probe_viewer *v)
{
    pthread_mutex_lock(&v->lock);
    v->stats.errors_since_healed = 0;
    pthread_mutex_unlock(&v->lock);
}

static void run(void *arg)
{
    struct probe_viewer *v = arg;
    for (struct job *job; (job = pf_queue_pop(&v->queue, UINT64_MAX));) {
        if (job->unit.heals)
            forget_errors(v);
        if (!v->start_mono_ns)
            v->start_mono_ns = pf_time_mono_ns();
        if (!atomic_load(&v->done_looking))
            decode(v, job);
        free(job);
    }
}

static int open_decoder(struct probe_viewer *v, uint8_t codec, struct pf_error *err)
{
    const AVCodec *c = avcodec_find_decoder(codec_id(codec));
    if (!c)
        return pf_error_set(err, -ENOTSUP, "this libavcodec has no decoder for the codec of the stream");
    av_log_set_level(AV_LOG_FATAL); /* losses are ours to report */
    v->decoder = avcodec_alloc_context3(c);
    v->packet = av_packet_alloc();
    v->picture = av_frame_alloc();
    v->last = av_frame_alloc();
    if (!v->decoder || !v->packet || !v->picture || !v->last)
        return pf_error_set(err, -ENOMEM, "out of memory");
    v->decoder->flags |= AV_CODEC_FLAG_LOW_DELAY;
    v->decoder->thread_count = 1; /* frame threads would hold pictures back */
    int r = avcodec_open2(v->decoder, c, NULL);
    return r < 0 ? pf_error_set(err, -EIO, "the decoder cannot be opened: %s", av_err2str(r)) : 0;
}

static int open_colors(struct probe_viewer *v, struct pf_error *err)
{
    const char *path = v->options->log_colors;
    if (!path)
        return 0;
    v->colors = fopen(path, "w");
    if (!v->colors)
        return pf_error_set(err, -errno, "%s cannot be written: %s", path, strerror(errno));
    setvbuf(v->colors, NULL, _IOLBF, 0); /* readers follow it while it grows */
    return 0;
}

static void release(struct probe_viewer *v)
{
    if (v->queue_ready)
        pf_queue_finish(&v->queue);
    if (v->colors)
        fclose(v->colors);
    av_frame_free(&v->picture);
    av_frame_free(&v->last);
    av_packet_free(&v->packet);
    avcodec_free_context(&v->decoder);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

int probe_viewer_create(const struct probe_options *options, uint8_t codec, struct probe_viewer **ret_viewer,
    struct pf_error *err)
{
    struct probe_viewer *v = calloc(1, sizeof(*v));
    if (!v)
        return pf_error_set(err, -ENOMEM, "out of memory");
    v->options = options;
    v->wait_idr = true;
    v->last_color = -1;
    pthread_mutex_init(&v->lock, NULL);
    int r = open_decoder(v, codec, err);
    if (r < 0)
        goto fail;
    r = open_colors(v, err);
    if (r < 0)
        goto fail;
    r = pf_queue_init(&v->queue, DEPTH);
    v->queue_ready = r == 0;
    if (r == 0)
        r = pf_thread_start(&v->thread, "decode", PF_THREAD_NORMAL, run, v);
    if (r < 0) {
        pf_error_set(err, r, "the decoder's thread cannot start: %s", strerror(-r));
        goto fail;
    }
    *ret_viewer = v;
    return 0;
fail:
    release(v);
    return r;
}

struct probe_viewer_stats probe_viewer_destroy(struct probe_viewer *v)
{
    pf_queue_close(&v->queue);
    pthread_join(v->thread, NULL);
    if (v->last->data[0])
        write_screenshot(v, v->last);
    if (v->options->screenshot && !v->screenshot_done)
        pf_log_warn(SCOPE, "no picture was left to write to %s", v->options->screenshot);
    struct probe_viewer_stats stats = v->stats;
    if (v->colors && ferror(v->colors))
        stats.failed = true;
    release(v);
    return stats;
}

bool probe_viewer_wants(const struct probe_viewer *v)
{
    return !atomic_load(&v->done_looking);
}

static struct job *copy_unit(const struct probe_unit *u)
{
    struct job *job = malloc(sizeof(*job) + u->len + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!job)
        return NULL;
    job->unit = *u;
    job->unit.data = job->data;
    memcpy(job->data, u->data, u->len);
    memset(job->data + u->len, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    return job;
}

void probe_viewer_push(struct probe_viewer *v, const struct probe_unit *u)
{
    if (u->idr)
        v->wait_idr = false;
    if (v->wait_idr)
        return;
    struct job *job = copy_unit(u);
    if (job && pf_queue_try_push(&v->queue, job) == 0)
        return;
    free(job);
    v->wait_idr = true; /* what follows refers to the unit that was lost here */
    pthread_mutex_lock(&v->lock);
    v->stats.skipped++;
    pthread_mutex_unlock(&v->lock);
}

struct probe_viewer_stats probe_viewer_stats(struct probe_viewer *v)
{
    pthread_mutex_lock(&v->lock);
    struct probe_viewer_stats stats = v->stats;
    pthread_mutex_unlock(&v->lock);
    return stats;
}
