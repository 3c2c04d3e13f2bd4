/* Gathers what a sending thread measures into one sample for each window (management-and-operations.md 6.2).
 * Nothing is gathered, and next to no time spent, while nobody records. One thread. */
#ifndef PF_SESSION_STATS_WINDOW_H
#define PF_SESSION_STATS_WINDOW_H

#include "session/recorder.h"

#define PF_STATS_VALUES 1024u /* for each stage and window; the rest is left out of the percentiles */

/* What counts up since the session began. */
struct pf_stats_counters {
    uint64_t frames_dropped, packets_dropped, send_dropped, fec_recovered;
};

struct pf_stats_window {
    struct pf_recorder *recorder; /* NULL: nobody records */
    const char *stages[PF_RECORDER_STAGES];
    unsigned stage_count;
    uint64_t length_ns;

    bool open;
    uint64_t since_ns; /* of the recording, in this window's life */
    uint64_t start_ns;
    struct pf_stats_counters before;
    uint64_t bytes;
    unsigned fresh, repeated;
    unsigned counts[PF_RECORDER_STAGES];
    uint32_t values[PF_RECORDER_STAGES][PF_STATS_VALUES];
};

/* `stages` ends with NULL; the names are borrowed for ever. */
void pf_stats_window_init(
    struct pf_stats_window *w, struct pf_recorder *recorder, const char *const *stages, uint64_t length_ns);

/* True while values are wanted: then call the others. */
static inline bool pf_stats_window_is_on(const struct pf_stats_window *w)
{
    return w->open || pf_recorder_is_armed(w->recorder);
}

void pf_stats_window_value(struct pf_stats_window *w, unsigned stage, uint64_t from_ns, uint64_t to_ns);
void pf_stats_window_unit(struct pf_stats_window *w, bool repeat, size_t bytes);

/* Opens the window, and closes it with a sample once it is long enough; call it often, also without frames.
 */
void pf_stats_window_tick(struct pf_stats_window *w, uint64_t now_ns,
    const struct pf_recorded_session *session, uint32_t bitrate_kbps,
    const struct pf_stats_counters *counters);

#endif
