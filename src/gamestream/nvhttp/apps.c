#include "gamestream/nvhttp/apps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY_BIT  0x40000000u
#define LIBRARY_MASK 0x3FFFFFFFu

uint32_t pf_gs_app_id_of(const char *library_id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *p = library_id; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    return LIBRARY_BIT | (hash & LIBRARY_MASK);
}

const struct pf_gs_app *pf_gs_apps_find(const struct pf_gs_apps *apps, uint32_t id)
{
    for (size_t i = 0; i < apps->count; i++)
        if (apps->list[i].id == id)
            return &apps->list[i];
    return NULL;
}

/* NULL: there is no room, or the id is taken. */
static struct pf_gs_app *add(struct pf_gs_apps *apps, uint32_t id, const char *title, const char *library_id)
{
    if (apps->count == PF_GS_APPS_MAX || pf_gs_apps_find(apps, id))
        return NULL;
    struct pf_gs_app *app = &apps->list[apps->count++];
    app->id = id;
    size_t len = strnlen(title, PF_GS_APP_TITLE_MAX);
    while (len && ((uint8_t)title[len] & 0xC0) == 0x80)
        len--; /* whole characters */
    snprintf(app->title, sizeof(app->title), "%.*s", (int)len, title);
    snprintf(app->library_id, sizeof(app->library_id), "%s", library_id);
    return app;
}

/* ---- apps.json ------------------------------------------------------------------------------------------
 */

static int take_file(struct pf_gs_apps *apps, const char *dir)
{
    struct pf_app *list = calloc(PF_APPS_MAX, sizeof(*list));
    size_t n = list ? pf_apps_load(dir, list, PF_APPS_MAX) : 0;
    for (size_t i = 0; i < n; i++) {
        char id[16] = "";
        if (list[i].command[0])
            pf_app_library_id(list[i].id, id);
        struct pf_gs_app *app = add(apps, list[i].id, list[i].title, id);
        if (app)
            app->compositor = list[i].compositor;
    }
    int rc = list ? 0 : -ENOMEM;
    free(list);
    return rc;
}

/* ---- the library ----------------------------------------------------------------------------------------
 */

static void take_title(struct pf_gs_apps *apps, const struct pf_gs_title *t)
{
    uint32_t id = pf_gs_app_id_of(t->library_id);
    while (pf_gs_apps_find(apps, id))
        id = LIBRARY_BIT | ((id + 1) & LIBRARY_MASK);
    if (t->title[0])
        add(apps, id, t->title, t->library_id);
}

static int take_titles(struct pf_gs_apps *apps, pf_gs_titles_fn titles, void *user)
{
    struct pf_gs_title *list = calloc(PF_GS_APPS_MAX, sizeof(*list));
    if (!list)
        return -ENOMEM;
    size_t n = titles(user, list, PF_GS_APPS_MAX - apps->count);
    for (size_t i = 0; i < n && apps->count < PF_GS_APPS_MAX; i++)
        take_title(apps, &list[i]);
    free(list);
    return 0;
}

int pf_gs_apps_load(const char *config_dir, pf_gs_titles_fn titles, void *user, struct pf_gs_apps *ret_apps)
{
    struct pf_gs_apps apps = {.list = calloc(PF_GS_APPS_MAX, sizeof(*apps.list))};
    if (!apps.list)
        return -ENOMEM;
    int rc = take_file(&apps, config_dir);
    if (!apps.count)
        add(&apps, PF_GS_DESKTOP_ID, "Desktop", "");
    if (rc == 0)
        rc = titles ? take_titles(&apps, titles, user) : 0;
    if (rc < 0)
        pf_gs_apps_finish(&apps);
    else
        *ret_apps = apps;
    return rc;
}

void pf_gs_apps_finish(struct pf_gs_apps *apps)
{
    free(apps->list);
    *apps = (struct pf_gs_apps){0};
}
