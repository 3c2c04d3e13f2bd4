#include "session/stats_window.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

void pf_stats_window_init(
    struct pf_stats_window *w, struct pf_recorder *recorder, const char *const *stages, uint64_t length_ns)
{
    memset(w, 0, sizeof(*w));
    w->recorder = recorder;
    w->length_ns = length_ns;
    while (stages[w->stage_count] && w->stage_count < PF_RECORDER_STAGES) {
        w->stages[w->stage_count] = stages[w->stage_count];
        w->stage_count++;
    }
}

void pf_stats_window_value(struct pf_stats_window *w, unsigned stage, uint64_t from_ns, uint64_t to_ns)
{
    if (!w->open || stage >= w->stage_count || w->counts[stage] == PF_STATS_VALUES)
        return;
    uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / PF_NS_PER_US : 0;
    if (from_ns >= w->since_ns) /* a picture from before the recording says nothing about it */
        w->values[stage][w->counts[stage]++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

void pf_stats_window_unit(struct pf_stats_window *w, bool repeat, size_t bytes)
{
    if (!w->open)
        return;
    w->fresh += !repeat;
    w->repeated += repeat;
    w->bytes += bytes;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static float percentile(const uint32_t *sorted, unsigned n, double q)
{
    unsigned i = (unsigned)(n * q);
    return n ? (float)sorted[i < n ? i : n - 1] : 0;
}

static uint32_t delta(uint64_t now, uint64_t before)
{
    uint64_t d = now > before ? now - before : 0;
    return d < UINT32_MAX ? (uint32_t)d : UINT32_MAX;
}

static void open_window(struct pf_stats_window *w, uint64_t now_ns, const struct pf_stats_counters *counters)
{
    w->open = true;
    w->start_ns = now_ns;
    w->before = *counters;
    w->bytes = 0;
    w->fresh = w->repeated = 0;
    memset(w->counts, 0, sizeof(w->counts));
}

static struct pf_recorded_sample make_sample(
    struct pf_stats_window *w, uint64_t now_ns, const struct pf_stats_counters *counters)
{
    double seconds = (double)(now_ns - w->start_ns) / (double)PF_NS_PER_S;
    struct pf_recorded_sample s = {.stage_count = w->stage_count,
        .fps = (float)(w->fresh / seconds),
        .repeat_fps = (float)(w->repeated / seconds),
        .mbps = (float)((double)w->bytes * 8 / seconds / 1e6),
        .frames_dropped = delta(counters->frames_dropped, w->before.frames_dropped),
        .packets_dropped = delta(counters->packets_dropped, w->before.packets_dropped),
        .send_dropped = delta(counters->send_dropped, w->before.send_dropped),
        .fec_recovered = delta(counters->fec_recovered, w->before.fec_recovered)};
    for (unsigned i = 0; i < w->stage_count; i++) {
        qsort(w->values[i], w->counts[i], sizeof(w->values[i][0]), ascending);
        s.stages[i].name = w->stages[i];
        s.stages[i].p50_us = percentile(w->values[i], w->counts[i], 0.5);
        s.stages[i].p99_us = percentile(w->values[i], w->counts[i], 0.99);
    }
    return s;
}

void pf_stats_window_tick(struct pf_stats_window *w, uint64_t now_ns,
    const struct pf_recorded_session *session, uint32_t bitrate_kbps,
    const struct pf_stats_counters *counters)
{
    if (!pf_recorder_is_armed(w->recorder)) {
        w->open = false;
        return;
    }
    if (!w->open) {
        w->since_ns = now_ns;
        open_window(w, now_ns, counters);
        return;
    }
    if (now_ns - w->start_ns < w->length_ns)
        return;
    struct pf_recorded_sample sample = make_sample(w, now_ns, counters);
    sample.session_id = session->id;
    sample.bitrate_kbps = bitrate_kbps;
    pf_recorder_add(w->recorder, session, &sample);
    open_window(w, now_ns, counters);
}
