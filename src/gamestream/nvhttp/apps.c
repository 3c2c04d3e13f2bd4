#include "gamestream/nvhttp/apps.h"

#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE     "gamestream"
#define FILE_NAME "apps.json"
#define FILE_MAX  (1u << 20)

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

static bool add(struct pf_gs_apps *apps, uint32_t id, const char *title, const char *library_id)
{
    if (apps->count == PF_GS_APPS_MAX || pf_gs_apps_find(apps, id))
        return false;
    struct pf_gs_app *app = &apps->list[apps->count++];
    app->id = id;
    size_t len = strnlen(title, PF_GS_APP_TITLE_MAX);
    while (len && ((uint8_t)title[len] & 0xC0) == 0x80)
        len--; /* whole characters */
    snprintf(app->title, sizeof(app->title), "%.*s", (int)len, title);
    snprintf(app->library_id, sizeof(app->library_id), "%s", library_id);
    return true;
}

/* ---- apps.json ------------------------------------------------------------------------------------------
 */

/* The list is read again and again; what is wrong with it is said once. */
static bool complained;

static bool take_entry(struct pf_gs_apps *apps, const json_t *entry)
{
    const json_t *id = json_object_get(entry, "id");
    const char *title = json_string_value(json_object_get(entry, "title"));
    json_int_t number = json_integer_value(id);
    if (!title || !*title || number < 1 || number > INT32_MAX)
        return false;
    if (json_string_value(json_object_get(entry, "cmd")))
        return false;
    return add(apps, (uint32_t)number, title, "");
}

static void take_file(struct pf_gs_apps *apps, const char *path)
{
    char *text;
    size_t len, i, left_out = 0;
    if (pf_file_read(path, FILE_MAX, &text, &len) < 0)
        return;
    json_error_t err = {.text = "it is no array"};
    json_t *root = json_loadb(text, len, 0, &err), *entry;
    free(text);
    if (!json_is_array(root) && !complained)
        pf_log_warn(SCOPE, "%s is damaged and was ignored: %s", path, err.text);
    json_array_foreach(root, i, entry) left_out += !take_entry(apps, entry);
    if (left_out && !complained)
        pf_log_warn(SCOPE,
            "%zu of the entries in %s are not offered: each needs an \"id\" of its own and a \"title\", and "
            "entries with a \"cmd\" cannot be started yet",
            left_out, path);
    complained = left_out || !json_is_array(root);
    json_decref(root);
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
    char *path = pf_path_join(config_dir, FILE_NAME);
    take_file(&apps, path);
    free(path);
    if (!apps.count)
        add(&apps, PF_GS_DESKTOP_ID, "Desktop", "");
    int rc = titles ? take_titles(&apps, titles, user) : 0;
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
