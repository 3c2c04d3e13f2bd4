/* Where the session's output lies on its desktop, for EIS servers that give their regions no names. */
#ifndef PF_INPUT_EI_LOCATE_H
#define PF_INPUT_EI_LOCATE_H

#include "base/error.h"
#include "input/ei/region.h"
#include "media/source.h"

struct pf_output_layout;

/* All zero: nothing is known. One thread. */
struct pf_ei_locator {
    struct pf_output_layout *layout; /* NULL: the compositor cannot be asked */
    char output[sizeof(((struct pf_source *)0)->output_name)];
};

/* Asks the source's compositor, where the source tells its socket and an output; waits up to 5 s for the
 * output to be listed. -errno with a sentence. Close in any case. */
int pf_ei_locator_open(struct pf_ei_locator *l, const struct pf_source *source, struct pf_error *err);
void pf_ei_locator_close(struct pf_ei_locator *l);

/* The place as far as the source tells it. */
struct pf_ei_place pf_ei_place_of(const struct pf_source *source);
/* Adds where it lies now. Does not block. -ENODEV: there is no such output any more; -ECONNRESET. */
int pf_ei_locator_look(struct pf_ei_locator *l, struct pf_ei_place *place);

#endif
