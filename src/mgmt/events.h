/* What happens on the host, for consoles that want to know at once: server-sent events with resume
 * (management-and-operations.md 3.11, GET /events).
 *
 * The newest PF_MGMT_EVENTS are kept, so that a stream that broke off misses nothing when it comes back.
 * Control loop only.
 */
#ifndef PF_MGMT_EVENTS_H
#define PF_MGMT_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_MGMT_EVENTS      1024u
#define PF_MGMT_STREAMS_MAX 32u

struct pf_mgmt_events;

/* NULL if memory is exhausted. */
struct pf_mgmt_events *pf_mgmt_events_create(void);
/* No stream may be left. NULL is allowed. */
void pf_mgmt_events_destroy(struct pf_mgmt_events *events);

/* Something happened: `kind` is like "session.started"; takes over `data`, an object (NULL: none). NULL
 * events are allowed. */
void pf_mgmt_publish(struct pf_mgmt_events *events, const char *kind, json_t *data);

/* ---- for the server ---- */

struct pf_mgmt_stream;

struct pf_mgmt_stream_wish {
    bool resume;     /* with the event after `after`; else with the next one */
    uint64_t after;  /* 0: the oldest kept */
    char kinds[128]; /* comma-separated: "session.started", "session.*"; empty: all */
};

/* NULL: there are too many, or memory is exhausted. `ready` is called when a stream that had nothing to read
 * has something again. */
struct pf_mgmt_stream *pf_mgmt_stream_open(
    struct pf_mgmt_events *events, const struct pf_mgmt_stream_wish *wish);
void pf_mgmt_stream_on_ready(struct pf_mgmt_stream *stream, void (*ready)(void *user), void *user);
void pf_mgmt_stream_close(struct pf_mgmt_stream *stream); /* NULL is allowed */

/* Copies at most `max` bytes of what the stream is to send. 0: nothing now; `ready` will be called. */
size_t pf_mgmt_stream_read(struct pf_mgmt_stream *stream, char *out, size_t max);

/* Gives streams that have been silent for ten seconds something to send, so that dead peers are found. */
void pf_mgmt_events_tick(struct pf_mgmt_events *events, uint64_t mono_ns);

#endif
