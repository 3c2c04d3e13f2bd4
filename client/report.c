#include "client/report.h"

#include "base/hex.h"

#include <inttypes.h>
#include <string.h>

struct probe_distribution probe_distribution_of(struct probe_samples *s)
{
    return (struct probe_distribution){
        .count = s->count,
        .p50 = probe_samples_at(s, 0.50),
        .p95 = probe_samples_at(s, 0.95),
        .p99 = probe_samples_at(s, 0.99),
        .max = probe_samples_max(s),
    };
}

static const char *codec_name(uint8_t codec)
{
    return codec == PF_WIRE_CODEC_H264 ? "h264" : codec == PF_WIRE_CODEC_HEVC ? "hevc" : "av1";
}

static const char *compositor_name(uint8_t compositor)
{
    static const char *const names[] = {"none", "kwin", "wlroots", "mutter", "gamescope"};
    return compositor < 5 ? names[compositor] : "unknown";
}

static json_t *number(uint64_t v)
{
    return json_integer((json_int_t)v);
}

static json_t *time_or_null(double ms)
{
    return ms < 0 ? json_null() : json_real(ms);
}

static json_t *distribution_json(const struct probe_distribution *d)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "count", number(d->count), "p50", number(d->p50), "p95",
        number(d->p95), "p99", number(d->p99), "max", number(d->max));
}

static json_t *welcome_json(const struct pf_welcome *w)
{
    json_t *j = json_pack("{s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:i, s:b}", "width", number(w->width),
        "height", number(w->height), "refresh", number(w->refresh), "udp_port", w->udp_port, "fec_scheme",
        w->fec_scheme, "fec_percent", w->fec_percent, "max_data_per_block", w->max_data_per_block,
        "shard_payload", w->shard_payload, "encrypt", w->encrypt);
    json_t *more = json_pack("{s:o, s:s, s:i, s:o, s:i, s:i, s:i, s:s, s:b, s:i, s:i}", "frames",
        number(w->frames), "compositor", compositor_name(w->compositor), "gamepad", w->gamepad,
        "bitrate_kbps", number(w->bitrate_kbps), "bit_depth", w->bit_depth, "chroma_format_idc",
        w->chroma_format_idc, "audio_channels", w->audio_channels, "codec", codec_name(w->codec), "extended",
        w->extended, "host_caps", w->host_caps, "mgmt_port", w->mgmt_port);
    json_object_update_new(j, more);
    return j;
}

static json_t *remode_json(const struct probe_report *r)
{
    return json_pack("{s:b, s:b, s:i, s:o, s:o, s:o, s:o}", "answered", r->remode.answered, "accepted",
        r->remode.accepted, "answers", r->remode.answers, "width", number(r->remode.width), "height",
        number(r->remode.height), "refresh", number(r->remode.refresh), "answer_ms",
        time_or_null(r->remode.answered ? r->remode.answer_ms : -1));
}

static json_t *speed_test_json(const struct probe_report *r)
{
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f}", "answered",
        r->speed_test.answered, "bytes_sent", number(r->speed_test.bytes_sent), "access_units",
        number(r->speed_test.access_units), "duration_ms", number(r->speed_test.duration_ms),
        "wire_packets_sent", number(r->speed_test.wire_packets_sent), "send_dropped",
        number(r->speed_test.send_dropped), "packets_received", number(r->speed_test.packets_received),
        "wire_bytes_received", number(r->speed_test.wire_bytes_received), "delivered_kbps",
        number(r->speed_test.delivered_kbps), "loss_percent", r->speed_test.loss_percent, "host_drop_percent",
        r->speed_test.host_drop_percent);
}

static json_t *close_json(const struct probe_report *r)
{
    if (!r->close.happened)
        return json_null();
    return json_pack("{s:b, s:o, s:o, s:s, s:s}", "by_host", r->close.by_host, "code", number(r->close.code),
        "name", r->close.name[0] ? json_string(r->close.name) : json_null(), "text", r->close.text, "reason",
        r->close.reason);
}

/* [frame, data shards, parity shards] for each change. */
static json_t *parity_json(const struct probe_parity_log *log)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < log->count && i < PROBE_PARITY_CHANGES; i++)
        json_array_append_new(list, json_pack("[o, i, i]", number(log->changes[i].frame),
                                        log->changes[i].data, log->changes[i].parity));
    return list;
}

static void add_video(json_t *j, const struct probe_report *r)
{
    const struct probe_receiver_stats *s = &r->received;
    const struct pf_reassembler_stats *p = &s->packets;
    uint64_t verified = r->welcome.frames ? s->frames - s->mismatched : 0;
    json_object_update_new(
        j, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "frames",
               number(s->frames), "bytes", number(s->bytes), "keyframes", number(s->idr_frames), "anchors",
               number(s->anchor_frames), "repair_requests", number(s->repairs_asked), "frames_lost",
               number(s->frames_lost), "frames_restored", number(s->restored_frames), "fec_recovered",
               number(p->restored_shards), "verified", number(verified), "mismatched", number(s->mismatched),
               "keyframe_requests", number(s->keyframes_asked), "streamed_s", r->streamed_s));
    json_object_set_new(j, "packets",
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "arrived", number(s->datagrams), "dropped_on_purpose",
            number(s->dropped_on_purpose), "refused", number(s->refused), "used", number(p->packets),
            "discarded", number(p->packets_dropped), "late_shards", number(p->late_shards)));
    json_object_set_new(j, "parity", parity_json(&s->parity));
    json_object_set_new(j, "loss_reports",
        json_pack("{s:o, s:o, s:o}", "sent", number(r->loss_reports), "last_ppm", number(r->last_loss_ppm),
            "max_ppm", number(r->max_loss_ppm)));
}

static void add_pictures(json_t *j, const struct probe_viewer_stats *v)
{
    json_object_update_new(
        j, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "pictures", number(v->pictures), "decode_errors",
               number(v->errors), "decode_errors_at_end", number(v->errors_since_healed), "decode_skipped",
               number(v->skipped), "picture_width", number(v->width), "picture_height", number(v->height),
               "screenshot_written", v->screenshot_written));
}

static json_t *heard_json(const struct probe_heard *h)
{
    json_t *channels = json_array();
    for (unsigned c = 0; c < h->channels; c++)
        json_array_append_new(channels, json_pack("{s:f, s:f, s:f}", "peak_dbfs", h->channel[c].peak_dbfs,
                                            "rms_dbfs", h->channel[c].rms_dbfs, "hz", h->channel[c].hz));
    return json_pack("{s:o, s:o, s:o, s:f, s:o}", "packets", number(h->packets), "missing",
        number(h->missing), "damaged", number(h->damaged), "seconds", h->seconds, "channels", channels);
}

static json_t *feedback_json(const struct probe_feedback *f)
{
    char effect[2 * PF_HID_EFFECT_LEN + 1];
    pf_hex_encode(f->trigger_effect, PF_HID_EFFECT_LEN, effect);
    return json_pack("{s:{s:i, s:i, s:i, s:i}, s:[iii], s:i, s:{s:i, s:s}}", "rumble", "low", f->rumble_low,
        "high", f->rumble_high, "ttl_ms", f->rumble_ttl_ms, "seq", f->rumble_seq, "light_bar",
        f->light_bar[0], f->light_bar[1], f->light_bar[2], "player_leds", f->player_leds, "trigger", "which",
        f->trigger_which, "effect", effect);
}

static void add_side_planes(json_t *j, const struct probe_report *r)
{
    json_object_set_new(j, "datagrams",
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "audio", number(r->datagrams.audio),
            "audio_bytes", number(r->datagrams.audio_bytes), "rumble", number(r->datagrams.rumble), "hid",
            number(r->datagrams.hid), "hdr", number(r->datagrams.hdr), "host_timing",
            number(r->datagrams.host_timing), "cursor", number(r->datagrams.cursor), "unknown",
            number(r->datagrams.unknown)));
    json_object_set_new(j, "heard", r->heard.packets ? heard_json(&r->heard) : json_null());
    json_object_set_new(j, "feedback", feedback_json(&r->feedback));
    json_object_set_new(
        j, "rate", json_pack("{s:i, s:o}", "answers", (int)r->rate.answers, "kbps", number(r->rate.kbps)));
    json_object_set_new(
        j, "gaps", json_pack("{s:i, s:o}", "count", (int)r->gaps.count, "last_ms", number(r->gaps.last_ms)));
    json_object_set_new(j, "control_unknown", number(r->control_unknown));
    json_object_set_new(j, "remode", r->remode.asked ? remode_json(r) : json_null());
    json_object_set_new(j, "speed_test", r->speed_test.asked ? speed_test_json(r) : json_null());
}

json_t *probe_report_json(const struct probe_report *r)
{
    json_t *j = json_pack("{s:b, s:i, s:s, s:s, s:s, s:o}", "ok", r->exit_status == PROBE_OK, "exit",
        r->exit_status, "problem", r->problem, "host_fingerprint", r->host_fingerprint, "client_fingerprint",
        r->client_fingerprint, "close", close_json(r));
    if (r->pairing) {
        json_object_set_new(j, "paired", json_boolean(r->paired));
        return j;
    }
    json_object_update_new(
        j, json_pack("{s:o, s:o, s:o, s:o}", "ready_ms", time_or_null(r->ready_ms), "welcome_ms",
               time_or_null(r->welcome_ms), "first_frame_ms", time_or_null(r->first_frame_ms),
               "first_decoded_ms", time_or_null(r->first_picture_ms)));
    json_object_set_new(j, "quic_rtt_ms", json_real(r->quic_rtt_ms));
    json_object_set_new(j, "welcome", r->welcomed ? welcome_json(&r->welcome) : json_null());
    json_object_set_new(j, "clock",
        json_pack("{s:b, s:I, s:I}", "valid", r->clock_valid, "offset_ns", (json_int_t)r->clock.offset_ns,
            "rtt_ns", (json_int_t)r->clock.rtt_ns));
    add_video(j, r);
    add_pictures(j, &r->received.viewer);
    json_object_set_new(j, "latency_us", distribution_json(&r->latency));
    json_object_set_new(j, "host_us", distribution_json(&r->host));
    json_object_set_new(j, "network_us", distribution_json(&r->network));
    add_side_planes(j, r);
    return j;
}

static void print_distribution(FILE *out, const char *name, const struct probe_distribution *d)
{
    if (d->count)
        fprintf(out, "%-12s p50 %" PRIu64 "  p95 %" PRIu64 "  p99 %" PRIu64 "  max %" PRIu64 " µs (%zu)\n",
            name, d->p50, d->p95, d->p99, d->max, d->count);
}

static void print_heard(FILE *out, const struct probe_report *r)
{
    const struct probe_heard *h = &r->heard;
    fprintf(out,
        "audio        %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " missing, %" PRIu64 " damaged\n",
        h->packets, r->datagrams.audio_bytes, h->missing, h->damaged);
    for (unsigned c = 0; c < h->channels; c++)
        fprintf(
            out, "  channel %u  peak %.1f dBFS, %.0f Hz\n", c + 1, h->channel[c].peak_dbfs, h->channel[c].hz);
}

static void print_times(FILE *out, const struct probe_report *r)
{
    const struct {
        const char *name;
        double ms;
    } times[] = {{"connected", r->ready_ms}, {"welcome", r->welcome_ms}, {"first frame", r->first_frame_ms},
        {"first picture", r->first_picture_ms}};
    const char *gap = "";
    fputs("times       ", out);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (times[i].ms < 0)
            continue;
        fprintf(out, " %s%s %.1f ms", gap, times[i].name, times[i].ms);
        gap = " ";
    }
    fputc('\n', out);
}

static void print_session(FILE *out, const struct probe_report *r)
{
    const struct pf_welcome *w = &r->welcome;
    const struct probe_receiver_stats *s = &r->received;
    fprintf(out, "session      %ux%u@%u %s %u kbit/s, %s, parity %u %%, payload %u\n", w->width, w->height,
        w->refresh, w->frames ? "synthetic" : codec_name(w->codec), w->bitrate_kbps,
        compositor_name(w->compositor), w->fec_percent, w->shard_payload);
    print_times(out, r);
    if (r->clock_valid)
        fprintf(out, "clock        offset %+" PRId64 " ns, round trip %" PRId64 " ns\n", r->clock.offset_ns,
            r->clock.rtt_ns);
    fprintf(out,
        "video        %" PRIu64 " frames, %" PRIu64 " lost, %" PRIu64 " keyframes, %" PRIu64
        " bytes in %.1f s\n",
        s->frames, s->frames_lost, s->idr_frames, s->bytes, r->streamed_s);
    fprintf(out,
        "packets      %" PRIu64 " arrived, %" PRIu64 " thrown away here, %" PRIu64 " refused; %" PRIu64
        " restored from parity, %" PRIu64 " keyframes asked\n",
        s->datagrams, s->dropped_on_purpose, s->refused, s->packets.restored_shards, s->keyframes_asked);
    print_distribution(out, "latency", &r->latency);
    print_distribution(out, "  host", &r->host);
    print_distribution(out, "  network", &r->network);
    if (r->heard.packets)
        print_heard(out, r);
    if (w->frames)
        fprintf(out, "verification %s (%" PRIu64 " of %u frames, %" PRIu64 " damaged)\n",
            r->exit_status == PROBE_OK ? "PASSED" : "FAILED", s->frames, w->frames, s->mismatched);
}

static void print_tests(FILE *out, const struct probe_report *r)
{
    if (r->remode.asked)
        fprintf(out, "mode switch  %s, now %ux%u@%u\n",
            !r->remode.answered  ? "not answered"
            : r->remode.accepted ? "accepted"
                                 : "refused",
            r->remode.width, r->remode.height, r->remode.refresh);
    if (r->speed_test.asked && !r->speed_test.answered)
        fputs("speed test   not answered\n", out);
    else if (r->speed_test.asked)
        fprintf(out, "speed test   %" PRIu64 " kbit/s delivered, %.1f %% lost, %.1f %% dropped by the host\n",
            r->speed_test.delivered_kbps, r->speed_test.loss_percent, r->speed_test.host_drop_percent);
}

void probe_report_print(FILE *out, const struct probe_report *r)
{
    if (r->host_fingerprint[0])
        fprintf(out, "host         %s\n", r->host_fingerprint);
    if (r->paired)
        fprintf(out, "PAIRED: connect with --pin %s from now on\n", r->host_fingerprint);
    if (r->welcomed)
        print_session(out, r);
    print_tests(out, r);
    if (r->close.happened && r->close.by_host && r->close.code)
        fprintf(out, "closed       by the host with code 0x%" PRIx64 " (%s): %s%s%s\n", r->close.code,
            r->close.name[0] ? r->close.name : "unknown", r->close.text, r->close.reason[0] ? ": " : "",
            r->close.reason);
    if (r->problem[0])
        fprintf(out, "FAILED       %s\n", r->problem);
}
