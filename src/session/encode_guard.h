/* Calls of an encoder, some of which may never return: drivers hang (punktfunk1-data.md 8.6).
 *
 * A thread that is in a call can be left behind there: the encoder, the unit and the picture of the call are
 * its own from then on, everything else belongs to whoever goes on; he needs another capture, whose buffers
 * are all there. If the call returns after all, the thread puts away what it has and ends. Opening, closing
 * and changing an encoder are not guarded.
 */
#ifndef PF_SESSION_ENCODE_GUARD_H
#define PF_SESSION_ENCODE_GUARD_H

#include "encode/encoder.h"

#include <stdint.h>

struct pf_encode_guard;

/* With one reference, its owner's. NULL: there is no memory. */
struct pf_encode_guard *pf_encode_guard_create(void);
/* Any thread; threads that were left behind keep references of their own. NULL is allowed. */
void pf_encode_guard_unref(struct pf_encode_guard *guard);

/* As the encoder's encode; one call at a time. Does not return if the thread was left behind meanwhile. */
int pf_encode_guard_encode(struct pf_encode_guard *guard, struct pf_encoder *encoder, struct pf_frame *frame,
    bool want_idr, struct pf_access_unit *au);

/* The number of the call that a thread is in, never the same twice; 0: in none. *ret_on_cpu: the encoder
 * waits for no driver. Any thread. */
uint64_t pf_encode_guard_call(struct pf_encode_guard *guard, bool *ret_on_cpu);
/* Leaves the thread behind that is in this call. False: it has returned. Any thread. */
bool pf_encode_guard_leave(struct pf_encode_guard *guard, uint64_t call);
/* Threads that were left behind and are still there. Any thread. */
unsigned pf_encode_guard_stuck(struct pf_encode_guard *guard);

#endif
