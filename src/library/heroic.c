/* Titles that Heroic has installed, of three stores: its caches. */
#include "base/file.h"
#include "library/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (32u << 20)
#define FLATPAK  ".var/app/com.heroicgameslauncher.hgl/config/heroic"

static const struct {
    const char *runner, *file, *list;
} stores[] = {
    {"legendary", "store_cache/legendary_library.json", "library"},
    {"gog", "store_cache/gog_library.json", "games"},
    {"nile", "store_cache/nile_library.json", "library"},
};

/* free() it; NULL: there is none. */
static char *find_folder(const struct pf_places *p)
{
    char *candidates[] = {
        pf_place(p->config_home, "heroic"), pf_place(p->home, ".config/heroic"), pf_place(p->home, FLATPAK)};
    char *found = NULL;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        if (!found && pf_is_dir(candidates[i]))
            found = candidates[i];
        else
            free(candidates[i]);
    }
    return found;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && *text ? text : NULL;
}

static bool is_installed(const json_t *game)
{
    const char *path = text_of(json_object_get(game, "install"), "install_path");
    return json_is_true(json_object_get(game, "is_installed")) && path && pf_is_dir(path);
}

static void add_picture(json_t *art, const char *kind, const char *url)
{
    if (url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0))
        json_object_set_new(art, kind, json_string(url));
}

static void add_art(json_t *art, const json_t *game)
{
    const char *cover = text_of(game, "art_cover"), *background = text_of(game, "art_background");
    add_picture(art, "portrait", text_of(game, "art_square"));
    add_picture(art, "header", cover);
    add_picture(art, "hero", background ? background : cover);
    add_picture(art, "logo", text_of(game, "art_logo"));
}

static void add_game(const char *runner, const json_t *game, json_t *titles)
{
    const char *app = text_of(game, "app_name"), *name = text_of(game, "title");
    char id[300], value[280];
    if (!app || strlen(app) > 200 || !is_installed(game))
        return;
    snprintf(id, sizeof(id), "heroic:%s:%s", runner, app);
    snprintf(value, sizeof(value), "%s:%s", runner, app);
    json_t *title = pf_title(id, "heroic", name ? name : app, "heroic", value);
    if (!title)
        return;
    add_art(json_object_get(title, "art"), game);
    json_array_append_new(titles, title);
}

static void scan_store(const char *folder, size_t store, json_t *titles)
{
    char *path = pf_place(folder, stores[store].file), *text = NULL;
    size_t len = 0, i;
    json_t *root = NULL, *game;
    if (pf_file_read(path, FILE_MAX, &text, &len) == 0)
        root = json_loadb(text, len, 0, NULL);
    json_array_foreach(json_object_get(root, stores[store].list), i, game)
    {
        if (i == PF_TITLES_MAX)
            break;
        add_game(stores[store].runner, game, titles);
    }
    json_decref(root);
    free(text);
    free(path);
}

void pf_scan_heroic(const struct pf_places *places, json_t *titles)
{
    char *folder = find_folder(places);
    for (size_t i = 0; folder && i < sizeof(stores) / sizeof(stores[0]); i++)
        scan_store(folder, i, titles);
    free(folder);
}
