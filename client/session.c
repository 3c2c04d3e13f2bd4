#include "client/session.h"

#include "base/hex.h"
#include "base/log.h"
#include "base/time.h"
#include "client/feedback.h"
#include "client/input_player.h"
#include "client/link.h"
#include "client/mic_tone.h"
#include "client/outcome.h"
#include "client/receiver.h"
#include "client/trials.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"
#include "net/media_socket.h"
#include "punktfunk/clock.h"
#include "punktfunk/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE    "session"
#define TICK_NS  (25 * PF_NS_PER_MS)
#define NO_RANGE UINT64_MAX           /* the frames lost last are never those before the first wrap */
#define TAIL_NS  (300 * PF_NS_PER_MS) /* for packets under way when the host closes */

enum phase {
    CONNECTING, /* until Welcome */
    CLOCK,      /* eight rounds */
    STREAMING,
    ENDING, /* our close is out */
};

struct probe_session {
    struct pf_loop *loop;
    const struct probe_options *options;
    const struct pf_identity *identity;
    struct probe_report *report;
    struct probe_link link;
    enum phase phase;
    struct pf_timer *timer; /* waits of CONNECTING and CLOCK, ticks of STREAMING */
    struct pf_signal *ask;  /* the receiving thread wants one of these */
    atomic_bool wants_keyframe;
    _Atomic uint64_t wants_repair; /* first << 32 | last, or NO_RANGE */
    struct pf_media_socket *socket;
    struct probe_receiver *receiver;

    struct pf_clock_sync clock;
    unsigned clock_rounds; /* begun */
    uint64_t clock_t1_ns;

    uint64_t start_ns, stream_ns; /* monotonic: first attempt, receiver started */
    uint64_t closed_ns;           /* the host closed; 0: not yet */
    struct pf_quic_close_info closed_info;
    char closed_reason[300], closed_text[200];
    struct probe_trials trials;
    struct probe_input_player *input; /* NULL: none is wanted */
    struct probe_mic_tone *mic;       /* likewise */
    struct probe_ear *ear;            /* from the first packet on */
};

static void finish(struct probe_session *s, bool complete);

static double since_start_ms(const struct probe_session *s, uint64_t mono_ns)
{
    return mono_ns ? (double)(mono_ns - s->start_ns) / 1e6 : -1;
}

static void send_control(struct probe_session *s, const struct pf_control *m)
{
    uint8_t buf[PF_FRAME_PREFIX + 64];
    probe_link_send(
        &s->link, buf, pf_control_encode(m, buf + PF_FRAME_PREFIX, sizeof(buf) - PF_FRAME_PREFIX));
}

/* ---- handshake ---- */

static uint8_t video_caps(const struct probe_options *o)
{
    uint8_t caps = PF_VIDEO_CAP_HOST_TIMING;
    if (o->replace || o->repair)
        caps |= PF_VIDEO_CAP_PROBE_SEQ; /* by this the host tells newer clients from older ones */
    if (getenv("PUNKTFUNK_CLIENT_10BIT"))
        caps |= PF_VIDEO_CAP_10BIT;
    if (getenv("PUNKTFUNK_CLIENT_444"))
        caps |= PF_VIDEO_CAP_444;
    return caps;
}

static void send_hello(struct probe_session *s)
{
    const struct probe_options *o = s->options;
    uint8_t buf[PF_FRAME_PREFIX + PF_HELLO_MAX];
    struct pf_hello h = pf_hello_default();
    h.width = o->mode.width;
    h.height = o->mode.height;
    h.refresh = o->mode.refresh;
    h.compositor = o->compositor;
    h.gamepad = o->gamepad;
    h.bitrate_kbps = (uint32_t)o->bitrate_kbps;
    h.name_len = (uint8_t)snprintf(h.name, sizeof(h.name), "%s", o->name);
    if (o->launch)
        h.launch_len = (uint8_t)snprintf(h.launch, sizeof(h.launch), "%s", o->launch);
    h.video_caps = video_caps(o);
    h.audio_channels = (uint8_t)o->audio_channels;
    h.video_codecs = o->offered;
    h.preferred = o->codec;
    probe_link_send(&s->link, buf, pf_hello_encode(&h, buf + PF_FRAME_PREFIX, PF_HELLO_MAX));
}

static void on_ready(void *user)
{
    struct probe_session *s = user;
    const uint8_t *fingerprint = pf_quic_peer_fingerprint(s->link.conn);
    s->report->ready_ms = since_start_ms(s, pf_time_mono_ns());
    if (fingerprint)
        pf_hex_encode(fingerprint, 32, s->report->host_fingerprint);
    pf_log_info(SCOPE, "connected fingerprint=%s%s", s->report->host_fingerprint,
        s->options->pin.wanted ? " pinned" : "; pass --pin to make sure of this host");
    send_hello(s);
}

/* The data socket, bound before the host is told its port. */
static int open_socket(struct probe_session *s, struct pf_error *err)
{
    struct sockaddr_storage peer, local = {0};
    pf_quic_peer_address(s->link.conn, &peer);
    local.ss_family = peer.ss_family;
    return pf_media_socket_open((struct sockaddr *)&local, &s->socket, err);
}

static void send_clock_probe(struct probe_session *s)
{
    s->clock_rounds++;
    s->clock_t1_ns = pf_time_real_ns();
    pf_clock_sync_sent(&s->clock, s->clock_t1_ns);
    send_control(s, &(struct pf_control){.type = PF_CONTROL_CLOCK_PROBE, .clock.t1_ns = s->clock_t1_ns});
    pf_timer_arm(s->timer, PF_CLOCK_TIMEOUT_NS);
}

static void take_welcome(struct probe_session *s, const uint8_t *payload, size_t len)
{
    struct pf_welcome *w = &s->report->welcome;
    struct pf_error err;
    uint8_t buf[PF_FRAME_PREFIX + PF_START_LEN];
    if (pf_welcome_decode(PF_WIRE_V31, payload, len, w) < 0 || w->version != PF_WIRE_VERSION) {
        probe_outcome_fail(s->report, PROBE_NO_CONNECTION, "the host's offer is not of this protocol");
        finish(s, false);
        return;
    }
    s->report->welcomed = true;
    s->report->welcome_ms = since_start_ms(s, pf_time_mono_ns());
    pf_log_info(SCOPE, "offer mode=%ux%u@%u codec=%u bitrate_kbps=%u frames=%u port=%u", w->width, w->height,
        w->refresh, w->codec, w->bitrate_kbps, w->frames, w->udp_port);
    if (open_socket(s, &err) < 0) {
        probe_outcome_fail(s->report, PROBE_NO_CONNECTION, "%s", err.text);
        finish(s, false);
        return;
    }
    probe_link_send(
        &s->link, buf, pf_start_encode(pf_media_socket_port(s->socket), buf + PF_FRAME_PREFIX, PF_START_LEN));
    s->phase = CLOCK;
    pf_clock_sync_begin(&s->clock);
    send_clock_probe(s);
}

/* ---- wishes of the receiving thread; a newer one of a kind replaces the older ---- */

static void ask_keyframe(void *user)
{
    struct probe_session *s = user;
    atomic_store(&s->wants_keyframe, true);
    pf_signal_raise(s->ask);
}

static void ask_repair(void *user, uint32_t first, uint32_t last)
{
    struct probe_session *s = user;
    atomic_store(&s->wants_repair, (uint64_t)first << 32 | last);
    pf_signal_raise(s->ask);
}

static void on_ask(void *user)
{
    struct probe_session *s = user;
    uint64_t range = atomic_exchange(&s->wants_repair, NO_RANGE);
    bool keyframe = atomic_exchange(&s->wants_keyframe, false);
    if (s->phase != STREAMING)
        return;
    if (range != NO_RANGE)
        send_control(s, &(struct pf_control){.type = PF_CONTROL_RFI_REQUEST,
                            .rfi = {.first_frame = (uint32_t)(range >> 32), .last_frame = (uint32_t)range}});
    if (keyframe)
        send_control(s, &(struct pf_control){.type = PF_CONTROL_REQUEST_KEYFRAME});
}

/* The clock exchange is over, with or without a result: data may flow. */
static void start_stream(struct probe_session *s)
{
    struct sockaddr_storage peer;
    struct pf_error err;
    pf_clock_sync_end(&s->clock);
    s->report->clock_valid = s->clock.valid;
    s->report->clock = s->clock.current;
    if (!s->clock.valid)
        pf_log_warn(SCOPE, "the host answered no clock probe; latencies hold on one machine only");
    const struct probe_receiver_config config = {.options = s->options,
        .welcome = &s->report->welcome,
        .socket = s->socket,
        .clock_offset_ns = s->clock.current.offset_ns,
        .ask_keyframe = ask_keyframe,
        .ask_repair = ask_repair,
        .user = s};
    pf_quic_peer_address(s->link.conn, &peer);
    pf_address_set_port(&peer, s->report->welcome.udp_port);
    if (pf_media_socket_connect(s->socket, (struct sockaddr *)&peer, &err) < 0 ||
        probe_receiver_start(&config, &s->receiver, &err) < 0) {
        probe_outcome_fail(s->report, PROBE_CHECK_FAILED, "%s", err.text);
        finish(s, false);
        return;
    }
    s->phase = STREAMING;
    s->stream_ns = pf_time_mono_ns();
    probe_trials_start(&s->trials, s->options, s->report, s->stream_ns);
    probe_input_player_start(s->input, s->link.conn);
    probe_mic_tone_start(s->mic, s->link.conn);
    pf_timer_arm(s->timer, TICK_NS);
}

static void take_clock_echo(struct probe_session *s, const struct pf_control *m, uint64_t now_ns)
{
    const struct pf_clock_round round = {m->clock.t1_ns, m->clock.t2_ns, m->clock.t3_ns, now_ns};
    bool last = m->clock.t1_ns == s->clock_t1_ns;
    pf_clock_sync_echo(&s->clock, &round);
    if (s->phase != CLOCK || !last)
        return;
    if (s->clock_rounds < PF_CLOCK_ROUNDS)
        send_clock_probe(s);
    else
        start_stream(s);
}

/* ---- control messages during the stream ---- */

static void take_control(struct probe_session *s, const uint8_t *payload, size_t len)
{
    uint64_t now_ns = pf_time_real_ns();
    struct pf_control m;
    if (pf_control_decode(PF_WIRE_V31, payload, len, &m) != 0) {
        s->report->control_unknown++;
        return;
    }
    if (m.type == PF_CONTROL_CLOCK_ECHO) {
        take_clock_echo(s, &m, now_ns);
        return;
    }
    pf_log_debug(SCOPE, "control message type=%s", pf_control_name(m.type));
    if (s->phase == STREAMING)
        probe_trials_take(&s->trials, &m, pf_time_mono_ns());
}

static void on_message(void *user, const uint8_t *payload, size_t len)
{
    struct probe_session *s = user;
    if (s->phase == CONNECTING)
        take_welcome(s, payload, len);
    else if (s->phase != ENDING)
        take_control(s, payload, len);
}

static void hear(struct probe_session *s, const struct pf_audio_packet *packet)
{
    struct pf_error err;
    s->report->datagrams.audio++;
    s->report->datagrams.audio_bytes += packet->len;
    if (s->phase != STREAMING)
        return;
    if (!s->ear &&
        probe_ear_create(s->report->welcome.audio_channels, s->options->audio_out, &s->ear, &err) < 0) {
        probe_outcome_fail(s->report, PROBE_CHECK_FAILED, "%s", err.text);
        finish(s, false);
        return;
    }
    probe_ear_hear(s->ear, packet);
}

static void feel(struct probe_session *s, const struct pf_datagram *m)
{
    probe_feedback_feel(&s->report->feedback, m);
    if (s->options->input)
        probe_feedback_tell(m);
}

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
    struct probe_session *s = user;
    struct probe_report *r = s->report;
    struct pf_datagram m;
    if (pf_datagram_decode(PF_WIRE_V31, data, len, &m) != 0) {
        r->datagrams.unknown++;
        return;
    }
    switch (m.tag) {
    case PF_DATAGRAM_AUDIO:
        hear(s, &m.audio);
        break;
    case PF_DATAGRAM_RUMBLE:
        r->datagrams.rumble++;
        feel(s, &m);
        break;
    case PF_DATAGRAM_HID:
        r->datagrams.hid++;
        feel(s, &m);
        break;
    case PF_DATAGRAM_HDR:
        r->datagrams.hdr++;
        break;
    case PF_DATAGRAM_CURSOR:
        r->datagrams.cursor++;
        break;
    case PF_DATAGRAM_HOST_TIMING:
        r->datagrams.host_timing++;
        if (s->receiver)
            probe_receiver_host_timing(s->receiver, m.timing.pts_ns, m.timing.host_us);
        break;
    default:
        r->datagrams.unknown++;
    }
}

/* ---- what is due while streaming ---- */

/* Ended on purpose: the stream need not be whole. */
static bool limit_reached(
    const struct probe_session *s, const struct probe_receiver_stats *stats, uint64_t now)
{
    const struct probe_options *o = s->options;
    uint64_t seconds = o->seconds ? (uint64_t)o->seconds : PROBE_SECONDS_MAX;
    if (o->frames && stats->frames >= (uint64_t)o->frames)
        return true;
    if (probe_trials_speed_over(&s->trials) && !o->seconds && !o->frames)
        return true;
    if (probe_input_player_is_over(s->input))
        return true;
    return now - s->stream_ns >= seconds * PF_NS_PER_S;
}

/* Ended by itself. */
static bool stream_over(const struct probe_session *s, const struct probe_receiver_stats *stats, uint64_t now)
{
    uint64_t last = stats->last_frame_mono_ns ? stats->last_frame_mono_ns : s->stream_ns;
    if (s->report->welcome.frames && stats->frames >= s->report->welcome.frames)
        return true;
    if (stats->broken || (s->closed_ns && now - s->closed_ns >= TAIL_NS && now - last >= TAIL_NS))
        return true;
    return now - last >= (uint64_t)s->options->patience_s * PF_NS_PER_S &&
           !probe_trials_speed_runs(&s->trials);
}

static void tick(struct probe_session *s)
{
    struct probe_receiver_stats stats = probe_receiver_stats(s->receiver);
    uint64_t now = pf_time_mono_ns();
    if (stream_over(s, &stats, now)) {
        finish(s, true);
        return;
    }
    if (limit_reached(s, &stats, now)) {
        finish(s, false);
        return;
    }
    struct pf_control m;
    while (!s->closed_ns && probe_trials_due(&s->trials, &stats.packets, now, &m))
        send_control(s, &m);
    pf_timer_arm(s->timer, TICK_NS);
}

static void on_timer(void *user)
{
    struct probe_session *s = user;
    if (s->phase == STREAMING) {
        tick(s);
    } else if (s->phase == CLOCK) {
        start_stream(s); /* one echo is missing: go on without */
    } else if (s->phase == CONNECTING) {
        probe_outcome_fail(s->report, PROBE_NO_CONNECTION, "the host made no offer within %ld s%s",
            s->options->wait_s, s->report->ready_ms < 0 ? "" : "; if it asks its user first, use --wait");
        finish(s, false);
    }
}

/* ---- the end ---- */

/* Stops receiving and collects every figure. */
static void wrap_up(struct probe_session *s, bool complete)
{
    struct probe_report *r = s->report;
    if (!s->receiver)
        return;
    uint64_t end = pf_time_mono_ns();
    if (s->ear)
        r->heard = probe_ear_finish(s->ear);
    probe_receiver_stop(s->receiver);
    r->received = probe_receiver_stats(s->receiver);
    r->streamed_s = (double)(end - s->stream_ns) / 1e9;
    r->first_frame_ms = since_start_ms(s, r->received.first_frame_mono_ns);
    r->first_picture_ms = since_start_ms(s, r->received.viewer.first_picture_mono_ns);
    r->latency = probe_distribution_of(probe_receiver_latency(s->receiver));
    r->host = probe_distribution_of(&probe_receiver_split(s->receiver)->host_us);
    r->network = probe_distribution_of(&probe_receiver_split(s->receiver)->network_us);
    if (s->closed_ns)
        probe_outcome_closed(r, &s->closed_info, true);
    probe_outcome_judge(r, s->options, complete);
}

static void finish(struct probe_session *s, bool complete)
{
    if (s->phase == ENDING)
        return;
    s->phase = ENDING;
    probe_input_player_stop(s->input);
    probe_mic_tone_stop(s->mic);
    pf_timer_disarm(s->timer);
    if (s->link.conn)
        s->report->quic_rtt_ms = (double)pf_quic_rtt_ns(s->link.conn) / 1e6;
    wrap_up(s, complete);
    if (s->link.conn)
        probe_link_close(&s->link, s->options->quit ? PF_CLOSE_USER_QUIT : PF_CLOSE_DONE, "done");
    else
        pf_loop_stop(s->loop);
}

static void on_closed(void *user, const struct pf_quic_close_info *info)
{
    struct probe_session *s = user;
    if (s->phase == ENDING) {
        if (!s->report->close.happened)
            probe_outcome_closed(s->report, info, true);
        pf_loop_stop(s->loop);
    } else if (s->phase == STREAMING) { /* what is under way still counts: the tick ends it */
        probe_input_player_stop(s->input);
        probe_mic_tone_stop(s->mic);
        s->closed_ns = pf_time_mono_ns();
        s->closed_info = *info;
        snprintf(s->closed_reason, sizeof(s->closed_reason), "%s", info->reason);
        snprintf(s->closed_text, sizeof(s->closed_text), "%s", info->text);
        s->closed_info.reason = s->closed_reason;
        s->closed_info.text = s->closed_text;
    } else {
        probe_outcome_closed(s->report, info, false);
        finish(s, false);
    }
}

static const struct probe_link_handlers link_handlers = {
    .ready = on_ready,
    .message = on_message,
    .datagram = on_datagram,
    .closed = on_closed,
};

int probe_session_start(struct pf_loop *loop, const struct probe_options *options,
    const struct pf_identity *identity, struct probe_report *report, struct probe_session **ret_session,
    struct pf_error *err)
{
    struct probe_session *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "out of memory");
    s->loop = loop;
    s->options = options;
    s->identity = identity;
    s->report = report;
    atomic_store(&s->wants_repair, NO_RANGE);
    s->start_ns = pf_time_mono_ns();
    report->ready_ms = report->welcome_ms = report->first_frame_ms = report->first_picture_ms = -1;
    int r = pf_timer_create(loop, on_timer, s, &s->timer);
    if (r == 0)
        r = pf_signal_create(loop, on_ask, s, &s->ask);
    if (r < 0) {
        pf_error_set(err, r, "the control loop has no room: %s", strerror(-r));
        goto fail;
    }
    r = probe_input_player_create(loop, options, &s->input, err);
    if (r == 0)
        r = probe_mic_tone_create(loop, options, &s->mic, err);
    if (r < 0)
        goto fail;
    r = probe_link_open(&s->link, loop, options, identity, &link_handlers, s, err);
    if (r < 0)
        goto fail;
    pf_timer_arm(s->timer, (uint64_t)options->wait_s * PF_NS_PER_S);
    *ret_session = s;
    return 0;
fail:
    probe_session_destroy(s);
    return r;
}

void probe_session_go_on(struct probe_session *s)
{
    probe_input_player_go_on(s->input);
}

void probe_session_interrupt(struct probe_session *s)
{
    if (s->phase != STREAMING)
        probe_outcome_fail(s->report, PROBE_NO_CONNECTION, "interrupted");
    finish(s, false);
}

void probe_session_destroy(struct probe_session *s)
{
    if (!s)
        return;
    probe_receiver_destroy(s->receiver);
    pf_media_socket_close(s->socket);
    pf_signal_destroy(s->ask);
    pf_timer_destroy(s->timer);
    probe_input_player_destroy(s->input);
    probe_mic_tone_destroy(s->mic);
    probe_ear_destroy(s->ear);
    free(s);
}
