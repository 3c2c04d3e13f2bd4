/* Live figures of a stream: written by its thread, read by any. */
#ifndef PF_SESSION_STREAM_METER_H
#define PF_SESSION_STREAM_METER_H

#include "media/access_unit.h"
#include "session/stream.h"

#include <pthread.h>

#define PF_METER_SAMPLES 256

/* The last microsecond values, for percentiles. */
struct pf_meter_ring {
    uint32_t us[PF_METER_SAMPLES];
    unsigned count, next;
};

struct pf_stream_meter {
    pthread_mutex_t lock;
    struct pf_stream_stats stats; /* percentiles are worked out when somebody asks */
    struct pf_meter_ring encode, queue;
    uint64_t second_start_ns;
    uint64_t second_bytes;
    unsigned second_fresh, second_repeated;
};

void pf_stream_meter_init(struct pf_stream_meter *m, uint64_t now_ns);
void pf_stream_meter_finish(struct pf_stream_meter *m);

/* Counts a finished unit. */
void pf_stream_meter_unit(struct pf_stream_meter *m, const struct pf_access_unit *au);
void pf_stream_meter_state(struct pf_stream_meter *m, enum pf_stream_state state);
/* What is in force now. */
void pf_stream_meter_terms(struct pf_stream_meter *m, const struct pf_mode *mode, uint32_t bitrate_kbps);
void pf_stream_meter_rebuilt(struct pf_stream_meter *m);

void pf_stream_meter_read(struct pf_stream_meter *m, uint64_t now_ns, struct pf_stream_stats *ret_stats);

#endif
