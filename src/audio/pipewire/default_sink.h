/* The default sink of the desktop, as WirePlumber keeps it in the metadata object `default`.
 *
 * While it is ours, the one before is noted beside it, so that another run of this program can give it back
 * if this one dies (docs/spec/input-audio-encode.md 9, audio sink).
 */
#ifndef PF_AUDIO_PIPEWIRE_DEFAULT_SINK_H
#define PF_AUDIO_PIPEWIRE_DEFAULT_SINK_H

#include "pipewire/connection.h"

#define PF_PW_SINK_PREFIX  "punktfunk-speaker-"
#define PF_PW_NAME_MAX     128u
#define PF_PW_SPEAKERS_MAX 16u

struct pf_pw_default_sink {
    struct pf_pw_connection *connection;
    struct pw_registry *registry;
    struct spa_hook registry_hook;
    struct pw_proxy *metadata; /* NULL: no session manager runs */
    struct spa_hook metadata_hook;
    char configured[PF_PW_NAME_MAX]; /* what the user, or we, chose; "": nothing */
    char noted[PF_PW_NAME_MAX];      /* what was chosen before ours; "": nothing */
    bool has_note;
    char speakers[PF_PW_SPEAKERS_MAX][PF_PW_NAME_MAX]; /* sinks of this program that are alive */
    unsigned speaker_count;
    /* Somebody chose another sink; on PipeWire's thread. May be NULL. */
    void (*changed)(void *user);
    void *user;
};

/* Locked, as all of it. Reads the present state. Errors as pf_pw_roundtrip. */
int pf_pw_default_sink_init(struct pf_pw_default_sink *d, struct pf_pw_connection *connection);
void pf_pw_default_sink_finish(struct pf_pw_default_sink *d);

/* Finds out what will have to be given back, into d->noted. `before`: what was the default, for a server that
 * has forgotten it. False: no session manager runs. */
bool pf_pw_default_sink_prepare(struct pf_pw_default_sink *d, const char *before);

/* Makes the sink `name` the default; prepare was true. */
void pf_pw_default_sink_claim(struct pf_pw_default_sink *d, const char *name);

/* Gives the default back if it still is `name`. */
void pf_pw_default_sink_release(struct pf_pw_default_sink *d, const char *name);

/* Gives the default back if it names a sink of this program that is gone. `before`: to whom, if the server
 * has forgotten it. */
void pf_pw_default_sink_recover(struct pf_pw_default_sink *d, const char *before);

/* The name in {"name": "…"}; "" if there is none. `value` may be NULL. */
void pf_pw_sink_name_of(const char *value, char ret_name[PF_PW_NAME_MAX]);

#endif
