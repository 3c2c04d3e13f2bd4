#include "capture/pipewire/composer.h"

#include <stdlib.h>
#include <string.h>

#define BUFFERS 4u /* one in the mailbox, one that is encoded, one kept for repeats, one that is made */

struct buffer {
    struct pf_frame frame; /* first: a frame is a buffer */
    struct pf_pw_composer *composer;
    atomic_bool busy;
    uint8_t *pixels;
};

struct pf_pw_composer {
    atomic_uint refs; /* the capture's, and one for each frame */
    struct buffer buffer[BUFFERS];
};

static void unref(struct pf_pw_composer *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < BUFFERS; i++)
        free(c->buffer[i].pixels);
    free(c);
}

static void released(struct pf_frame *frame)
{
    struct buffer *b = (struct buffer *)frame;
    struct pf_pw_composer *c = b->composer;
    atomic_store(&b->busy, false);
    unref(c);
}

struct pf_pw_composer *pf_pw_composer_create(uint32_t width, uint32_t height)
{
    struct pf_pw_composer *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    atomic_init(&c->refs, 1);
    for (unsigned i = 0; i < BUFFERS; i++) {
        struct buffer *b = &c->buffer[i];
        b->composer = c;
        b->pixels = malloc((size_t)width * height * 4);
        b->frame = (struct pf_frame){.release = released,
            .memory = PF_FRAME_SHM,
            .width = width,
            .height = height,
            .stride = 4 * width,
            .pixels = b->pixels};
        if (!b->pixels) {
            unref(c);
            return NULL;
        }
    }
    return c;
}

void pf_pw_composer_destroy(struct pf_pw_composer *c)
{
    if (c)
        unref(c);
}

bool pf_pw_composer_fits(const struct pf_pw_composer *c, uint32_t width, uint32_t height)
{
    return c->buffer[0].frame.width == width && c->buffer[0].frame.height == height;
}

struct pf_frame *pf_pw_composer_make(struct pf_pw_composer *c, const struct pf_frame *picture,
    const struct pf_pw_cursor *cursor, uint64_t capture_mono_ns, uint64_t sequence)
{
    struct buffer *b = NULL;
    for (unsigned i = 0; i < BUFFERS && !b; i++)
        if (!atomic_load(&c->buffer[i].busy))
            b = &c->buffer[i];
    if (!b)
        return NULL;
    for (uint32_t y = 0; y < picture->height; y++)
        memcpy(b->pixels + (size_t)y * b->frame.stride, picture->pixels + (size_t)y * picture->stride,
            b->frame.stride);
    pf_pw_cursor_paint(cursor, b->pixels, b->frame.stride, picture->width, picture->height);
    atomic_store(&b->busy, true);
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    b->frame.format = picture->format;
    b->frame.capture_mono_ns = capture_mono_ns;
    b->frame.sequence = sequence;
    atomic_store_explicit(&b->frame.refs, 1, memory_order_relaxed);
    return &b->frame;
}
