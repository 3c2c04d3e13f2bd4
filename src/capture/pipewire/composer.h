/* Pictures of our own: the producer's picture, with the cursor painted in where that comes apart. Belongs to
 * the thread of the stream, except the release of frames.
 */
#ifndef PF_CAPTURE_PIPEWIRE_COMPOSER_H
#define PF_CAPTURE_PIPEWIRE_COMPOSER_H

#include "capture/pipewire/cursor.h"
#include "media/frame.h"

struct pf_pw_composer;

/* Makes the buffers for pictures of this size (pixels); NULL: out of memory. */
struct pf_pw_composer *pf_pw_composer_create(uint32_t width, uint32_t height);
/* Memory goes with the last frame. NULL is allowed. */
void pf_pw_composer_destroy(struct pf_pw_composer *composer);

/* True if it makes pictures of this size. */
bool pf_pw_composer_fits(const struct pf_pw_composer *composer, uint32_t width, uint32_t height);

/* Copies the picture (CPU memory, of the composer's size) and paints the cursor. NULL if all buffers are in
 * use. */
struct pf_frame *pf_pw_composer_make(struct pf_pw_composer *composer, const struct pf_frame *picture,
    const struct pf_pw_cursor *cursor, uint64_t capture_mono_ns, uint64_t sequence);

#endif
