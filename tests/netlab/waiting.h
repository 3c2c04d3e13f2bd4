/* Frames under way, in the order in which they are due. Storage is allocated once. */
#ifndef NETLAB_WAITING_H
#define NETLAB_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 2048u

struct waiting_frame {
    uint64_t due_ns, serial; /* frames due at the same time keep their order */
    unsigned to;             /* which end it goes to */
    size_t len;
    uint8_t data[FRAME_MAX];
};

struct waiting;

/* NULL if there is no memory. */
struct waiting *waiting_create(unsigned capacity);
void waiting_destroy(struct waiting *w);

/* Copies. False if there is no room. */
bool waiting_put(struct waiting *w, uint64_t due_ns, unsigned to, const uint8_t *data, size_t len);

/* The earliest one, or NULL. Valid until the next call with this waiting. */
const struct waiting_frame *waiting_first(const struct waiting *w);
void waiting_drop_first(struct waiting *w);

#endif
