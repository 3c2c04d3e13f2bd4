/* /applist, /appasset, /launch, /resume, /cancel (docs/spec/gamestream.md 2.5 – 2.7). */
#include "gamestream/nvhttp/service.h"

#include "base/hex.h"
#include "gamestream/nvhttp/launch.h"

#include <stdio.h>
#include <string.h>

#define SCOPE "gamestream"

static int load_apps(const struct pf_gs_service *s, struct pf_gs_apps *ret)
{
    return pf_gs_apps_load(s->config.config_dir, s->config.titles, s->config.titles_user, ret);
}

void pf_gs_service_applist(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    struct pf_gs_apps apps;
    struct pf_gs_xml x;
    (void)r;
    *ret = (struct pf_gs_reply){0};
    if (load_apps(s, &apps) < 0)
        return;
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    for (size_t i = 0; i < apps.count; i++) {
        pf_gs_xml_open(&x, "App");
        pf_gs_xml_number(&x, "IsHdrSupported", 0);
        pf_gs_xml_text(&x, "AppTitle", apps.list[i].title);
        pf_gs_xml_number(&x, "ID", apps.list[i].id);
        pf_gs_xml_close(&x, "App");
    }
    pf_gs_reply_xml(ret, &x);
    pf_gs_apps_finish(&apps);
}

void pf_gs_service_appasset(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    struct pf_gs_apps apps;
    int64_t id;
    *ret = (struct pf_gs_reply){.status = 404};
    if (!pf_gs_query_number(&r->query, "appid", 1, INT32_MAX, &id) || load_apps(s, &apps) < 0)
        return;
    const struct pf_gs_app *app = pf_gs_apps_find(&apps, (uint32_t)id);
    if (app)
        pf_gs_covers_get(&s->covers, r->exchange, app->library_id, app->title, ret);
    pf_gs_apps_finish(&apps);
}

/* ---- playing --------------------------------------------------------------------------------------------
 */

/* The rest of the launch record. False: the host has no such app. */
static bool complete(const struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_launch *l)
{
    struct pf_gs_apps apps;
    char hex[13];
    memcpy(l->fingerprint, r->fingerprint, sizeof(l->fingerprint));
    snprintf(l->label, sizeof(l->label), "Moonlight %s", pf_hex_encode(r->fingerprint, 6, hex));
    l->peer = r->peer;
    l->local = r->local;
    if (load_apps(s, &apps) < 0)
        return false;
    const struct pf_gs_app *app = pf_gs_apps_find(&apps, l->app_id);
    if (app) {
        memcpy(l->library_id, app->library_id, sizeof(l->library_id));
        l->compositor = app->compositor;
    }
    pf_gs_apps_finish(&apps);
    return app;
}

static void reply_url(struct pf_gs_reply *ret, const char *url, const char *element)
{
    struct pf_gs_xml x;
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    pf_gs_xml_text(&x, "sessionUrl0", url);
    pf_gs_xml_number(&x, element, 1);
    pf_gs_reply_xml(ret, &x);
}

static void reply_verdict(
    struct pf_gs_reply *ret, enum pf_gs_play_verdict verdict, const char *why, const char *element)
{
    switch (verdict) {
    case PF_GS_PLAY_OK:
        return;
    case PF_GS_PLAY_BUSY:
        pf_gs_reply_failure(ret, 503, "Another device plays on this host, and its session is kept", element);
        return;
    case PF_GS_PLAY_NOTHING:
        pf_gs_reply_failure(ret, 503, "Nothing runs on this host that could be resumed", element);
        return;
    case PF_GS_PLAY_FOREIGN: /* some clients have a sentence of their own for this number */
        pf_gs_reply_failure(ret, 470, "The session was started by another device", element);
        return;
    case PF_GS_PLAY_FULL:
    case PF_GS_PLAY_FAILED:
        pf_gs_reply_failure(ret, 503, why, element);
        return;
    }
    pf_gs_reply_failure(ret, 500, "The host does not know what to say", element);
}

static void play(struct pf_gs_service *s, const struct pf_gs_request *r, bool resume, struct pf_gs_reply *ret)
{
    const char *element = resume ? "resume" : "gamesession";
    char url[PF_GS_SESSION_URL_MAX] = "";
    struct pf_gs_launch l;
    struct pf_error err = {"The session could not be started"};
    if (pf_gs_launch_parse(&r->query, resume, &l, &err) < 0) {
        pf_gs_reply_failure(ret, 400, err.text, element);
        return;
    }
    if (!complete(s, r, &l) && !resume) {
        pf_gs_reply_failure(ret, 404, "This host has no such app", element);
    } else {
        enum pf_gs_play_verdict v = resume ? pf_gs_play_resume(s->config.play, &l, url, &err)
                                           : pf_gs_play_launch(s->config.play, &l, url, &err);
        if (v == PF_GS_PLAY_OK)
            reply_url(ret, url, element);
        else
            reply_verdict(ret, v, err.text, element);
        if (v == PF_GS_PLAY_FAILED)
            pf_log_warn(SCOPE, "%s cannot play: %s", l.label, err.text);
    }
    explicit_bzero(&l, sizeof(l));
}

void pf_gs_service_launch(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    play(s, r, false, ret);
}

void pf_gs_service_resume(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    play(s, r, true, ret);
}

void pf_gs_service_cancel(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret)
{
    struct pf_gs_xml x;
    enum pf_gs_play_verdict v = pf_gs_play_cancel(s->config.play, r->fingerprint);
    if (v != PF_GS_PLAY_OK && v != PF_GS_PLAY_NOTHING) { /* nothing runs: as was wanted */
        reply_verdict(ret, v, "The session could not be ended", "cancel");
        return;
    }
    pf_gs_xml_begin(&x, 200, NULL, NULL);
    pf_gs_xml_number(&x, "cancel", 1);
    pf_gs_reply_xml(ret, &x);
}
