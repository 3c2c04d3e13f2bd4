#include "mgmt/job.h"

#include <stdlib.h>

static void on_work(uv_work_t *work)
{
    struct pf_mgmt_job *job = work->data;
    job->run(job);
}

static void on_done(uv_work_t *work, int status)
{
    struct pf_mgmt_job *job = work->data;
    (void)status;
    job->reply(job);
    free(job);
}

void pf_mgmt_defer(
    struct pf_mgmt_call *call, void (*run)(struct pf_mgmt_job *job), void (*reply)(struct pf_mgmt_job *job))
{
    struct pf_mgmt_job *job = calloc(1, sizeof(*job));
    if (!job) {
        pf_mgmt_answer_error(call, 500, "out of memory");
        return;
    }
    job->work.data = job;
    job->call = call;
    job->run = run;
    job->reply = reply;
    if (call->host->loop && uv_queue_work(call->host->loop, &job->work, on_work, on_done) == 0)
        return;
    run(job);
    reply(job);
    free(job);
}
