#include "capture/pipewire/book.h"

#include <errno.h>
#include <fcntl.h>
#include <pipewire/stream.h>
#include <pthread.h>
#include <spa/buffer/buffer.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPARE 2u /* the producer fills one while it shows the other */
#define LEAST 2u /* a consumer keeps the last picture until the next one comes: with fewer it never would */

/* Producers may send MemFds with a wrong size, so each is mapped whole, by what the kernel says. */
struct mapping {
    void *base;
    size_t len;
};

struct pf_pw_record {
    struct pf_frame frame; /* first: a frame is a record */
    struct pf_pw_book *book;
    struct pf_pw_record *next; /* in `returned` */
    unsigned refs;             /* its buffer's, and its frame's; under the book's lock */
    struct pw_buffer *buffer;  /* NULL once it was removed; under the book's lock */
    bool lent;                 /* under the book's lock */
    struct mapping map;
};

struct pf_pw_book {
    pthread_mutex_t lock;
    unsigned refs; /* the capture's, and one for each record */
    unsigned buffers, lent;
    struct pf_pw_record *returned; /* to be queued again */
    void (*wake)(void *user);      /* NULL: closed */
    void *user;
};

struct pf_pw_book *pf_pw_book_create(void (*returned)(void *user), void *user)
{
    struct pf_pw_book *book = calloc(1, sizeof(*book));
    if (!book)
        return NULL;
    pthread_mutex_init(&book->lock, NULL);
    book->refs = 1;
    book->wake = returned;
    book->user = user;
    return book;
}

/* Unlocks; frees the book with its last reference. */
static void unlock_and_unref(struct pf_pw_book *book, unsigned gone)
{
    book->refs -= gone;
    bool last = book->refs == 0;
    pthread_mutex_unlock(&book->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&book->lock);
    free(book);
}

void pf_pw_book_close(struct pf_pw_book *book)
{
    pthread_mutex_lock(&book->lock);
    book->wake = NULL;
    unlock_and_unref(book, 1);
}

static void record_free(struct pf_pw_record *r)
{
    if (r->map.base)
        munmap(r->map.base, r->map.len);
    for (unsigned i = 0; i < r->frame.dmabuf.plane_count; i++)
        close(r->frame.dmabuf.plane[i].fd);
    free(r);
}

/* Gives up one reference to a record; the lock is held and given up. */
static void unref(struct pf_pw_record *r)
{
    struct pf_pw_book *book = r->book;
    bool last = --r->refs == 0;
    unlock_and_unref(book, last ? 1 : 0);
    if (last)
        record_free(r);
}

static void frame_released(struct pf_frame *frame)
{
    struct pf_pw_record *r = (struct pf_pw_record *)frame;
    struct pf_pw_book *book = r->book;
    pthread_mutex_lock(&book->lock);
    r->lent = false;
    if (r->buffer) {
        book->lent--;
        r->next = book->returned;
        book->returned = r;
        if (book->wake)
            book->wake(book->user);
    }
    unref(r);
}

/* ---- buffers --------------------------------------------------------------------------------------------
 */

static int map_memory(struct pf_pw_record *r, const struct spa_data *d)
{
    struct stat st;
    if (fstat((int)d->fd, &st) < 0)
        return -errno;
    if (st.st_size <= 0)
        return -EINVAL;
    void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, (int)d->fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    r->map = (struct mapping){.base = base, .len = (size_t)st.st_size};
    return 0;
}

static int copy_planes(struct pf_pw_record *r, const struct spa_buffer *buffer)
{
    r->frame.memory = PF_FRAME_DMABUF;
    for (uint32_t i = 0; i < buffer->n_datas && i < 4; i++) {
        if (i && buffer->datas[i].type == PF_SPA_DATA_SYNC_OBJ)
            break; /* timelines follow the planes */
        int fd = buffer->datas[i].type == SPA_DATA_DmaBuf
                     ? fcntl((int)buffer->datas[i].fd, F_DUPFD_CLOEXEC, 0)
                     : -1;
        if (fd < 0)
            return -EBADF;
        r->frame.dmabuf.plane[r->frame.dmabuf.plane_count++].fd = fd;
    }
    return 0;
}

static int take_memory(struct pf_pw_record *r, const struct spa_buffer *buffer)
{
    if (buffer->n_datas < 1)
        return -EINVAL;
    switch (buffer->datas[0].type) {
    case SPA_DATA_MemFd:
        return map_memory(r, &buffer->datas[0]);
    case SPA_DATA_MemPtr:
        return buffer->datas[0].data ? 0 : -EINVAL;
    case SPA_DATA_DmaBuf:
        return copy_planes(r, buffer);
    default:
        return -ENOTSUP;
    }
}

int pf_pw_book_add(struct pf_pw_book *book, struct pw_buffer *buffer)
{
    struct pf_pw_record *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    *r = (struct pf_pw_record){.book = book, .refs = 1, .buffer = buffer};
    r->frame.release = frame_released;
    int rc = take_memory(r, buffer->buffer);
    if (rc < 0) {
        record_free(r);
        return rc;
    }
    pthread_mutex_lock(&book->lock);
    book->refs++;
    book->buffers++;
    pthread_mutex_unlock(&book->lock);
    buffer->user_data = r;
    return 0;
}

void pf_pw_book_remove(struct pf_pw_book *book, struct pw_buffer *buffer)
{
    struct pf_pw_record *r = buffer->user_data;
    if (!r)
        return;
    buffer->user_data = NULL;
    pthread_mutex_lock(&book->lock);
    for (struct pf_pw_record **at = &book->returned; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            break;
        }
    book->buffers--;
    book->lent -= r->lent;
    r->buffer = NULL;
    unref(r);
}

struct pw_buffer *pf_pw_book_collect(struct pf_pw_book *book)
{
    pthread_mutex_lock(&book->lock);
    struct pf_pw_record *r = book->returned;
    if (r)
        book->returned = r->next;
    pthread_mutex_unlock(&book->lock);
    return r ? r->buffer : NULL; /* only this thread removes buffers */
}

/* ---- frames ---------------------------------------------------------------------------------------------
 */

bool pf_pw_book_may_lend(const struct pf_pw_book *book)
{
    struct pf_pw_book *b = (struct pf_pw_book *)book;
    pthread_mutex_lock(&b->lock);
    bool may = b->lent < LEAST || b->lent + SPARE < b->buffers;
    pthread_mutex_unlock(&b->lock);
    return may;
}

bool pf_pw_book_is_lent(const struct pw_buffer *buffer)
{
    struct pf_pw_record *r = buffer->user_data;
    pthread_mutex_lock(&r->book->lock);
    bool lent = r->lent;
    pthread_mutex_unlock(&r->book->lock);
    return lent;
}

static bool describe_planes(struct pf_frame *f, const struct spa_buffer *buffer)
{
    for (unsigned i = 0; i < f->dmabuf.plane_count; i++) {
        const struct spa_chunk *chunk = buffer->datas[i].chunk;
        if (chunk->stride < 0)
            return false;
        f->dmabuf.plane[i].offset = chunk->offset;
        f->dmabuf.plane[i].stride = (uint32_t)chunk->stride;
    }
    if (!f->dmabuf.plane[0].stride)
        f->dmabuf.plane[0].stride = 4 * f->width;
    return f->dmabuf.plane[0].stride / 4 >= f->width;
}

static bool describe_memory(struct pf_pw_record *r, const struct spa_data *d)
{
    struct pf_frame *f = &r->frame;
    const uint8_t *base = r->map.base ? r->map.base : d->data;
    uint64_t len = r->map.base ? r->map.len : d->maxsize;
    uint64_t start = d->chunk->offset + (r->map.base ? (uint64_t)d->mapoffset : 0);
    int32_t stride = d->chunk->stride ? d->chunk->stride : (int32_t)(4 * f->width);
    if (stride < 0 || (uint32_t)stride / 4 < f->width)
        return false;
    uint64_t need = (uint64_t)stride * (f->height - 1) + 4ull * f->width;
    if (start > len || need > len - start)
        return false;
    f->stride = (uint32_t)stride;
    f->pixels = base + start;
    return true;
}

const struct pf_frame *pf_pw_book_look(struct pw_buffer *buffer, const struct pf_pw_video_format *format)
{
    struct pf_pw_record *r = buffer->user_data;
    struct pf_frame *f = &r->frame;
    f->format = format->fourcc;
    f->width = format->width;
    f->height = format->height;
    f->dmabuf.modifier = format->has_modifier ? format->modifier : PF_MODIFIER_LINEAR;
    bool fits = f->memory == PF_FRAME_DMABUF ? describe_planes(f, buffer->buffer)
                                             : describe_memory(r, &buffer->buffer->datas[0]);
    return fits ? f : NULL;
}

struct pf_frame *pf_pw_book_lend(struct pw_buffer *buffer, uint64_t capture_mono_ns, uint64_t sequence)
{
    struct pf_pw_record *r = buffer->user_data;
    r->frame.capture_mono_ns = capture_mono_ns;
    r->frame.sequence = sequence;
    atomic_store_explicit(&r->frame.refs, 1, memory_order_relaxed);
    pthread_mutex_lock(&r->book->lock);
    r->lent = true;
    r->refs++;
    r->book->lent++;
    pthread_mutex_unlock(&r->book->lock);
    return &r->frame;
}
