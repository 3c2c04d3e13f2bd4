/* A live stream and its control messages. */
#include "native/connection.h"

#include "base/log.h"
#include "native/host.h"
#include "native/synthetic.h"
#include "punktfunk/wire.h"

#include <stdio.h>
#include <string.h>

/* ---- what the client's messages lead to -----------------------------------------------------------------
 */

static void send_frame(void *user, const uint8_t *frame, size_t len)
{
    pf_connection_send(user, frame, len);
}

static void keyframe(void *user)
{
    struct pf_connection *c = user;
    pf_live_keyframe(c->live);
}

/* Speed tests move the indices of a client that does not count them apart; such clients ask for key frames.
 */
static void invalidate(void *user, uint32_t first_index, uint32_t last_index)
{
    struct pf_connection *c = user;
    if (pf_terms_is_newer(&c->hello))
        pf_live_invalidate(c->live, first_index, last_index);
    else
        pf_live_keyframe(c->live);
}

static void set_fec(void *user, unsigned percent)
{
    struct pf_connection *c = user;
    pf_log_debug("native", "the client reports loss client=%s parity_percent=%u", c->label, percent);
    pf_live_set_fec(c->live, percent);
}

static void probe(void *user, uint32_t kbps, uint32_t duration_ms)
{
    struct pf_connection *c = user;
    pf_log_info("native", "speed test client=%s kbps=%u ms=%u", c->label, kbps, duration_ms);
    pf_live_probe(c->live, kbps, duration_ms);
}

static void reconfigure(void *user, const struct pf_mode *mode)
{
    struct pf_connection *c = user;
    pf_log_info("native", "the client wants another mode client=%s mode=%ux%u@%u", c->label, mode->width,
        mode->height, mode->refresh_mhz / 1000);
    pf_live_reconfigure(c->live, mode);
}

static void set_bitrate(void *user, uint32_t kbps)
{
    struct pf_connection *c = user;
    pf_live_set_bitrate(c->live, kbps);
}

static void watch_debts(struct pf_connection *c)
{
    uint64_t at = pf_control_dialogue_deadline(&c->control), now = pf_time_mono_ns();
    if (at == UINT64_MAX)
        pf_timer_disarm(c->debt_timer);
    else
        pf_timer_arm(c->debt_timer, at > now ? at - now : 0);
}

void pf_native_session_pay_debts(void *user)
{
    struct pf_connection *c = user;
    if (c->state != PF_CONNECTION_LIVE)
        return;
    pf_control_dialogue_tick(&c->control, pf_time_mono_ns());
    watch_debts(c);
}

void pf_native_session_message(struct pf_connection *c, const uint8_t *data, size_t len)
{
    if (!c->live)
        return;
    pf_control_dialogue_message(&c->control, data, len, pf_time_mono_ns());
    watch_debts(c);
}

/* ---- news of the stream ---------------------------------------------------------------------------------
 */

static void streaming(void *user)
{
    struct pf_connection *c = user;
    uint64_t ms = (pf_wall_clock_now(&c->clock) - c->started_real_ns) / PF_NS_PER_MS;
    c->streaming = true;
    pf_log_info(
        "native", "streaming client=%s name=\"%s\" after_ms=%llu", c->label, c->name, (unsigned long long)ms);
    pf_native_changed(c->native);
}

static void sent(void *user, const struct pf_sender_news *news)
{
    struct pf_connection *c = user;
    uint8_t buf[PF_DATAGRAM_SMALL_MAX];
    const struct pf_datagram timing = {.tag = PF_DATAGRAM_HOST_TIMING,
        .timing = {.pts_ns = news->sent.pts_ns,
            .host_us = news->sent.host_us,
            .has_stages = true,
            .queue_us = news->sent.queue_us,
            .encode_us = news->sent.encode_us,
            .pace_us = news->sent.pace_us}};
    int len = pf_datagram_encode(&timing, buf, sizeof(buf));
    if (len > 0 && c->state != PF_CONNECTION_CLOSING)
        pf_quic_datagram_send(c->quic, buf, (size_t)len);
}

static void probed(void *user, const struct pf_probe_result *result)
{
    struct pf_connection *c = user;
    pf_log_info("native", "speed test done client=%s bytes=%llu ms=%u packets=%u dropped=%u", c->label,
        (unsigned long long)result->bytes, result->duration_ms, result->packets_sent,
        result->packets_dropped);
    pf_control_dialogue_probed(&c->control, result);
}

static void settled(
    void *user, const struct pf_mode *wanted, const struct pf_mode *mode, uint32_t bitrate_kbps)
{
    struct pf_connection *c = user;
    pf_control_dialogue_settled(&c->control, wanted, mode, bitrate_kbps, pf_time_mono_ns());
    watch_debts(c);
    pf_native_changed(c->native);
}

static void gap(void *user, uint32_t gap_ms)
{
    struct pf_connection *c = user;
    pf_control_dialogue_gap(&c->control, gap_ms, pf_time_mono_ns());
    watch_debts(c);
}

static void log_end(struct pf_connection *c, int rc, const char *why)
{
    struct pf_sender_stats stats;
    pf_live_stats(c->live, &stats);
    pf_log_info("native", "the stream has ended client=%s units=%llu packets=%llu dropped=%llu%s%s", c->label,
        (unsigned long long)stats.units, (unsigned long long)stats.packets, (unsigned long long)stats.dropped,
        rc ? ": " : "", rc ? why : "");
}

static void ended(void *user, int rc, const char *why)
{
    struct pf_connection *c = user;
    struct pf_error reason;
    pf_error_set(&reason, rc, "%s", why); /* `why` goes with the stream */
    log_end(c, rc, why);
    pf_native_session_side_end(c);
    pf_live_destroy(c->live);
    c->live = NULL;
    pf_seat_leave(c->native->deps.seats, &c->seat);
    c->title_ended = rc == PF_FEED_TITLE_ENDED;
    pf_native_changed(c->native);
    if (c->state == PF_CONNECTION_CLOSING)
        pf_connection_free_if_over(c);
    else if (rc < 0)
        pf_connection_close(c, c->streaming ? PF_CLOSE_ERROR : PF_CLOSE_SETUP_FAILED, reason.text);
    else
        pf_connection_enter(c, PF_CONNECTION_DRAINING, c->native->config.limits.drain_ns);
}

/* ---- begin and end --------------------------------------------------------------------------------------
 */

static int start_feed(
    void *user, const struct pf_feed_sink *sink, struct pf_feed **ret_feed, struct pf_error *err)
{
    struct pf_connection *c = user;
    struct pf_native *native = c->native;
    if (c->plan.source == PF_SESSION_SOURCE_VIRTUAL)
        return native->hooks.start_feed(native->hooks.user, &c->plan, sink, ret_feed, err);
    int rc = pf_synthetic_start(c->terms.frames, native->config.limits.frame_ns, sink, ret_feed);
    return rc < 0 ? pf_error_set(err, rc, "the test source could not be started: %s", strerror(-rc)) : 0;
}

static struct pf_live_config live_config(struct pf_connection *c, uint16_t client_port)
{
    struct pf_live_config config = {
        .sender = {.clock = c->clock,
            .shard_payload = c->terms.shard_payload,
            .fec_percent = c->terms.fec_percent,
            .host_timing = c->hello.video_caps & PF_VIDEO_CAP_HOST_TIMING,
            .own_probe_frames = pf_terms_is_newer(&c->hello),
            .bitrate_kbps = c->plan.bitrate_kbps,
            .recorder = c->native->deps.recorder,
            .recorded = {.id = c->id,
                .kind = "native",
                .codec = c->plan.codec == PF_CODEC_NONE ? "" : pf_codec_name(c->plan.codec),
                .width = c->plan.mode.width,
                .height = c->plan.mode.height,
                .fps = (c->plan.mode.refresh_mhz + 500) / 1000}},
        .feed = start_feed,
        .feed_user = c,
        .start_port = client_port,
        .punch_ns = c->native->config.limits.punch_ns,
    };
    pf_quic_peer_address(c->quic, &config.peer);
    memcpy(config.sender.label, c->label, sizeof(config.sender.label));
    memcpy(config.sender.recorded.client, c->label, sizeof(config.sender.recorded.client));
    memcpy(config.sender.key, c->terms.key, sizeof(config.sender.key));
    memcpy(config.sender.salt, c->terms.salt, sizeof(config.sender.salt));
    return config;
}

static void begin_control(struct pf_connection *c)
{
    const struct pf_control_config config = {.clock = c->clock,
        .plan = &c->plan,
        .policy = c->native->policy,
        .newer = pf_terms_is_newer(&c->hello),
        .parity = pf_parity_control_start(c->native->fec_pin),
        .hold_until_mono_ns = pf_time_mono_ns() + c->native->config.limits.echo_hold_ns};
    const struct pf_control_sink sink = {.user = c,
        .send = send_frame,
        .keyframe = keyframe,
        .invalidate = invalidate,
        .set_fec = set_fec,
        .probe = probe,
        .reconfigure = reconfigure,
        .set_bitrate = set_bitrate};
    pf_control_dialogue_init(&c->control, &config, &sink);
}

static void enter_live(struct pf_connection *c)
{
    uint64_t limit = c->native->config.seconds, left = pf_gate_access_left(c);
    c->time_is_access = left && (!limit || left < limit);
    pf_connection_enter(c, PF_CONNECTION_LIVE, (c->time_is_access ? left : limit) * PF_NS_PER_S);
}

void pf_native_session_begin(struct pf_connection *c, uint16_t client_port)
{
    struct pf_error err;
    const struct pf_live_events events = {.user = c,
        .streaming = streaming,
        .sent = sent,
        .probed = probed,
        .settled = settled,
        .gap = gap,
        .ended = ended};
    c->clock = pf_wall_clock_start();
    c->started_real_ns = pf_wall_clock_now(&c->clock);
    begin_control(c);
    struct pf_live_config config = live_config(c, client_port);
    struct pf_media_socket *socket = c->socket;
    c->socket = NULL;
    int rc = pf_live_start(c->native->loop, &config, &events, socket, &c->live, &err);
    explicit_bzero(&config, sizeof(config));
    if (rc < 0) {
        pf_connection_close(c, PF_CLOSE_SETUP_FAILED, err.text);
        return;
    }
    enter_live(c);
    pf_native_session_side_begin(c);
    pf_native_changed(c->native);
}

void pf_native_session_end(struct pf_connection *c)
{
    pf_live_stop(c->live, false);
}

void pf_native_session_expired(struct pf_connection *c)
{
    if (c->time_is_access)
        pf_connection_close(c, PF_CLOSE_ACCESS_ENDED, "the access of this device has expired");
    else if (c->live)
        pf_native_session_end(c);
}

void pf_native_session_describe(const struct pf_connection *c, struct pf_native_session_info *ret_info)
{
    struct pf_sender_stats stats;
    pf_live_stats(c->live, &stats);
    *ret_info = (struct pf_native_session_info){.id = c->id,
        .has_fingerprint = c->seat.has_fingerprint,
        .state = c->state != PF_CONNECTION_LIVE ? PF_NATIVE_SESSION_ENDING
                 : c->streaming                 ? PF_NATIVE_SESSION_STREAMING
                                                : PF_NATIVE_SESSION_STARTING,
        .mode = c->control.mode,
        .codec = c->plan.codec,
        .bitrate_kbps = c->control.bitrate_kbps,
        .sent = stats.second,
        .fec_percent = c->control.parity.percent,
        .started_real_ns = c->started_real_ns,
        .audio_streaming = pf_audio_plane_has_begun(c->audio)};
    memcpy(ret_info->name, c->name, sizeof(ret_info->name));
    memcpy(ret_info->label, c->label, sizeof(ret_info->label));
    memcpy(ret_info->fingerprint, c->seat.fingerprint, sizeof(ret_info->fingerprint));
}
