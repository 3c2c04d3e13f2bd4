/* Pictures of library titles for /appasset (docs/spec/gamestream.md 2.6): looked for on a worker while the
 * request is held. Control loop's thread.
 */
#ifndef PF_GAMESTREAM_NVHTTP_COVERS_H
#define PF_GAMESTREAM_NVHTTP_COVERS_H

#include "gamestream/nvhttp/http.h"

#include <stdbool.h>

#define PF_GS_COVERS_MAX 8u /* at once; a client that asks for more is told to come back (503) */

struct pf_library;
struct pf_gs_cover_job;

struct pf_gs_covers {
    struct pf_loop *loop;
    struct pf_library *library; /* NULL: every title gets a drawn picture */
    struct pf_gs_cover_job *first;
    unsigned count;
};

/* The picture of `library_id`, or a drawn one if the library has none; the reply may be held. */
void pf_gs_covers_get(struct pf_gs_covers *covers, struct pf_gs_exchange *exchange, const char *library_id,
    const char *title, struct pf_gs_reply *ret_reply);

/* Nobody is answered any more; what workers still do ends by itself, before the loop does. */
void pf_gs_covers_finish(struct pf_gs_covers *covers);

#endif
