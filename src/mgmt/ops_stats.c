#include "mgmt/job.h"
#include "mgmt/route.h"
#include "mgmt/types.h"

#include "session/recorder.h"

#include <errno.h>
#include <string.h>

static json_t *status_json(struct pf_recorder *recorder)
{
    struct pf_recorder_status s;
    pf_recorder_status(recorder, &s);
    return json_pack("{s:b, s:I, s:I, s:s}", "armed", s.armed, "sample_count", (json_int_t)s.sample_count,
        "started_unix_ms", (json_int_t)s.started_unix_ms, "kind", s.kind);
}

void pf_mgmt_stats_capture_status(struct pf_mgmt_call *call)
{
    pf_mgmt_answer(call, 200, status_json(call->host->recorder));
}

void pf_mgmt_stats_capture_start(struct pf_mgmt_call *call)
{
    pf_recorder_start(call->host->recorder);
    pf_mgmt_answer(call, 200, status_json(call->host->recorder));
}

void pf_mgmt_stats_capture_live(struct pf_mgmt_call *call)
{
    json_t *capture = pf_recorder_live(call->host->recorder);
    if (capture)
        pf_mgmt_answer(call, 200, capture);
    else
        pf_mgmt_answer_error(call, 404, "nothing is being recorded");
}

static void run_stop(struct pf_mgmt_job *job)
{
    job->rc = pf_recorder_stop(job->call->host->recorder, &job->json, &job->err);
}

static void reply_stop(struct pf_mgmt_job *job)
{
    if (job->rc > 0)
        pf_mgmt_answer(job->call, 200, job->json);
    else if (job->rc == 0)
        pf_mgmt_answer(job->call, 204, NULL);
    else
        pf_mgmt_answer_error(job->call, 500, "the recording is lost: %s", job->err.text);
}

void pf_mgmt_stats_capture_stop(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_stop, reply_stop);
}

/* ---- recordings ---- */

/* A meta of a form that the document does not promise is left out. */
static void run_list(struct pf_mgmt_job *job)
{
    json_t *all = pf_recorder_list(job->call->host->recorder), *meta;
    size_t i;
    job->json = json_array();
    json_array_foreach(all, i, meta) if (pf_schema_fits(&pf_type_capture_meta, meta, NULL))
        json_array_append(job->json, meta);
    json_decref(all);
}

static void reply_list(struct pf_mgmt_job *job)
{
    pf_mgmt_answer(job->call, 200, job->json);
}

void pf_mgmt_stats_recordings_list(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_list, reply_list);
}

static void run_read(struct pf_mgmt_job *job)
{
    job->rc = pf_recorder_read(job->call->host->recorder, job->call->params.first, &job->json, &job->err);
    if (job->rc == 0 && !pf_schema_fits(&pf_type_capture, job->json, &job->err)) {
        job->rc = -EBADMSG;
        json_decref(job->json);
    }
}

static void refuse(struct pf_mgmt_job *job)
{
    pf_mgmt_answer_error(job->call, job->rc == -ENOENT ? 404 : 500, "%s", job->err.text);
}

static void reply_read(struct pf_mgmt_job *job)
{
    if (job->rc < 0)
        refuse(job);
    else
        pf_mgmt_answer(job->call, 200, job->json);
}

void pf_mgmt_stats_recording_get(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_read, reply_read);
}

static void run_csv(struct pf_mgmt_job *job)
{
    run_read(job);
    if (job->rc < 0)
        return;
    job->data = pf_recording_to_csv(job->json);
    if (!job->data)
        job->rc = pf_error_set(&job->err, -ENOMEM, "out of memory");
    json_decref(job->json);
}

static void reply_csv(struct pf_mgmt_job *job)
{
    if (job->rc < 0)
        refuse(job);
    else
        pf_mgmt_answer_data(job->call, 200, "text/csv; charset=utf-8", job->data, strlen(job->data));
}

void pf_mgmt_stats_recording_csv(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_csv, reply_csv);
}

static void run_remove(struct pf_mgmt_job *job)
{
    job->rc = pf_recorder_remove(job->call->host->recorder, job->call->params.first, &job->err);
}

static void reply_remove(struct pf_mgmt_job *job)
{
    if (job->rc < 0)
        refuse(job);
    else
        pf_mgmt_answer(job->call, 204, NULL);
}

void pf_mgmt_stats_recording_delete(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_remove, reply_remove);
}
