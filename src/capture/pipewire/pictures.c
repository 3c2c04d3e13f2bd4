#include "base/log.h"
#include "base/time.h"
#include "capture/pipewire/stream.h"

#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SCOPE    "capture"
#define FENCE_MS 100
#define STAMP_NS (50 * PF_NS_PER_MS) /* a producer's stamp is believed if it is this close */
#define BIRTH_NS (3 * PF_NS_PER_S)   /* pictures of another size than expected are not shown for so long */

static void give_back(struct pf_pw_picture_stream *s, struct pw_buffer *buffer)
{
    if (!buffer)
        return;
    pf_pw_timeline_release(&s->gpu, buffer->buffer);
    pw_stream_queue_buffer(s->stream, buffer);
}

/* ---- what a buffer says ---------------------------------------------------------------------------------
 */

static bool is_damaged(const struct spa_buffer *buffer)
{
    const struct spa_meta_header *header =
        spa_buffer_find_meta_data(buffer, SPA_META_Header, sizeof(*header));
    const struct spa_data *d = &buffer->datas[0];
    return (header && header->flags & SPA_META_HEADER_FLAG_CORRUPTED) ||
           d->chunk->flags & SPA_CHUNK_FLAG_CORRUPTED || (d->type != SPA_DATA_DmaBuf && !d->chunk->size);
}

/* True if the producer says that nothing differs from the picture before. */
static bool is_unchanged(const struct spa_buffer *buffer)
{
    const struct spa_meta *meta = spa_buffer_find_meta(buffer, SPA_META_VideoDamage);
    const struct spa_meta_region *first = meta ? spa_meta_first(meta) : NULL;
    return first && spa_meta_check(first, meta) && !spa_meta_region_is_valid(first);
}

static bool is_picture(const struct pf_pw_picture_stream *s, const struct pw_buffer *buffer)
{
    return buffer->user_data && s->agreed && !is_damaged(buffer->buffer) &&
           !(s->last_mono_ns && is_unchanged(buffer->buffer));
}

static uint64_t stamp(const struct spa_buffer *buffer)
{
    const struct spa_meta_header *header =
        spa_buffer_find_meta_data(buffer, SPA_META_Header, sizeof(*header));
    uint64_t now = pf_time_mono_ns();
    if (!header || header->pts <= 0 || (uint64_t)header->pts > now || now - (uint64_t)header->pts > STAMP_NS)
        return now;
    return (uint64_t)header->pts;
}

static void note_cursor(struct pf_pw_picture_stream *s, const struct spa_buffer *buffer)
{
    const struct spa_meta *meta = s->compose ? spa_buffer_find_meta(buffer, SPA_META_Cursor) : NULL;
    bool red_first = s->format.fourcc == PF_FORMAT_XBGR8888 || s->format.fourcc == PF_FORMAT_ABGR8888;
    if (meta && pf_pw_cursor_update(&s->cursor, meta->data, meta->size, red_first))
        s->stale = true;
}

/* ---- publishing -----------------------------------------------------------------------------------------
 */

/* Without explicit sync: waits for the GPU to finish the picture, where the driver says when that is. */
static void wait_for_gpu(const struct pf_frame *frame)
{
    struct dma_buf_export_sync_file wish = {.flags = DMA_BUF_SYNC_READ, .fd = -1};
    if (frame->memory != PF_FRAME_DMABUF ||
        ioctl(frame->dmabuf.plane[0].fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &wish) < 0)
        return;
    struct pollfd fence = {.fd = wish.fd, .events = POLLIN};
    poll(&fence, 1, FENCE_MS);
    close(wish.fd);
}

/* While an output is born its producer may still send its first size. */
static bool has_expected_size(struct pf_pw_picture_stream *s, const struct pf_frame *look)
{
    const struct pf_mode *mode = &s->wish.mode;
    if (!mode->width || (look->width == mode->width && look->height == mode->height) ||
        pf_time_mono_ns() - s->opened_mono_ns > BIRTH_NS)
        return true;
    if (!s->told_size)
        pf_log_debug(SCOPE, "waiting for pictures of %ux%u, these are %ux%u", mode->width, mode->height,
            look->width, look->height);
    s->told_size = true;
    return false;
}

/* The picture in the buffer; NULL if it is none that can be shown. */
static const struct pf_frame *look_at(struct pf_pw_picture_stream *s, struct pw_buffer *buffer)
{
    const struct pf_frame *look = pf_pw_book_look(buffer, &s->format);
    if (!look && !s->told_damaged) {
        pf_log_warn(SCOPE, "the producer describes pictures that its buffers cannot hold");
        s->told_damaged = true;
    }
    return look && has_expected_size(s, look) ? look : NULL;
}

static void publish(struct pf_pw_picture_stream *s, struct pf_frame *frame)
{
    s->last_mono_ns = pf_time_mono_ns();
    s->sequence++;
    pf_mailbox_put(&s->base.frames, frame);
}

/* Lends the newest picture as soon as that is possible. */
static void lend(struct pf_pw_picture_stream *s)
{
    struct pw_buffer *buffer = s->waiting;
    if (!buffer || !pf_pw_book_may_lend(s->book))
        return;
    s->waiting = NULL;
    const struct pf_frame *look = look_at(s, buffer);
    if (!look) {
        give_back(s, buffer);
        return;
    }
    if (!pf_pw_timeline_has(buffer->buffer))
        wait_for_gpu(look);
    else if (pf_pw_timeline_wait(&s->gpu, buffer->buffer) < 0 && !s->told_late) {
        pf_log_warn(SCOPE, "the GPU had not finished a picture after %d ms", FENCE_MS);
        s->told_late = true;
    }
    publish(s, pf_pw_book_lend(buffer, stamp(buffer->buffer), s->sequence));
}

/* True if pictures go out as copies: with the cursor in them, or because the producer's memory may vanish. */
static bool makes_own(const struct pf_pw_picture_stream *s)
{
    return s->compose || s->fleeting;
}

/* Makes a picture of our own, with the cursor if there is one apart, from the last one without. */
static void compose(struct pf_pw_picture_stream *s)
{
    const struct pf_frame *look = s->clean ? look_at(s, s->clean) : NULL;
    if (!look || look->memory != PF_FRAME_SHM)
        return;
    if (s->composer && !pf_pw_composer_fits(s->composer, look->width, look->height)) {
        pf_pw_composer_destroy(s->composer);
        s->composer = NULL;
    }
    if (!s->composer)
        s->composer = pf_pw_composer_create(look->width, look->height);
    struct pf_frame *frame =
        s->composer ? pf_pw_composer_make(s->composer, look, &s->cursor, stamp(s->clean->buffer), s->sequence)
                    : NULL;
    if (!frame)
        return;
    s->stale = false;
    publish(s, frame);
}

static void take(struct pf_pw_picture_stream *s, struct pw_buffer *buffer)
{
    struct pw_buffer **place = makes_own(s) ? &s->clean : &s->waiting;
    if (pf_pw_book_is_lent(buffer)) { /* shown once it is back */
        s->resent = buffer;
        return;
    }
    give_back(s, *place);
    *place = buffer;
    if (!makes_own(s))
        lend(s);
}

void pf_pw_pictures_come(struct pf_pw_picture_stream *s)
{
    struct pw_buffer *newest = NULL;
    for (struct pw_buffer *b; (b = pw_stream_dequeue_buffer(s->stream));) {
        note_cursor(s, b->buffer);
        bool fresh = is_picture(s, b);
        if (fresh && newest && newest != b)
            give_back(s, newest);
        if (fresh)
            newest = b;
        else if (!b->user_data || !pf_pw_book_is_lent(b))
            give_back(s, b);
    }
    if (newest)
        take(s, newest);
    if (makes_own(s) && (newest || s->stale))
        compose(s);
}

void pf_pw_pictures_return(struct pf_pw_picture_stream *s)
{
    for (struct pw_buffer *b; (b = pf_pw_book_collect(s->book));) {
        bool again = b == s->resent;
        s->resent = again ? NULL : s->resent;
        if (again)
            take(s, b);
        else
            give_back(s, b);
    }
    lend(s);
}

void pf_pw_pictures_forget(struct pf_pw_picture_stream *s, const struct pw_buffer *buffer)
{
    struct pw_buffer **places[] = {&s->waiting, &s->resent, &s->clean};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (*places[i] == buffer)
            *places[i] = NULL;
}
