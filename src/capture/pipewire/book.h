/* The buffers of a PipeWire stream, lent out as frames without a copy (displays-and-capture.md 14.5).
 *
 * Buffers come and go as the stream negotiates. The memory of one lives as long as it or a frame of it does,
 * so a frame stays readable after its buffer, its stream and its capture are gone; only memory without a file
 * of its own (MemPtr) goes with the buffer, and must not be lent. Functions belong to the thread of the
 * stream, except the release of frames, which may happen anywhere.
 */
#ifndef PF_CAPTURE_PIPEWIRE_BOOK_H
#define PF_CAPTURE_PIPEWIRE_BOOK_H

#include "media/frame.h"
#include "pipewire/video.h"

#include <stdbool.h>

struct pw_buffer;
struct pf_pw_book;
struct pf_pw_record;

/* `returned` is called with the user pointer, on any thread, when frames came back: pf_pw_book_collect. */
struct pf_pw_book *pf_pw_book_create(void (*returned)(void *user), void *user);
/* Frames that are out stay valid; `returned` is not called any more. */
void pf_pw_book_close(struct pf_pw_book *book);

/* A buffer was added to the stream; it is noted in its user_data. Returns 0, -ENOTSUP for a kind of memory
 * that frames cannot have, or -errno. */
int pf_pw_book_add(struct pf_pw_book *book, struct pw_buffer *buffer);
/* It was removed. */
void pf_pw_book_remove(struct pf_pw_book *book, struct pw_buffer *buffer);

/* One buffer whose frame came back, to be queued again; NULL if there is none. */
struct pw_buffer *pf_pw_book_collect(struct pf_pw_book *book);

/* True if another buffer may be lent: the producer keeps two of them, where there are more than three. */
bool pf_pw_book_may_lend(const struct pf_pw_book *book);

/* True if a frame of this buffer is out: a producer sent it again. */
bool pf_pw_book_is_lent(const struct pw_buffer *buffer);

/* What the buffer shows now, as a frame that is not counted; NULL if its description does not fit its memory.
 * Valid until the buffer is queued again. */
const struct pf_frame *pf_pw_book_look(struct pw_buffer *buffer, const struct pf_pw_video_format *format);

/* Lends what pf_pw_book_look returned. The buffer is the frame's until pf_pw_book_collect returns it. */
struct pf_frame *pf_pw_book_lend(struct pw_buffer *buffer, uint64_t capture_mono_ns, uint64_t sequence);

#endif
