#include "library/library.h"

#include "base/args.h"
#include "base/time.h"
#include "library/apps.h"
#include "library/base64.h"
#include "library/custom.h"
#include "library/launch.h"
#include "library/places.h"
#include "library/steam_art.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct pf_library {
    char *dir;
    struct pf_places places;
    bool has_places;
    pthread_mutex_t lock; /* library.json */
    struct pf_art_misses misses;
};

int pf_library_create(const char *dir, struct pf_library **ret_library)
{
    struct pf_library *l = calloc(1, sizeof(*l));
    char *copy = strdup(dir);
    if (!l || !copy) {
        free(l);
        free(copy);
        return -ENOMEM;
    }
    l->dir = copy;
    l->has_places = pf_places_init(&l->places);
    pthread_mutex_init(&l->lock, NULL);
    pf_art_misses_init(&l->misses);
    *ret_library = l;
    return 0;
}

void pf_library_destroy(struct pf_library *l)
{
    if (!l)
        return;
    pf_art_misses_finish(&l->misses);
    pthread_mutex_destroy(&l->lock);
    pf_places_finish(&l->places);
    free(l->dir);
    free(l);
}

/* ---- all titles ---- */

static json_t *load_custom(struct pf_library *l)
{
    pthread_mutex_lock(&l->lock);
    json_t *entries = pf_custom_load(l->dir);
    pthread_mutex_unlock(&l->lock);
    return entries;
}

static void add_custom(struct pf_library *l, json_t *titles)
{
    json_t *entries = load_custom(l), *e;
    size_t i;
    json_array_foreach(entries, i, e)
    {
        json_t *title = json_pack("{s:o, s:s, s:O, s:O}", "id",
            json_sprintf("custom:%s", json_string_value(json_object_get(e, "id"))), "store", "custom",
            "title", json_object_get(e, "title"), "art", json_object_get(e, "art"));
        if (title && json_object_get(e, "launch"))
            json_object_set(title, "launch", json_object_get(e, "launch"));
        json_array_append_new(titles, title);
    }
    json_decref(entries);
}

struct sortable {
    json_t *title;
    const char *name;
    size_t index;
};

static int by_name(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    int order = strcasecmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Takes over the list. */
static json_t *sorted(json_t *titles)
{
    size_t n = json_array_size(titles);
    struct sortable *all = calloc(n + 1, sizeof(*all));
    json_t *list = json_array();
    for (size_t i = 0; all && i < n; i++) {
        json_t *t = json_array_get(titles, i);
        all[i] = (struct sortable){t, json_string_value(json_object_get(t, "title")), i};
    }
    if (all)
        qsort(all, n, sizeof(*all), by_name);
    for (size_t i = 0; all && i < n; i++)
        json_array_append(list, all[i].title);
    free(all);
    json_decref(titles);
    return list;
}

json_t *pf_library_titles(struct pf_library *l)
{
    json_t *titles = json_array();
    void (*const scanners[])(const struct pf_places *, json_t *) = {
        pf_scan_steam, pf_scan_lutris, pf_scan_heroic};
    for (size_t i = 0; l->has_places && i < sizeof(scanners) / sizeof(scanners[0]); i++) {
        json_t *found = json_array();
        scanners[i](&l->places, found);
        json_array_extend(titles, found);
        json_decref(found);
    }
    add_custom(l, titles);
    return sorted(titles);
}

/* An entry of apps.json. */
static int app_recipe(
    struct pf_library *l, const char *id, struct pf_launch_command *ret_command, struct pf_error *err)
{
    struct pf_app *apps = calloc(PF_APPS_MAX, sizeof(*apps));
    size_t n = apps ? pf_apps_load(l->dir, apps, PF_APPS_MAX) : 0;
    int rc = pf_error_set(err, -ENOENT, "apps.json has no entry \"%.100s\" with a command", id);
    for (size_t i = 0; i < n; i++) {
        char own[16];
        pf_app_library_id(apps[i].id, own);
        if (apps[i].command[0] && strcmp(own, id) == 0)
            rc = pf_launch_command_make(
                "command", apps[i].command, &(struct pf_launch_facts){0}, ret_command, err);
    }
    free(apps);
    return rc;
}

int pf_library_recipe(
    struct pf_library *l, const char *id, struct pf_launch_command *ret_command, struct pf_error *err)
{
    if (strncmp(id, PF_APP_ID_PREFIX, strlen(PF_APP_ID_PREFIX)) == 0)
        return app_recipe(l, id, ret_command, err);
    json_t *titles = pf_library_titles(l), *title;
    size_t i;
    int rc = pf_error_set(err, -ENOENT, "the library has no title \"%.100s\"", id);
    json_array_foreach(titles, i, title)
    {
        if (strcmp(json_string_value(json_object_get(title, "id")), id) != 0)
            continue;
        const json_t *launch = json_object_get(title, "launch");
        const char *kind = json_string_value(json_object_get(launch, "kind"));
        const char *value = json_string_value(json_object_get(launch, "value"));
        const struct pf_launch_facts facts = pf_launch_facts_now();
        rc = kind && value ? pf_launch_command_make(kind, value, &facts, ret_command, err)
                           : pf_error_set(err, -ENOENT, "the title \"%.100s\" cannot be started", id);
        break;
    }
    json_decref(titles);
    return rc;
}

/* ---- titles of the owner ---- */

static size_t find_entry(const json_t *entries, const char *id)
{
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(entries, i), "id")), id) == 0)
            return i;
    return SIZE_MAX;
}

int pf_library_add(struct pf_library *l, const json_t *input, json_t **ret_entry, struct pf_error *err)
{
    char id[13];
    pthread_mutex_lock(&l->lock);
    json_t *entries = pf_custom_load(l->dir);
    uint64_t now = pf_time_real_ns();
    do
        pf_custom_make_id(json_string_value(json_object_get(input, "title")), now++, id);
    while (find_entry(entries, id) != SIZE_MAX);
    json_t *entry = pf_custom_make(id, input);
    json_array_append(entries, entry);
    int rc = entry ? pf_custom_save(l->dir, entries, err) : pf_error_set(err, -ENOMEM, "out of memory");
    pthread_mutex_unlock(&l->lock);
    json_decref(entries);
    if (rc == 0)
        *ret_entry = entry;
    else
        json_decref(entry);
    return rc;
}

int pf_library_replace(
    struct pf_library *l, const char *id, const json_t *input, json_t **ret_entry, struct pf_error *err)
{
    pthread_mutex_lock(&l->lock);
    json_t *entries = pf_custom_load(l->dir), *entry = NULL;
    size_t i = find_entry(entries, id);
    int rc = i == SIZE_MAX ? pf_error_set(err, -ENOENT, "there is no such title") : 0;
    if (rc == 0) {
        entry = pf_custom_make(id, input);
        json_array_set(entries, i, entry);
        rc = pf_custom_save(l->dir, entries, err);
    }
    pthread_mutex_unlock(&l->lock);
    json_decref(entries);
    if (rc == 0)
        *ret_entry = entry;
    else
        json_decref(entry);
    return rc;
}

int pf_library_remove(struct pf_library *l, const char *id, struct pf_error *err)
{
    pthread_mutex_lock(&l->lock);
    json_t *entries = pf_custom_load(l->dir);
    size_t i = find_entry(entries, id);
    int rc = i == SIZE_MAX ? pf_error_set(err, -ENOENT, "there is no such title") : 0;
    if (rc == 0) {
        json_array_remove(entries, i);
        rc = pf_custom_save(l->dir, entries, err);
    }
    pthread_mutex_unlock(&l->lock);
    json_decref(entries);
    return rc;
}

/* ---- pictures ---- */

int pf_library_art(struct pf_library *l, const char *id, const char *kind, struct pf_art *ret_art)
{
    static const char prefix[] = "steam:";
    long appid;
    if (strncmp(id, prefix, sizeof(prefix) - 1) != 0 ||
        !pf_parse_long(id + sizeof(prefix) - 1, 0, UINT32_MAX, &appid) || !pf_steam_art_kind(kind))
        return -ENOENT;
    if (l->has_places && pf_steam_art_local(&l->places, (uint32_t)appid, kind, ret_art) == 0)
        return 0;
    return pf_steam_art_remote(&l->misses, (uint32_t)appid, kind, ret_art);
}

/* A picture by what an entry says: a URL, the data itself, or a path of the management API. */
static int picture_at(
    struct pf_library *l, const char *id, const char *kind, const char *url, struct pf_art *ret)
{
    void *data = NULL;
    size_t len = 0;
    int rc = -ENOENT;
    if (strncmp(url, "/api/v1/", 8) == 0)
        return pf_library_art(l, id, kind, ret);
    if (strncmp(url, "data:", 5) == 0)
        rc = pf_data_url_read(url, PF_ART_MAX, &data, &len);
    else if (strncmp(url, "https://", 8) == 0)
        rc = pf_fetch(url, &data, &len);
    const char *media = rc == 0 ? pf_image_media(data, len) : NULL;
    if (!media) {
        free(data);
        return -ENOENT;
    }
    *ret = (struct pf_art){data, len, media};
    return 0;
}

static int cover_of(struct pf_library *l, const json_t *title, struct pf_art *ret)
{
    static const char *const order[] = {"portrait", "header", "hero", "logo"};
    const char *id = json_string_value(json_object_get(title, "id"));
    int rc = -ENOENT;
    bool busy = false;
    for (size_t i = 0; rc < 0 && i < sizeof(order) / sizeof(order[0]); i++) {
        const char *url = json_string_value(json_object_get(json_object_get(title, "art"), order[i]));
        rc = url ? picture_at(l, id, order[i], url, ret) : -ENOENT;
        busy |= rc == -EBUSY;
    }
    return rc < 0 && busy ? -EBUSY : rc;
}

int pf_library_cover(struct pf_library *l, const char *id, struct pf_art *ret_art)
{
    json_t *titles = pf_library_titles(l), *title;
    int rc = -ENOENT;
    size_t i;
    json_array_foreach(titles, i, title)
    {
        if (strcmp(json_string_value(json_object_get(title, "id")), id) != 0)
            continue;
        rc = cover_of(l, title, ret_art);
        break;
    }
    json_decref(titles);
    return rc;
}
