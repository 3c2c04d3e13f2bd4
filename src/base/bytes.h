/* Bounds-checked reading and writing of byte sequences.
 *
 * All untrusted input is read through struct pf_reader and all wire output written through struct
 * pf_writer; neither ever touches memory outside the given range. Both remember the first failure, so a
 * parser may read a whole message and check `failed` once at the end. Reads after a failure return 0.
 */
#ifndef PF_BASE_BYTES_H
#define PF_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pf_reader {
    const uint8_t *p; /* next byte; borrowed */
    size_t left;      /* bytes that remain */
    bool failed;      /* a read went past the end */
};

static inline struct pf_reader pf_reader_of(const void *data, size_t len)
{
    return (struct pf_reader){.p = data, .left = len};
}

/* Returns a pointer to the next n bytes and skips them, or NULL (and sets failed) if fewer remain. */
static inline const uint8_t *pf_read_bytes(struct pf_reader *r, size_t n)
{
    if (r->failed || r->left < n) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->p;
    r->p += n;
    r->left -= n;
    return p;
}

static inline uint64_t pf_read_le(struct pf_reader *r, size_t n)
{
    const uint8_t *p = pf_read_bytes(r, n);
    uint64_t v = 0;
    for (size_t i = n; p && i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static inline uint64_t pf_read_be(struct pf_reader *r, size_t n)
{
    const uint8_t *p = pf_read_bytes(r, n);
    uint64_t v = 0;
    for (size_t i = 0; p && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static inline uint8_t pf_read_u8(struct pf_reader *r)
{
    return (uint8_t)pf_read_le(r, 1);
}

static inline uint16_t pf_read_u16le(struct pf_reader *r)
{
    return (uint16_t)pf_read_le(r, 2);
}

static inline uint32_t pf_read_u32le(struct pf_reader *r)
{
    return (uint32_t)pf_read_le(r, 4);
}

static inline uint64_t pf_read_u64le(struct pf_reader *r)
{
    return pf_read_le(r, 8);
}

/* Copies n bytes to out; on failure out is zeroed. */
static inline void pf_read_copy(struct pf_reader *r, void *out, size_t n)
{
    const uint8_t *p = pf_read_bytes(r, n);
    if (p)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

struct pf_writer {
    uint8_t *buf; /* borrowed */
    size_t cap;   /* bytes available in buf */
    size_t len;   /* bytes written */
    bool failed;  /* a write did not fit; nothing of it was written */
};

static inline struct pf_writer pf_writer_of(void *buf, size_t cap)
{
    return (struct pf_writer){.buf = buf, .cap = cap};
}

/* Reserves n bytes and returns where they start, or NULL (and sets failed) if they do not fit. */
static inline uint8_t *pf_write_reserve(struct pf_writer *w, size_t n)
{
    if (w->failed || w->cap - w->len < n) {
        w->failed = true;
        return NULL;
    }
    uint8_t *p = w->buf + w->len;
    w->len += n;
    return p;
}

static inline void pf_write_bytes(struct pf_writer *w, const void *data, size_t n)
{
    uint8_t *p = pf_write_reserve(w, n);
    if (p && n)
        memcpy(p, data, n);
}

static inline void pf_write_le(struct pf_writer *w, uint64_t v, size_t n)
{
    uint8_t *p = pf_write_reserve(w, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void pf_write_be(struct pf_writer *w, uint64_t v, size_t n)
{
    uint8_t *p = pf_write_reserve(w, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static inline void pf_write_u8(struct pf_writer *w, uint8_t v)
{
    pf_write_le(w, v, 1);
}

static inline void pf_write_u16le(struct pf_writer *w, uint16_t v)
{
    pf_write_le(w, v, 2);
}

static inline void pf_write_u32le(struct pf_writer *w, uint32_t v)
{
    pf_write_le(w, v, 4);
}

static inline void pf_write_u64le(struct pf_writer *w, uint64_t v)
{
    pf_write_le(w, v, 8);
}

/* Equality of n secret bytes in time that depends on n only. */
static inline bool pf_bytes_equal_ct(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < n; i++)
        diff |= x[i] ^ y[i];
    return diff == 0;
}

#endif
