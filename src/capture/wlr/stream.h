/* What the copy protocols have in common: thread, connection, buffers, and the end of it all.
 *
 * A protocol (screencopy.c, ext_copy.c) embeds struct pf_wl_stream as its first member and supplies the step
 * functions. All but destroy runs on the capture thread.
 */
#ifndef PF_CAPTURE_WLR_STREAM_H
#define PF_CAPTURE_WLR_STREAM_H

#include "capture/capture.h"
#include "capture/wlr/buffers.h"
#include "capture/wlr/connection.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pf_wl_stream;

struct pf_wl_stream_ops {
    /* Asks for the next picture. Returns 0 or what ends the capture. */
    int (*request)(struct pf_wl_stream *stream);
    /* A buffer that the protocol waited for may be free now. */
    int (*buffer_free)(struct pf_wl_stream *stream);
    /* Destroys the protocol's proxies; the connection is still open. */
    void (*cleanup)(struct pf_wl_stream *stream);
};

struct pf_wl_stream {
    struct pf_capture base;
    const struct pf_wl_stream_ops *ops;
    struct pf_capture_params params;
    struct pf_wl_connection connection;
    struct pf_wl_pool *pool;
    pthread_t thread;
    int wake_fd;
    atomic_bool stop;

    bool no_dmabuf;         /* GPU buffers were tried in vain, or nobody wants them */
    int broken;             /* set by listeners: the code to end with */
    bool wants_buffer;      /* the protocol waits for a free buffer */
    unsigned failures;      /* copies that failed since the last good one */
    uint64_t retry_mono_ns; /* when to ask again after a failure; 0: not waiting */
    uint64_t sequence;
};

/* Opens the connection and the wake-up; `stream` is zeroed and its ops are set. On failure nothing is open.
 */
int pf_wl_stream_init(struct pf_wl_stream *stream, const struct pf_source *source,
    const struct pf_capture_params *params, struct pf_error *err);

/* Undoes init; the thread does not run. Does not free `stream`. */
void pf_wl_stream_finish(struct pf_wl_stream *stream);

/* Starts the thread. Returns 0 or -errno. */
int pf_wl_stream_start(struct pf_wl_stream *stream);

/* Makes `pool` fit one of the shapes that the compositor offers (width 0: not offered): keeps it, or replaces
 * it. GPU memory is preferred if the consumer takes it. -ENOTSUP if neither can be done. */
int pf_wl_stream_fit_pool(
    struct pf_wl_stream *stream, const struct pf_wl_shape *shm, const struct pf_wl_shape *dmabuf);

/* The buffer is filled: publishes it and asks for the next picture. */
void pf_wl_stream_deliver(struct pf_wl_stream *stream, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns);

/* A copy failed: asks again a little later, or ends the capture if that went on for a second. */
void pf_wl_stream_copy_failed(struct pf_wl_stream *stream);

/* Ends the capture from a listener; the first code counts. */
void pf_wl_stream_break(struct pf_wl_stream *stream, int code);

#endif
