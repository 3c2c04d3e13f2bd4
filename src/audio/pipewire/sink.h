/* The host's own sink: programs play into it, its monitor is what the clients hear
 * (docs/spec/input-audio-encode.md 9, audio sink). It is the default while it exists.
 */
#ifndef PF_AUDIO_PIPEWIRE_SINK_H
#define PF_AUDIO_PIPEWIRE_SINK_H

#include "audio/audio.h"
#include "audio/pipewire/default_sink.h"

struct pf_pw_sink {
    struct pf_pw_connection connection;
    struct pw_proxy *node;
    struct pf_pw_default_sink chosen;
    char name[PF_PW_NAME_MAX];
    bool claimed;
    struct pf_audio_notes notes;
};

struct pf_pw_sink_config {
    unsigned channels;  /* 2, 6 or 8 */
    bool claim;         /* make it the default */
    const char *before; /* the default to give back if the server has forgotten it: it was started again */
    const struct pf_audio_notes *notes; /* of what was the default; its functions may be NULL */
    void (*chosen)(void *user);         /* the default changed; on PipeWire's thread */
    void *user;
};

/* Blocks for some milliseconds. Errors with a sentence. */
int pf_pw_sink_open(struct pf_pw_sink *sink, const struct pf_pw_sink_config *config, struct pf_error *err);
/* False once the user chose another default: programs play there. True if the default was never claimed. */
bool pf_pw_sink_is_heard(struct pf_pw_sink *sink);

/* Takes it away; the default is what it was. */
void pf_pw_sink_close(struct pf_pw_sink *sink);

/* Gives the default back that a killed run of this program left claimed: what PipeWire still knows it to have
 * been, else `before`. 0: nothing is claimed any more; else as pf_pw_connect, or -EAGAIN: no session manager
 * runs. */
int pf_pw_sink_recover(const char *before);

/* "FL,FR,…" of 2, 6 or 8 channels. */
const char *pf_pw_positions(unsigned channels);

#endif
