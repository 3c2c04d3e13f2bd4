/* The node of the virtual microphone: a source that any program can record
 * (docs/spec/input-audio-encode.md 3.4). */
#ifndef PF_AUDIO_PIPEWIRE_SOURCE_H
#define PF_AUDIO_PIPEWIRE_SOURCE_H

#include "audio/mic_talkers.h"
#include "pipewire/connection.h"

#define PF_PW_SOURCE_NAME "punktfunk-mic"

struct pf_pw_source {
    struct pf_pw_connection connection;
    struct pw_stream *stream;
    struct spa_hook hook;
    struct pf_mic_talkers *talkers;
    atomic_bool over; /* the stream or the server is gone */
    void (*ended)(void *user);
    void *user;
};

/* `talkers` are taken from on PipeWire's real-time thread; `ended` is called once, on a thread of PipeWire,
 * when the source is gone. Blocks for some milliseconds. */
int pf_pw_source_open(struct pf_pw_source *source, struct pf_mic_talkers *talkers, void (*ended)(void *user),
    void *user, struct pf_error *err);
void pf_pw_source_close(struct pf_pw_source *source);

#endif
