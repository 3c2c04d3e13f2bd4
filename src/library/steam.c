/* Titles that Steam has installed. */
#include "base/args.h"
#include "base/file.h"
#include "library/places.h"
#include "library/vdf.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX      (1u << 20)
#define FOLDERS_MAX   64u
#define STEAM_FLATPAK ".var/app/com.valvesoftware.Steam/.local/share/Steam"

/* Tools and run-times, no games. */
static const long tools[] = {228980, 1070560, 1391110, 1628350, 1493710};
static const char *const tool_words[] = {"proton", "steamworks common", "steamvr"};

struct folders {
    char *paths[FOLDERS_MAX];
    size_t count;
};

/* Takes over the path; keeps it once. */
static void add_folder(struct folders *f, char *path)
{
    char *real = path ? realpath(path, NULL) : NULL;
    free(path);
    bool known = !real || f->count == FOLDERS_MAX || !pf_is_dir(real);
    for (size_t i = 0; !known && i < f->count; i++)
        known = strcmp(f->paths[i], real) == 0;
    if (known)
        free(real);
    else
        f->paths[f->count++] = real;
}

static void free_folders(struct folders *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->paths[i]);
}

char **pf_steam_roots(const struct pf_places *p, size_t *ret_count)
{
    static const char *const below_home[] = {".steam/steam", ".steam/root", STEAM_FLATPAK};
    struct folders f = {.count = 0}, roots = {.count = 0};
    add_folder(&f, pf_place(p->home, ".local/share/Steam"));
    for (size_t i = 0; i < sizeof(below_home) / sizeof(below_home[0]); i++)
        add_folder(&f, pf_place(p->home, below_home[i]));
    for (size_t i = 0; i < f.count; i++) {
        char *apps = pf_place(f.paths[i], "steamapps");
        if (pf_is_dir(apps))
            add_folder(&roots, strdup(f.paths[i]));
        free(apps);
    }
    free_folders(&f);
    char **list = calloc(roots.count + 1, sizeof(*list));
    if (list)
        memcpy(list, roots.paths, roots.count * sizeof(*list));
    else
        free_folders(&roots);
    *ret_count = list ? roots.count : 0;
    return list;
}

/* The libraries that the root knows, then its own. */
static void add_libraries(struct folders *f, const char *root)
{
    char *file = pf_place(root, "steamapps/libraryfolders.vdf"), *text = NULL, path[PATH_MAX];
    size_t len = 0;
    if (pf_file_read(file, FILE_MAX, &text, &len) == 0)
        for (const char *at = text; pf_vdf_next(&at, "path", path, sizeof(path));)
            add_folder(f, pf_place(path, "steamapps"));
    add_folder(f, pf_place(root, "steamapps"));
    free(text);
    free(file);
}

static bool is_tool(long appid, const char *name)
{
    char low[256];
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
        if (tools[i] == appid)
            return true;
    snprintf(low, sizeof(low), "%s", name);
    for (char *c = low; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; i < sizeof(tool_words) / sizeof(tool_words[0]); i++)
        if (strstr(low, tool_words[i]))
            return true;
    return strncmp(low, "steam linux runtime", 19) == 0;
}

static void add_art(json_t *title, const char *id)
{
    static const char *const kinds[] = {"portrait", "hero", "logo", "header"};
    for (size_t i = 0; i < 4; i++)
        json_object_set_new(
            json_object_get(title, "art"), kinds[i], json_sprintf("/api/v1/library/art/%s/%s", id, kinds[i]));
}

static bool is_listed(const json_t *titles, const char *id)
{
    size_t i;
    json_t *t;
    json_array_foreach(
        (json_t *)titles, i, t) if (strcmp(json_string_value(json_object_get(t, "id")), id) == 0) return true;
    return false;
}

static void add_manifest(const char *text, json_t *titles)
{
    char appid[24], name[256], id[40];
    const char *at = text;
    long number;
    if (!pf_vdf_next(&at, "appid", appid, sizeof(appid)) || !pf_parse_long(appid, 0, UINT32_MAX, &number))
        return;
    at = text;
    if (!pf_vdf_next(&at, "name", name, sizeof(name)) || !*name || is_tool(number, name))
        return;
    snprintf(id, sizeof(id), "steam:%ld", number);
    snprintf(appid, sizeof(appid), "%ld", number);
    if (is_listed(titles, id))
        return;
    json_t *title = pf_title(id, "steam", name, "steam_appid", appid);
    if (!title)
        return;
    add_art(title, id);
    json_array_append_new(titles, title);
}

static void scan_library(const char *folder, json_t *titles)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && json_array_size(titles) < PF_TITLES_MAX && (e = readdir(dir));) {
        size_t n = strlen(e->d_name), len;
        if (strncmp(e->d_name, "appmanifest_", 12) != 0 || n < 16 || strcmp(e->d_name + n - 4, ".acf") != 0)
            continue;
        char *path = pf_place(folder, e->d_name), *text = NULL;
        if (pf_file_read(path, FILE_MAX, &text, &len) == 0)
            add_manifest(text, titles);
        free(text);
        free(path);
    }
    if (dir)
        closedir(dir);
}

void pf_scan_steam(const struct pf_places *places, json_t *titles)
{
    struct folders libraries = {.count = 0};
    size_t n = 0;
    char **roots = pf_steam_roots(places, &n);
    for (size_t i = 0; i < n; i++) {
        add_libraries(&libraries, roots[i]);
        free(roots[i]);
    }
    free(roots);
    for (size_t i = 0; i < libraries.count; i++)
        scan_library(libraries.paths[i], titles);
    free_folders(&libraries);
}
