/* Listening to a sink of PipeWire. */
#ifndef PF_AUDIO_PIPEWIRE_CAPTURE_H
#define PF_AUDIO_PIPEWIRE_CAPTURE_H

#include "audio/ring.h"
#include "pipewire/connection.h"

struct pf_pw_capture {
    struct pf_pw_connection connection;
    struct pw_stream *stream;
    struct spa_hook hook;
    struct pf_audio_ring ring;
    unsigned channels;
    int wake_fd;      /* eventfd: samples came, or the end */
    atomic_bool over; /* the stream or the server is gone */
};

/* `sink`: its name; NULL: the default one, wherever that goes. Blocks for some milliseconds. */
int pf_pw_capture_open(struct pf_pw_capture *c, const char *sink, unsigned channels, struct pf_error *err);
void pf_pw_capture_close(struct pf_pw_capture *c);

/* As pf_audio_capture_read. */
int pf_pw_capture_read(struct pf_pw_capture *c, float *ret_samples, unsigned timeout_ms);

#endif
