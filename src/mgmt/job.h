/* Work of an operation that may take long: files, databases, other machines. It runs on a worker thread, the
 * answer is given on the control loop. */
#ifndef PF_MGMT_JOB_H
#define PF_MGMT_JOB_H

#include "base/error.h"
#include "mgmt/call.h"

#include <uv.h>

struct pf_mgmt_job {
    uv_work_t work;
    struct pf_mgmt_call *call;
    void (*run)(struct pf_mgmt_job *job);   /* worker thread; reads the call, answers nothing */
    void (*reply)(struct pf_mgmt_job *job); /* control loop: answers the call */

    /* for run to leave and reply to find */
    int rc;
    struct pf_error err;
    json_t *json;
    void *data;
    size_t len;
    const char *media;
};

/* Runs the two functions one after the other; without a loop in the host at once. */
void pf_mgmt_defer(
    struct pf_mgmt_call *call, void (*run)(struct pf_mgmt_job *job), void (*reply)(struct pf_mgmt_job *job));

#endif
