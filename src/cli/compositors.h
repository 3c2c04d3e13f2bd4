/* What the machine offers for virtual displays, as the API and probe-compositor show it. */
#ifndef PF_CLI_COMPOSITORS_H
#define PF_CLI_COMPOSITORS_H

#include "base/error.h"
#include "display/display.h"
#include "mgmt/api.h"

#define PF_COMPOSITOR_REPORTS 4u

struct pf_compositor_report {
    struct pf_mgmt_compositor entry;
    struct pf_error why_not; /* if it is not available */
};

/* Fills all four, in the API's order. Blocks. */
void pf_compositors_probe(struct pf_compositor_report ret_reports[PF_COMPOSITOR_REPORTS]);

#endif
