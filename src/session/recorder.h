/* Records how streams do, on demand (management-and-operations.md 6): samples of all sessions, of both
 * protocols, into one file.
 *
 * Any thread. Memory: at most PF_RECORDER_SAMPLES samples; disk: at most PF_RECORDER_FILES recordings, the
 * oldest go when a new one is saved.
 */
#ifndef PF_SESSION_RECORDER_H
#define PF_SESSION_RECORDER_H

#include "base/error.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_RECORDER_SAMPLES 5400u
#define PF_RECORDER_FILES   200u
#define PF_RECORDER_STAGES  5u

/* Whose samples they are. Strings are borrowed for ever. */
struct pf_recorded_session {
    uint32_t id;
    const char *kind;  /* "native" or "gamestream" */
    const char *codec; /* "h264", "hevc" or "av1" */
    uint32_t width, height, fps;
    char client[48]; /* digits of its fingerprint, else its address */
};

struct pf_recorded_sample {
    uint64_t t_ms; /* set by the recorder */
    uint32_t session_id;
    unsigned stage_count;
    struct pf_recorded_stage {
        const char *name; /* borrowed for ever */
        float p50_us, p99_us;
    } stages[PF_RECORDER_STAGES];
    float fps, repeat_fps, mbps;
    uint32_t bitrate_kbps, frames_dropped, packets_dropped, send_dropped, fec_recovered;
};

struct pf_recorder {
    atomic_bool armed;
    struct pf_recorder_state *state;
};

/* Recordings are kept in the folder `dir`/captures, which is made when the first one is saved. */
int pf_recorder_init(struct pf_recorder *recorder, const char *dir);
void pf_recorder_finish(struct pf_recorder *recorder);

/* True while something is recorded: one relaxed read, for every frame. NULL is allowed. */
static inline bool pf_recorder_is_armed(const struct pf_recorder *r)
{
    return r && atomic_load_explicit(&r->armed, memory_order_relaxed);
}

/* Adds a sample, if something is recorded; the first one of a capture says what it is of. */
void pf_recorder_add(struct pf_recorder *recorder, const struct pf_recorded_session *session,
    const struct pf_recorded_sample *sample);

struct pf_recorder_status {
    bool armed;
    uint32_t sample_count;
    uint64_t started_unix_ms; /* 0: idle */
    const char *kind;         /* "": no session yet */
};
void pf_recorder_status(struct pf_recorder *recorder, struct pf_recorder_status *ret_status);

/* Starts a capture; one that runs goes on. */
void pf_recorder_start(struct pf_recorder *recorder);
/* Ends the capture and writes it; blocks. *ret_meta is a new reference. 1; 0 if nothing was recorded;
 * negative if it could not be written and is lost. */
int pf_recorder_stop(struct pf_recorder *recorder, json_t **ret_meta, struct pf_error *err);
/* The capture that runs, as its file would be; a new reference, NULL if there is none. */
json_t *pf_recorder_live(struct pf_recorder *recorder);

/* ---- recordings; these block ---- */

/* Metas, newest start first. Files that cannot be understood are left out. */
json_t *pf_recorder_list(struct pf_recorder *recorder);
/* Errors: -ENOENT, also for what is no id; -EBADMSG if the file is no recording; of reading. */
int pf_recorder_read(
    struct pf_recorder *recorder, const char *id, json_t **ret_capture, struct pf_error *err);
int pf_recorder_remove(struct pf_recorder *recorder, const char *id, struct pf_error *err);

/* A recording as comma-separated values with a line of names; free() it. NULL if memory is exhausted. */
char *pf_recording_to_csv(const json_t *capture);

#endif
