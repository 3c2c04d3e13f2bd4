#include "mgmt/job.h"
#include "mgmt/route.h"

#include "library/library.h"

#include <errno.h>
#include <string.h>

static void run_titles(struct pf_mgmt_job *job)
{
    job->json = pf_library_titles(job->call->host->library);
}

static void reply_json(struct pf_mgmt_job *job)
{
    pf_mgmt_answer(job->call, 200, job->json);
}

void pf_mgmt_get_library(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_titles, reply_json);
}

/* ---- titles of the owner ---- */

/* False: the call was answered. */
static bool check_title(struct pf_mgmt_call *call)
{
    const char *title = json_string_value(json_object_get(call->body, "title"));
    if (title[strspn(title, " \t\r\n\v\f")])
        return true;
    pf_mgmt_answer_error(call, 400, "the title is empty");
    return false;
}

static void refuse(struct pf_mgmt_job *job)
{
    pf_mgmt_answer_error(job->call, job->rc == -ENOENT ? 404 : 500, "%s", job->err.text);
}

static void tell_changed(struct pf_mgmt_job *job)
{
    const struct pf_mgmt_host *h = job->call->host;
    if (h->library_changed)
        h->library_changed(h->user);
}

static void run_add(struct pf_mgmt_job *job)
{
    job->rc = pf_library_add(job->call->host->library, job->call->body, &job->json, &job->err);
}

static void reply_add(struct pf_mgmt_job *job)
{
    if (job->rc < 0) {
        refuse(job);
        return;
    }
    tell_changed(job);
    pf_mgmt_answer(job->call, 201, job->json);
}

void pf_mgmt_create_custom_game(struct pf_mgmt_call *call)
{
    if (check_title(call))
        pf_mgmt_defer(call, run_add, reply_add);
}

static void run_replace(struct pf_mgmt_job *job)
{
    struct pf_mgmt_call *c = job->call;
    job->rc = pf_library_replace(c->host->library, c->params.first, c->body, &job->json, &job->err);
}

static void reply_replace(struct pf_mgmt_job *job)
{
    if (job->rc < 0) {
        refuse(job);
        return;
    }
    tell_changed(job);
    pf_mgmt_answer(job->call, 200, job->json);
}

void pf_mgmt_update_custom_game(struct pf_mgmt_call *call)
{
    if (check_title(call))
        pf_mgmt_defer(call, run_replace, reply_replace);
}

static void run_remove(struct pf_mgmt_job *job)
{
    job->rc = pf_library_remove(job->call->host->library, job->call->params.first, &job->err);
}

static void reply_remove(struct pf_mgmt_job *job)
{
    if (job->rc < 0) {
        refuse(job);
        return;
    }
    tell_changed(job);
    pf_mgmt_answer(job->call, 204, NULL);
}

void pf_mgmt_delete_custom_game(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_remove, reply_remove);
}

/* ---- pictures ---- */

static void run_art(struct pf_mgmt_job *job)
{
    struct pf_art art = {0};
    struct pf_mgmt_call *c = job->call;
    job->rc = pf_library_art(c->host->library, c->params.first, c->params.second, &art);
    job->data = art.data;
    job->len = art.len;
    job->media = art.media;
}

static void reply_art(struct pf_mgmt_job *job)
{
    if (job->rc < 0)
        pf_mgmt_answer_error(job->call, 404, "there is no such picture");
    else
        pf_mgmt_answer_data(job->call, 200, job->media, job->data, job->len);
}

void pf_mgmt_get_library_art(struct pf_mgmt_call *call)
{
    pf_mgmt_defer(call, run_art, reply_art);
}
