#include "client/trials.h"

#include "punktfunk/loss.h"
#include "punktfunk/seal.h"

void probe_trials_start(
    struct probe_trials *t, const struct probe_options *options, struct probe_report *report, uint64_t now_ns)
{
    *t = (struct probe_trials){
        .options = options, .report = report, .start_ns = now_ns, .report_ns = now_ns + PF_LOSS_REPORT_NS};
}

bool probe_trials_speed_runs(const struct probe_trials *t)
{
    return t->speed.asked_ns && !t->speed.over;
}

bool probe_trials_speed_over(const struct probe_trials *t)
{
    return t->options->speed_test.wanted && t->speed.over;
}

static bool loss_due(
    struct probe_trials *t, const struct pf_reassembler_stats *stats, uint64_t now, struct pf_control *ret)
{
    struct probe_report *r = t->report;
    if (now < t->report_ns)
        return false;
    uint32_t ppm = pf_loss_ppm(&t->reported, stats);
    t->report_ns = now + PF_LOSS_REPORT_NS;
    t->reported = *stats;
    if (probe_trials_speed_runs(t))
        return false;
    r->loss_reports++;
    r->last_loss_ppm = ppm;
    if (ppm > r->max_loss_ppm)
        r->max_loss_ppm = ppm;
    *ret = (struct pf_control){.type = PF_CONTROL_LOSS_REPORT, .loss_ppm = ppm};
    return true;
}

static bool remode_due(struct probe_trials *t, uint64_t now, struct pf_control *ret)
{
    const struct probe_options *o = t->options;
    if (!o->remode.wanted || t->remode_ns || (double)(now - t->start_ns) < o->remode.after_s * 1e9)
        return false;
    t->remode_ns = now;
    t->report->remode.asked = true;
    *ret = (struct pf_control){.type = PF_CONTROL_RECONFIGURE,
        .mode = {o->remode.mode.width, o->remode.mode.height, o->remode.mode.refresh}};
    return true;
}

static bool rate_due(struct probe_trials *t, uint64_t now, struct pf_control *ret)
{
    const struct probe_options *o = t->options;
    if (!o->rate.wanted || t->rate_asked || (double)(now - t->start_ns) < o->rate.after_s * 1e9)
        return false;
    t->rate_asked = true;
    *ret = (struct pf_control){.type = PF_CONTROL_SET_BITRATE, .kbps = o->rate.kbps};
    return true;
}

/* The burst is over and its last packets are in: compares what was sent with what came. */
static void conclude_speed_test(struct probe_trials *t, const struct pf_reassembler_stats *after)
{
    struct probe_report *r = t->report;
    uint64_t packets = after->packets - t->speed.before.packets;
    uint64_t overhead = r->welcome.encrypt ? PF_SEAL_OVERHEAD : 0;
    uint64_t bytes = after->bytes - t->speed.before.bytes + packets * overhead;
    uint64_t sent = r->speed_test.wire_packets_sent, offered = sent + r->speed_test.send_dropped;
    uint64_t ms = r->speed_test.duration_ms ? r->speed_test.duration_ms : 1;
    t->speed.over = true;
    r->speed_test.packets_received = packets;
    r->speed_test.wire_bytes_received = bytes;
    r->speed_test.delivered_kbps = bytes * 8 / ms;
    if (sent > packets)
        r->speed_test.loss_percent = 100.0 * (double)(sent - packets) / (double)sent;
    if (offered)
        r->speed_test.host_drop_percent = 100.0 * r->speed_test.send_dropped / (double)offered;
}

static bool speed_due(
    struct probe_trials *t, const struct pf_reassembler_stats *stats, uint64_t now, struct pf_control *ret)
{
    const struct probe_options *o = t->options;
    if (!o->speed_test.wanted || t->speed.over)
        return false;
    if (!t->speed.asked_ns && now - t->start_ns >= PROBE_SPEED_AFTER_NS) {
        t->speed.asked_ns = now;
        t->speed.before = *stats;
        t->report->speed_test.asked = true;
        *ret = (struct pf_control){
            .type = PF_CONTROL_PROBE_REQUEST, .probe_request = {o->speed_test.kbps, o->speed_test.ms}};
        return true;
    }
    if (t->speed.result_ns && now - t->speed.result_ns >= PROBE_SPEED_TAIL_NS)
        conclude_speed_test(t, stats);
    else if (t->speed.asked_ns && now - t->speed.asked_ns >= PROBE_SPEED_LIMIT_NS)
        t->speed.over = true;
    return false;
}

bool probe_trials_due(struct probe_trials *t, const struct pf_reassembler_stats *stats, uint64_t now_ns,
    struct pf_control *ret_message)
{
    return loss_due(t, stats, now_ns, ret_message) || remode_due(t, now_ns, ret_message) ||
           rate_due(t, now_ns, ret_message) || speed_due(t, stats, now_ns, ret_message);
}

static void take_reconfigured(struct probe_trials *t, const struct pf_control *m, uint64_t now_ns)
{
    struct probe_report *r = t->report;
    if (!r->remode.answered && t->remode_ns)
        r->remode.answer_ms = (double)(now_ns - t->remode_ns) / 1e6;
    r->remode.answered = true;
    r->remode.accepted = m->reconfigured.accepted;
    r->remode.width = m->reconfigured.width;
    r->remode.height = m->reconfigured.height;
    r->remode.refresh = m->reconfigured.refresh;
    r->remode.answers++;
}

static void take_probe_result(struct probe_trials *t, const struct pf_control *m, uint64_t now_ns)
{
    struct probe_report *r = t->report;
    if (!probe_trials_speed_runs(t) || t->speed.result_ns)
        return;
    t->speed.result_ns = now_ns;
    r->speed_test.answered = true;
    r->speed_test.bytes_sent = m->probe_result.bytes_sent;
    r->speed_test.access_units = m->probe_result.access_units;
    r->speed_test.duration_ms = m->probe_result.duration_ms;
    r->speed_test.wire_packets_sent = m->probe_result.wire_packets_sent;
    r->speed_test.send_dropped = m->probe_result.send_dropped;
}

static void take_rate(struct probe_trials *t, uint32_t kbps)
{
    t->report->rate.answers++;
    t->report->rate.kbps = kbps;
}

static void take_gap(struct probe_trials *t, uint32_t gap_ms)
{
    t->report->gaps.count++;
    t->report->gaps.last_ms = gap_ms;
}

void probe_trials_take(struct probe_trials *t, const struct pf_control *message, uint64_t now_ns)
{
    if (message->type == PF_CONTROL_RECONFIGURED)
        take_reconfigured(t, message, now_ns);
    else if (message->type == PF_CONTROL_PROBE_RESULT)
        take_probe_result(t, message, now_ns);
    else if (message->type == PF_CONTROL_BITRATE_CHANGED)
        take_rate(t, message->kbps);
    else if (message->type == PF_CONTROL_PIPELINE_GAP)
        take_gap(t, message->gap_ms);
}
