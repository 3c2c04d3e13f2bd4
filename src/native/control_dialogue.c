#include "native/control_dialogue.h"

#include "punktfunk/wire.h"

void pf_control_dialogue_init(
    struct pf_control_dialogue *c, const struct pf_control_config *config, const struct pf_control_sink *sink)
{
    *c = (struct pf_control_dialogue){
        .config = *config,
        .sink = *sink,
        .parity = config->parity,
        .mode = config->plan->mode,
        .bitrate_kbps = config->plan->bitrate_kbps,
        .told = config->plan->mode,
        .noise = {.interval_ns = PF_NS_PER_S, .burst = 5},
    };
}

static void send_message(struct pf_control_dialogue *c, const struct pf_control *msg)
{
    uint8_t frame[PF_FRAME_PREFIX + 64];
    int len = pf_control_encode(msg, frame + PF_FRAME_PREFIX, sizeof(frame) - PF_FRAME_PREFIX);
    if (len > 0)
        c->sink.send(c->sink.user, frame, (size_t)pf_frame_seal(frame, (size_t)len));
}

static struct pf_mode mode_of_wire(const struct pf_control *msg)
{
    /* A rate too large to express is as impossible as the largest that can be. */
    uint32_t hz = msg->mode.refresh < UINT32_MAX / 1000 ? msg->mode.refresh : UINT32_MAX / 1000;
    return (struct pf_mode){.width = msg->mode.width, .height = msg->mode.height, .refresh_mhz = hz * 1000};
}

static uint32_t wire_refresh(const struct pf_mode *m)
{
    return (m->refresh_mhz + 500) / 1000;
}

static bool same_on_the_wire(const struct pf_mode *a, const struct pf_mode *b)
{
    return a->width == b->width && a->height == b->height && wire_refresh(a) == wire_refresh(b);
}

static void send_reconfigured(struct pf_control_dialogue *c, bool accepted, const struct pf_mode *mode)
{
    struct pf_control msg = {.type = PF_CONTROL_RECONFIGURED,
        .reconfigured = {.accepted = accepted,
            .width = mode->width,
            .height = mode->height,
            .refresh = wire_refresh(mode)}};
    send_message(c, &msg);
}

static void send_bitrate(struct pf_control_dialogue *c)
{
    struct pf_control msg = {.type = PF_CONTROL_BITRATE_CHANGED, .kbps = c->bitrate_kbps};
    send_message(c, &msg);
}

/* ---- what the client did not ask for --------------------------------------------------------------------
 */

static bool may_speak_up(const struct pf_control_dialogue *c, uint64_t mono_ns)
{
    return c->echoes >= PF_CONTROL_ECHOES || mono_ns >= c->config.hold_until_mono_ns;
}

static void pay_debts(struct pf_control_dialogue *c, uint64_t mono_ns)
{
    if (!may_speak_up(c, mono_ns))
        return;
    if (c->owes_mode) {
        c->told = c->mode;
        send_reconfigured(c, true, &c->mode);
    }
    if (c->owes_gap_ms)
        send_message(c, &(struct pf_control){.type = PF_CONTROL_PIPELINE_GAP, .gap_ms = c->owes_gap_ms});
    if (c->owes_bitrate)
        send_bitrate(c);
    c->owes_mode = c->owes_bitrate = false;
    c->owes_gap_ms = 0;
}

/* ---- messages -------------------------------------------------------------------------------------------
 */

static void on_clock_probe(struct pf_control_dialogue *c, const struct pf_control *probe, uint64_t mono_ns)
{
    struct pf_control echo = {.type = PF_CONTROL_CLOCK_ECHO,
        .clock = {.t1_ns = probe->clock.t1_ns,
            .t2_ns = pf_wall_clock_from_mono(&c->config.clock, mono_ns),
            .t3_ns = pf_wall_clock_now(&c->config.clock)}};
    send_message(c, &echo);
    c->echoes++;
    pay_debts(c, mono_ns);
}

static bool is_synthetic(const struct pf_control_dialogue *c)
{
    return c->config.plan->source == PF_SESSION_SOURCE_SYNTHETIC;
}

static void on_reconfigure(struct pf_control_dialogue *c, const struct pf_control *msg, uint64_t mono_ns)
{
    struct pf_mode wanted = mode_of_wire(msg);
    bool fits = pf_session_plan_check_mode(c->config.plan, &wanted, NULL) == PF_REFUSAL_NONE;
    if (!fits || mono_ns < c->reconfigure_ready_ns) {
        send_reconfigured(c, false, &c->mode);
        return;
    }
    c->reconfigure_ready_ns = mono_ns + PF_RECONFIGURE_PERIOD_NS;
    c->told = wanted;
    c->owes_mode = false;
    send_reconfigured(c, true, &wanted);
    if (!is_synthetic(c))
        c->sink.reconfigure(c->sink.user, &wanted);
}

static void on_loss_report(struct pf_control_dialogue *c, uint32_t loss_ppm)
{
    unsigned before = c->parity.percent;
    pf_parity_control_report(&c->parity, loss_ppm);
    if (c->parity.percent != before)
        c->sink.set_fec(c->sink.user, c->parity.percent);
}

static void on_probe_request(struct pf_control_dialogue *c, const struct pf_control *msg, uint64_t mono_ns)
{
    uint32_t kbps = msg->probe_request.target_kbps, ms = msg->probe_request.duration_ms;
    if (!kbps || !ms) {
        pf_control_dialogue_probed(c, &(struct pf_probe_result){0});
        return;
    }
    if (c->probing || mono_ns < c->probe_ready_ns)
        return;
    c->probing = true;
    c->probe_ready_ns = mono_ns + PF_PROBE_PERIOD_NS;
    c->sink.probe(c->sink.user, kbps < PF_SPEED_TEST_MAX_KBPS ? kbps : PF_SPEED_TEST_MAX_KBPS,
        ms < PF_SPEED_TEST_MAX_MS ? ms : PF_SPEED_TEST_MAX_MS);
}

static void on_invalidate(struct pf_control_dialogue *c, uint32_t first, uint32_t last)
{
    if (last - first > PF_INVALIDATE_FRAMES_MAX)
        c->sink.keyframe(c->sink.user);
    else
        c->sink.invalidate(c->sink.user, first, last);
}

static void on_set_bitrate(struct pf_control_dialogue *c, uint32_t kbps)
{
    c->knows_rates = true;
    if (is_synthetic(c)) {
        send_bitrate(c);
        return;
    }
    c->rate_asked = true;
    c->sink.set_bitrate(c->sink.user, pf_session_plan_bitrate(&c->config.policy, kbps));
}

static void note_noise(
    struct pf_control_dialogue *c, const char *what, unsigned type, size_t len, uint64_t mono_ns)
{
    unsigned held_back;
    if (pf_rate_limit_pass(&c->noise, mono_ns, &held_back))
        pf_log_debug("native", "skipped a control message what=%s type=0x%02x bytes=%zu held_back=%u", what,
            type, len, held_back);
}

void pf_control_dialogue_message(
    struct pf_control_dialogue *c, const uint8_t *data, size_t len, uint64_t mono_ns)
{
    struct pf_control msg;
    int rc = pf_control_decode(PF_WIRE_V31, data, len, &msg);
    if (rc) {
        note_noise(c, rc == PF_WIRE_UNKNOWN ? "unknown" : "damaged", len > 4 ? data[4] : 0, len, mono_ns);
        return;
    }
    switch (msg.type) {
    case PF_CONTROL_CLOCK_PROBE:
        on_clock_probe(c, &msg, mono_ns);
        break;
    case PF_CONTROL_RECONFIGURE:
        on_reconfigure(c, &msg, mono_ns);
        break;
    case PF_CONTROL_REQUEST_KEYFRAME:
        c->sink.keyframe(c->sink.user);
        break;
    case PF_CONTROL_RFI_REQUEST:
        on_invalidate(c, msg.rfi.first_frame, msg.rfi.last_frame);
        break;
    case PF_CONTROL_LOSS_REPORT:
        on_loss_report(c, msg.loss_ppm);
        break;
    case PF_CONTROL_PROBE_REQUEST:
        on_probe_request(c, &msg, mono_ns);
        break;
    case PF_CONTROL_SET_BITRATE:
        on_set_bitrate(c, msg.kbps);
        break;
    default:
        note_noise(c, pf_control_name(msg.type), msg.type, len, mono_ns);
    }
}

/* ---- news from the media threads ------------------------------------------------------------------------
 */

void pf_control_dialogue_settled(struct pf_control_dialogue *c, const struct pf_mode *wanted,
    const struct pf_mode *mode, uint32_t bitrate_kbps, uint64_t mono_ns)
{
    c->mode = *mode;
    /* An answer to an older wish says nothing about the one that the client waits for. */
    bool stale = wanted && !same_on_the_wire(wanted, &c->told);
    c->owes_mode = !stale && !same_on_the_wire(mode, &c->told);
    /* Clients of the baseline never ask for a rate and know no message about it. */
    if (c->knows_rates && (c->rate_asked || bitrate_kbps != c->bitrate_kbps))
        c->owes_bitrate = true;
    c->rate_asked = false;
    c->bitrate_kbps = bitrate_kbps;
    pay_debts(c, mono_ns);
}

/* A rebuild may have changed the rate, too: whoever steers it is told which one holds (3.3). */
void pf_control_dialogue_gap(struct pf_control_dialogue *c, uint32_t gap_ms, uint64_t mono_ns)
{
    if (!c->config.newer)
        return;
    c->owes_gap_ms = gap_ms;
    c->owes_bitrate = true;
    pay_debts(c, mono_ns);
}

void pf_control_dialogue_probed(struct pf_control_dialogue *c, const struct pf_probe_result *result)
{
    c->probing = false;
    struct pf_control msg = {.type = PF_CONTROL_PROBE_RESULT,
        .probe_result = {.bytes_sent = result->bytes,
            .access_units = result->units,
            .duration_ms = result->duration_ms,
            .wire_packets_sent = result->packets_sent,
            .send_dropped = result->packets_dropped}};
    send_message(c, &msg);
}

/* ---- time -----------------------------------------------------------------------------------------------
 */

uint64_t pf_control_dialogue_deadline(const struct pf_control_dialogue *c)
{
    return c->owes_mode || c->owes_bitrate || c->owes_gap_ms ? c->config.hold_until_mono_ns : UINT64_MAX;
}

void pf_control_dialogue_tick(struct pf_control_dialogue *c, uint64_t mono_ns)
{
    pay_debts(c, mono_ns);
}
