#include "gamestream/nvhttp/covers.h"

#include "gamestream/nvhttp/apps.h"
#include "gamestream/nvhttp/boxart.h"
#include "library/library.h"
#include "net/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pf_gs_cover_job {
    uv_work_t work;
    struct pf_gs_covers *covers; /* NULL: they are over */
    struct pf_gs_cover_job *prev, *next;
    struct pf_gs_exchange *exchange;
    struct pf_library *library;
    char library_id[129], title[PF_GS_APP_TITLE_MAX + 1];
    struct pf_art art;
    int rc;
};

static void draw(const char *title, struct pf_gs_reply *ret)
{
    *ret = (struct pf_gs_reply){.status = 404};
    if (pf_gs_boxart_draw(title, &ret->body, &ret->len) == 0) {
        ret->status = 200;
        ret->type = "image/png";
    }
}

static void look(uv_work_t *work)
{
    struct pf_gs_cover_job *job = work->data;
    job->rc = pf_library_cover(job->library, job->library_id, &job->art);
}

static void unlink_job(struct pf_gs_cover_job *job)
{
    *(job->prev ? &job->prev->next : &job->covers->first) = job->next;
    if (job->next)
        job->next->prev = job->prev;
    job->covers->count--;
}

static void looked(uv_work_t *work, int status)
{
    struct pf_gs_cover_job *job = work->data;
    struct pf_gs_reply reply = {.status = 503}; /* clients keep what they get: nothing drawn for now */
    (void)status;
    if (!job->covers) {
        free(job->art.data);
    } else {
        if (job->rc == 0)
            reply = (struct pf_gs_reply){
                .status = 200, .type = job->art.media, .body = job->art.data, .len = job->art.len};
        else if (job->rc != -EBUSY)
            draw(job->title, &reply);
        unlink_job(job);
        pf_gs_http_answer(job->exchange, &reply);
    }
    free(job);
}

void pf_gs_covers_get(struct pf_gs_covers *c, struct pf_gs_exchange *exchange, const char *library_id,
    const char *title, struct pf_gs_reply *ret)
{
    if (!c->library || !library_id[0] || !exchange) {
        draw(title, ret);
        return;
    }
    struct pf_gs_cover_job *job = c->count < PF_GS_COVERS_MAX ? calloc(1, sizeof(*job)) : NULL;
    *ret = (struct pf_gs_reply){.status = 503};
    if (!job)
        return;
    *job = (struct pf_gs_cover_job){
        .covers = c, .next = c->first, .exchange = exchange, .library = c->library, .rc = -ENOENT};
    job->work.data = job;
    snprintf(job->library_id, sizeof(job->library_id), "%s", library_id);
    snprintf(job->title, sizeof(job->title), "%s", title);
    if (uv_queue_work(pf_loop_uv(c->loop), &job->work, look, looked) < 0) {
        free(job);
        return;
    }
    if (c->first)
        c->first->prev = job;
    c->first = job;
    c->count++;
    *ret = (struct pf_gs_reply){.held = true};
}

void pf_gs_covers_finish(struct pf_gs_covers *c)
{
    for (struct pf_gs_cover_job *job = c->first; job; job = job->next)
        job->covers = NULL;
    c->first = NULL;
    c->count = 0;
}
