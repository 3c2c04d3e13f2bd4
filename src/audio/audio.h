/* Audio of the desktop: what the programs play, for the clients.
 *
 * While somebody listens, the host has a sink of its own that is the default: programs play into it, whatever
 * the machine's sound hardware is, and it is heard by the clients only. All sessions share it. How it behaves
 * is PUNKTFUNK_STREAM_SINK's choice (docs/spec/input-audio-encode.md 3.3, 9).
 *
 * Samples are interleaved floats at 48 kHz in the order FL FR FC LFE RL RR SL SR, the first N of them.
 */
#ifndef PF_AUDIO_AUDIO_H
#define PF_AUDIO_AUDIO_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define PF_AUDIO_RATE         48000u
#define PF_AUDIO_CHANNELS_MAX 8u
#define PF_AUDIO_FRAME        240u /* samples of a channel in 5 ms: what is read at a time */

/* The audio of this machine; holds nothing of it until a capture is open. */
struct pf_audio;
/* One listener. */
struct pf_audio_capture;

/* True if this build can capture audio at all. */
bool pf_audio_available(void);

/* Where it is noted which default sink ours displaces, before it does: a session manager remembers our sink
 * as the user's choice, even over a restart, so a host that was killed must be able to look up the former
 * one. Called on any thread. */
struct pf_audio_notes {
    /* Comes first: the audio server runs, so what former hosts displaced can be given back. */
    void (*settle)(void *user);
    /* `before`: the sink that was chosen; "": none was. */
    void (*displaced)(void *user, const char *before);
    void (*given_back)(void *user);
    void *user;
};

/* Copies `notes`; NULL: nothing is noted. -ENOTSUP: this build cannot; -ENOMEM. */
int pf_audio_create(const struct pf_audio_notes *notes, struct pf_audio **ret_audio, struct pf_error *err);

/* Makes `before` (as it was noted) the default sink again if a sink of a host that died is chosen still.
 * 0: that is settled; else the audio server or its session manager does not run now. Blocks for some
 * milliseconds. */
int pf_audio_recover(const char *before);

/* Waits until every reference is given up: threads that listen end by themselves. NULL is allowed. */
void pf_audio_destroy(struct pf_audio *audio);

/* Keeps it in being for a thread that will listen. Any thread. */
struct pf_audio *pf_audio_ref(struct pf_audio *audio);
void pf_audio_unref(struct pf_audio *audio);

/* Starts to listen: 2, 6 or 8 channels, whatever the sink has. Any thread; blocks for up to some seconds.
 * -ECONNREFUSED and others with a sentence: no audio server answers. */
int pf_audio_capture_open(
    struct pf_audio *audio, unsigned channels, struct pf_audio_capture **ret_capture, struct pf_error *err);
void pf_audio_capture_close(struct pf_audio_capture *capture); /* NULL is allowed */

/* Waits for the next PF_AUDIO_FRAME samples of each channel and copies them. 1: they are there; 0: nothing
 * plays (or `timeout_ms` was too short); -EPIPE: the audio server is gone, close the capture. When the user
 * chooses another default sink, it goes there by itself. One thread. */
int pf_audio_capture_read(struct pf_audio_capture *capture, float *ret_samples, unsigned timeout_ms);

#endif
