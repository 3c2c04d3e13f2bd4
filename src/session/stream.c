#include "session/stream.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "session/stream_impl.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* Three may wait in the sink, one is being sent, one is being encoded. */
#define UNITS          5
#define UNIT_FIRST_CAP (256u << 10)

/* ---- for all files of the stream ---- */

bool pf_stream_pause(struct pf_stream *s, uint64_t until_mono_ns)
{
    while (!pf_stream_is_stopping(s) && pf_time_mono_ns() < until_mono_ns)
        pf_mailbox_take(&s->alarm, until_mono_ns);
    return pf_stream_is_stopping(s);
}

int pf_stream_fail(struct pf_stream *s, enum pf_stream_end end, int rc)
{
    if (pf_stream_is_stopping(s) || end == PF_STREAM_STOPPED) {
        s->end = PF_STREAM_STOPPED;
        s->end_rc = 0;
        s->why.text[0] = 0;
        return -ECANCELED;
    }
    s->end = s->last_unit_ns ? end : PF_STREAM_SETUP_FAILED;
    s->end_rc = s->end == PF_STREAM_TITLE_ENDED ? 0 : rc;
    return rc;
}

/* ---- hooks of the pipeline builder ---- */

static void waits_on(void *user, struct pf_capture *capture)
{
    struct pf_stream *s = user;
    pthread_mutex_lock(&s->lock);
    s->waits_on = capture;
    pthread_mutex_unlock(&s->lock);
}

/* ---- the thread ---- */

static void finish(struct pf_stream *s)
{
    if (s->config.sink.closing)
        s->config.sink.closing(s->config.sink.user);
    pthread_mutex_lock(&s->lock);
    s->source.kind = PF_SOURCE_NONE;
    pthread_mutex_unlock(&s->lock);
    pf_stream_retire(s);
    pf_pipeline_finish(&s->builder, &s->pipeline, atomic_load(&s->quit) ? PF_LEASE_QUIT : PF_LEASE_RELEASE);
    malloc_trim(
        0); /* an encoder's tens of megabytes; without this they stay with the process, arena by arena */
    pf_stream_meter_state(&s->meter, PF_STREAM_ENDED);
    if (s->end_rc < 0)
        pf_log_warn(PF_STREAM_SCOPE, "%s: the stream ends: %s", s->config.plan.label, s->why.text);
    s->config.sink.ended(s->config.sink.user, s->end, s->end_rc, s->why.text);
    atomic_store(&s->over, true);
    pf_mailbox_poke(&s->ended);
}

static void run(void *arg)
{
    struct pf_stream *s = arg;
    if (pf_stream_build_first(s) == 0)
        pf_stream_loop(s);
    finish(s);
}

static void run_on(void *arg)
{
    struct pf_stream *s = arg;
    if (pf_stream_recover_stall(s) == 0)
        pf_stream_loop(s);
    finish(s);
}

/* ---- the watch ---- */

/* Looks this often within the time that a call may take: so a process that was stopped meanwhile, which sees
 * the clock jump, gives nothing up. */
#define LOOKS     4u
#define CPU_TIMES 5u /* what no driver can hold up may take so much longer: machines can be that busy */

/* On a thread of its own, or on this one, which then watches no more: false. */
static bool start_running(struct pf_stream *s, void (*how)(void *arg))
{
    if (pf_thread_start(&s->thread, "stream", PF_THREAD_CAPTURE, how, s) == 0)
        return true;
    how(s);
    return false;
}

/* The thread is stuck in this call: another one goes on. */
static bool replace(struct pf_stream *s, uint64_t call)
{
    if (!pf_encode_guard_leave(s->guard, call))
        return true;
    pthread_detach(s->thread);
    return start_running(s, run_on);
}

static void watch(void *arg)
{
    struct pf_stream *s = arg;
    uint64_t last = 0;
    unsigned looks = 0;
    bool on_cpu;
    if (!start_running(s, run))
        return;
    while (!atomic_load(&s->over)) {
        pf_mailbox_take(&s->ended, pf_time_mono_ns() + s->config.limits.encoder_stall_ns / LOOKS);
        uint64_t call = pf_encode_guard_call(s->guard, &on_cpu);
        looks = call && call == last ? looks + 1 : 0;
        last = call;
        if (looks >= LOOKS * (on_cpu ? CPU_TIMES : 1) && !replace(s, call))
            return;
    }
    pthread_join(s->thread, NULL);
}

/* ---- life ---- */

static void set_default(uint64_t *value, uint64_t otherwise)
{
    *value = *value ? *value : otherwise;
}

static void fill_limits(struct pf_stream_limits *l)
{
    set_default(&l->first_frame_ns, 10 * PF_NS_PER_S);
    set_default(&l->backoff_ns, 500 * PF_NS_PER_MS);
    set_default(&l->backoff_max_ns, 2 * PF_NS_PER_S);
    set_default(&l->recovery_ns, 40 * PF_NS_PER_S);
    set_default(&l->recovery_pause_ns, 500 * PF_NS_PER_MS);
    set_default(&l->idr_cooldown_ns, 750 * PF_NS_PER_MS);
    set_default(&l->encoder_stall_ns, 2 * PF_NS_PER_S);
    l->build_attempts = l->build_attempts ? l->build_attempts : 8;
    l->capture_losses = l->capture_losses ? l->capture_losses : 5;
    l->encoder_rebuilds = l->encoder_rebuilds ? l->encoder_rebuilds : 5;
}

static void no_item(void *item)
{
    (void)item;
}

static void stream_free(struct pf_stream *s)
{
    pf_access_unit_pool_destroy(s->pool);
    pf_encode_guard_unref(s->guard);
    pf_cancel_finish(&s->stop);
    pf_mailbox_finish(&s->alarm);
    pf_mailbox_finish(&s->ended);
    pf_stream_meter_finish(&s->meter);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int pf_stream_start(
    const struct pf_stream_config *config, struct pf_stream **ret_stream, struct pf_error *err)
{
    struct pf_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "there is no memory for another stream");
    int rc = pf_cancel_init(&s->stop);
    if (rc < 0) {
        free(s);
        return pf_error_set(err, rc, "another stream cannot be started: %s", strerror(-rc));
    }
    s->config = *config;
    fill_limits(&s->config.limits);
    s->kbps = config->plan.bitrate_kbps;
    s->recovery.cooldown_ns = s->config.limits.idr_cooldown_ns;
    s->builder = (struct pf_pipeline_builder){
        .machine = config->machine,
        .plan = &s->config.plan,
        .user = s,
        .waits_on = waits_on,
        .cancel = &s->stop,
    };
    pthread_mutex_init(&s->lock, NULL);
    pf_mailbox_init(&s->alarm, no_item);
    pf_mailbox_init(&s->ended, no_item);
    pf_stream_meter_init(&s->meter, pf_time_mono_ns());
    pf_stream_meter_terms(&s->meter, &config->plan.mode, s->kbps);

    /* An encoder that hangs keeps one. */
    s->pool = pf_access_unit_pool_create(UNITS + s->config.limits.encoder_rebuilds, UNIT_FIRST_CAP);
    s->guard = pf_encode_guard_create();
    rc = s->pool && s->guard ? pf_thread_start(&s->watch, "stream-watch", PF_THREAD_NORMAL, watch, s)
                             : -ENOMEM;
    if (rc < 0) {
        stream_free(s);
        return pf_error_set(err, rc, "there is no memory or no thread for another stream");
    }
    *ret_stream = s;
    return 0;
}

static void wake(struct pf_stream *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->waits_on)
        pf_mailbox_poke(&s->waits_on->frames);
    pthread_mutex_unlock(&s->lock);
}

void pf_stream_stop(struct pf_stream *s, bool quit)
{
    if (quit)
        atomic_store(&s->quit, true);
    pf_cancel_set(&s->stop);
    pf_access_unit_pool_close(s->pool);
    pf_mailbox_poke(&s->alarm);
    wake(s);
}

void pf_stream_destroy(struct pf_stream *s)
{
    if (!s)
        return;
    pf_stream_stop(s, false);
    pthread_join(s->watch, NULL);
    stream_free(s);
}

/* ---- wishes and facts ---- */

void pf_stream_request_idr(struct pf_stream *s)
{
    pthread_mutex_lock(&s->lock);
    pf_recovery_keyframe(&s->recovery, pf_time_mono_ns());
    pthread_mutex_unlock(&s->lock); /* the next picture or repeat is at most a frame or two away */
}

/* The number below `next` that ends in these 32 bits; false if no unit ever had it. */
static bool number_of_index(uint64_t next, uint32_t index, uint64_t *ret_number)
{
    uint32_t behind = (uint32_t)next - index;
    *ret_number = next - behind;
    return behind > 0 && behind <= INT32_MAX && behind <= next;
}

void pf_stream_invalidate(struct pf_stream *s, uint32_t first_index, uint32_t last_index)
{
    uint64_t first, last;
    pthread_mutex_lock(&s->lock);
    if (number_of_index(s->next_number, first_index, &first) &&
        number_of_index(s->next_number, last_index, &last) && first <= last)
        pf_recovery_lost(&s->recovery, first, last, pf_time_mono_ns());
    pthread_mutex_unlock(&s->lock);
}

void pf_stream_reconfigure(struct pf_stream *s, const struct pf_mode *mode)
{
    pthread_mutex_lock(&s->lock);
    s->wishes.has_mode = true;
    s->wishes.mode = *mode;
    pthread_mutex_unlock(&s->lock);
    wake(s);
}

void pf_stream_set_bitrate(struct pf_stream *s, uint32_t kbps)
{
    pthread_mutex_lock(&s->lock);
    s->wishes.has_rate = true;
    s->wishes.kbps = kbps;
    pthread_mutex_unlock(&s->lock);
    wake(s);
}

void pf_stream_stats(struct pf_stream *s, struct pf_stream_stats *ret_stats)
{
    pf_stream_meter_read(&s->meter, pf_time_mono_ns(), ret_stats);
}

bool pf_stream_display(struct pf_stream *s, struct pf_source *ret_source, uint64_t *ret_display)
{
    pthread_mutex_lock(&s->lock);
    bool there = s->source.kind != PF_SOURCE_NONE;
    if (there) {
        *ret_source = s->source;
        *ret_display = s->display;
    }
    pthread_mutex_unlock(&s->lock);
    return there;
}

bool pf_stream_source(struct pf_stream *s, struct pf_source *ret_source)
{
    uint64_t display;
    return pf_stream_display(s, ret_source, &display);
}
