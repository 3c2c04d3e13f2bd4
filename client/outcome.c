#include "client/outcome.h"

#include "punktfunk/wire_common.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void probe_outcome_fail(struct probe_report *r, int status, const char *fmt, ...)
{
    va_list args;
    if (r->exit_status != PROBE_OK)
        return;
    r->exit_status = status;
    va_start(args, fmt);
    vsnprintf(r->problem, sizeof(r->problem), fmt, args);
    va_end(args);
}

static void fail_by_host(struct probe_report *r, uint64_t code)
{
    const char *reason = r->close.reason, *colon = reason[0] ? ": " : "";
    if (code >= PF_CLOSE_BUSY && code <= PF_CLOSE_LAUNCH_DENIED)
        probe_outcome_fail(r, (int)code, "%s%s%s", r->close.text, colon, reason);
    else if (code == PF_CLOSE_ERROR)
        probe_outcome_fail(
            r, PROBE_CHECK_FAILED, "the host ended the session with an error%s%s", colon, reason);
    else
        probe_outcome_fail(r, PROBE_NO_CONNECTION, "the host closed the connection%s%s", colon, reason);
}

void probe_outcome_closed(struct probe_report *r, const struct pf_quic_close_info *info, bool expected)
{
    const char *name = pf_close_name(info->code);
    bool application = info->kind == PF_QUIC_CLOSED_BY_PEER || info->kind == PF_QUIC_CLOSED_HERE;
    r->close.happened = true;
    r->close.by_host = info->kind == PF_QUIC_CLOSED_BY_PEER;
    r->close.code = info->code;
    snprintf(r->close.name, sizeof(r->close.name), "%s", application && name ? name : "");
    snprintf(
        r->close.text, sizeof(r->close.text), "%s", application ? pf_close_text(info->code) : info->text);
    snprintf(r->close.reason, sizeof(r->close.reason), "%s", info->reason);
    switch (info->kind) {
    case PF_QUIC_CLOSED_HERE:
        break;
    case PF_QUIC_CLOSED_BY_PEER:
        if (!expected || info->code != PF_CLOSE_DONE)
            fail_by_host(r, info->code);
        break;
    case PF_QUIC_CLOSED_WRONG_PEER:
        probe_outcome_fail(r, PROBE_WRONG_HOST, "%s", info->text);
        break;
    default:
        probe_outcome_fail(r, PROBE_NO_CONNECTION, "%s", info->text);
    }
}

static void judge_synthetic(struct probe_report *r, const struct probe_options *o, bool complete)
{
    const struct probe_receiver_stats *s = &r->received;
    if (s->mismatched)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "%" PRIu64 " frames had the wrong content", s->mismatched);
    if (complete && !o->allow_loss && s->frames != r->welcome.frames)
        probe_outcome_fail(
            r, PROBE_CHECK_FAILED, "%" PRIu64 " of %u frames arrived", s->frames, r->welcome.frames);
}

void probe_outcome_judge(struct probe_report *r, const struct probe_options *o, bool complete)
{
    const struct probe_receiver_stats *s = &r->received;
    if (r->welcome.frames)
        judge_synthetic(r, o, complete);
    if (s->frames == 0)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "no frame arrived");
    if (s->write_failed || s->viewer.failed)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "an output file could not be written");
    if (s->broken)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "the data socket broke");
    if (o->screenshot && !r->welcome.frames && !s->viewer.screenshot_written)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "no picture was decoded in time for %s", o->screenshot);
    if (r->remode.asked && !r->remode.answered)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "the host did not answer the mode switch");
    if (r->speed_test.asked && !r->speed_test.answered)
        probe_outcome_fail(r, PROBE_CHECK_FAILED, "the host did not answer the speed test");
}
