/* An encoded picture (access unit) on its way from an encoder to a sender.
 *
 * Units come from a fixed pool that owns growing buffers: after warm-up nothing is allocated. A unit has one
 * owner at a time, who hands it on or returns it to its pool.
 */
#ifndef PF_MEDIA_ACCESS_UNIT_H
#define PF_MEDIA_ACCESS_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_access_unit_pool;

struct pf_access_unit {
    struct pf_access_unit_pool *pool;
    uint8_t *data; /* Annex B byte stream for H.264 and HEVC, low-overhead OBUs for AV1 */
    size_t len, cap;

    uint64_t number; /* counts the units of a session from 0; its frame index on the wire is this mod 2^32 */
    bool idr;        /* decodable without anything before it; carries parameter sets */
    bool anchor;     /* references only pictures older than an invalidated range */
    bool repeat;     /* made from a picture that was encoded before */

    uint64_t capture_mono_ns; /* capture of the picture; submit time for repeats */
    uint64_t submit_mono_ns;  /* handed to the encoder */
    uint64_t encoded_mono_ns; /* finished */
    uint64_t due_mono_ns;     /* start of the next frame: paced sending ends before it */
};

/* A pool of `count` units whose buffers start with `initial_cap` bytes. NULL when out of memory. */
struct pf_access_unit_pool *pf_access_unit_pool_create(unsigned count, size_t initial_cap);
/* The pool lives on until its last unit came back. */
void pf_access_unit_pool_destroy(struct pf_access_unit_pool *pool);

/* Takes a free unit with len 0, waiting while all are in use. NULL once the pool was closed
 * by pf_access_unit_pool_close. */
struct pf_access_unit *pf_access_unit_take(struct pf_access_unit_pool *pool);
void pf_access_unit_pool_close(struct pf_access_unit_pool *pool);

/* Makes cap ≥ n, keeping the content. Returns 0 or -ENOMEM. */
int pf_access_unit_reserve(struct pf_access_unit *au, size_t n);

/* Gives it back to its pool; NULL is allowed. Any thread. */
void pf_access_unit_return(struct pf_access_unit *au);

#endif
