/* The inside of a PipeWire capture, shared by its files: pipewire.c (life, negotiation) and pictures.c (what
 * happens with each buffer). All of it belongs to the thread of the connection.
 */
#ifndef PF_CAPTURE_PIPEWIRE_STREAM_H
#define PF_CAPTURE_PIPEWIRE_STREAM_H

#include "capture/capture.h"
#include "capture/pipewire/book.h"
#include "capture/pipewire/composer.h"
#include "capture/pipewire/timeline.h"
#include "pipewire/connection.h"
#include "pipewire/video.h"

struct pf_pw_picture_stream {
    struct pf_capture base;
    struct pf_pw_connection connection;
    struct pw_stream *stream;
    struct spa_hook hook;
    struct spa_source *wake, *timer;
    struct pf_pw_video_wish wish;
    bool compose;  /* the cursor comes apart and is to be in the picture */
    bool fleeting; /* buffers lie in the connection's memory, which goes with them: no picture may be lent */

    bool agreed;             /* on `format` */
    bool closing;            /* we end it ourselves */
    uint64_t opened_mono_ns; /* when the stream was connected */
    uint64_t idle_mono_ns;   /* since when it does not stream; 0: it does */
    struct pf_pw_video_format format;
    struct pf_pw_gpu gpu; /* for explicit sync */

    /* Buffers that are neither lent nor queued. */
    struct pw_buffer *waiting; /* the newest picture: too many are lent to lend it */
    struct pw_buffer *resent;  /* lent, and sent again by the producer meanwhile */
    struct pw_buffer *clean;   /* making copies: the last picture, without the cursor */

    struct pf_pw_book *book;
    struct pf_pw_composer *composer; /* NULL until a picture was composed */
    struct pf_pw_cursor cursor;
    bool stale;            /* the cursor has changed since the last picture */
    uint64_t last_mono_ns; /* when a picture was published; 0: none was */
    uint64_t sequence;
    bool told_damaged, told_size, told_late;
};

/* There are buffers to dequeue. */
void pf_pw_pictures_come(struct pf_pw_picture_stream *s);
/* Frames came back. */
void pf_pw_pictures_return(struct pf_pw_picture_stream *s);
/* The buffer is removed: forget it. */
void pf_pw_pictures_forget(struct pf_pw_picture_stream *s, const struct pw_buffer *buffer);

#endif
