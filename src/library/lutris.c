/* Titles that Lutris has installed: its SQLite database, which is only read. */
#include "base/file.h"
#include "library/base64.h"
#include "library/library.h"
#include "library/places.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PICTURE_MAX (1u << 20)
#define FLATPAK     ".var/app/net.lutris.Lutris"
#define QUERY                                                                                                \
    "SELECT id, slug, name FROM games WHERE installed = 1 AND name IS NOT NULL AND name <> '' "              \
    "ORDER BY name COLLATE NOCASE"

const char pf_library_lutris[] = "lutris";

/* free() it; NULL: there is no database. */
static char *find_database(const struct pf_places *p)
{
    char *candidates[] = {pf_place(p->data_home, "lutris/pga.db"),
        pf_place(p->home, ".local/share/lutris/pga.db"), pf_place(p->home, FLATPAK "/data/lutris/pga.db")};
    char *found = NULL;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        if (!found && access(candidates[i], R_OK) == 0)
            found = candidates[i];
        else
            free(candidates[i]);
    }
    return found;
}

/* immutable=1 takes no lock and needs no write-ahead log, but is part of a URI, in which some characters have
 * a meaning of their own. */
static sqlite3 *open_database(const char *path)
{
    sqlite3 *db = NULL;
    char *uri = NULL;
    bool plain = strpbrk(path, "?#%") != NULL;
    if (!plain && asprintf(&uri, "file:%s?immutable=1", path) < 0)
        return NULL;
    int rc =
        sqlite3_open_v2(plain ? path : uri, &db, SQLITE_OPEN_READONLY | (plain ? 0 : SQLITE_OPEN_URI), NULL);
    free(uri);
    if (rc == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

/* ---- pictures ---- */

static json_t *picture_at(const char *folder, const char *kind, const char *slug)
{
    char name[300], *text = NULL;
    size_t len = 0;
    snprintf(name, sizeof(name), "%s/%s.jpg", kind, slug);
    char *path = pf_place(folder, name);
    json_t *url = NULL;
    if (pf_file_read(path, PICTURE_MAX, &text, &len) == 0 && len > 0)
        url = pf_data_url("image/jpeg", text, len);
    free(text);
    free(path);
    return url;
}

static json_t *find_picture(const struct pf_places *p, const char *kind, const char *slug)
{
    static const char *const folders[] = {
        ".local/share/lutris", ".cache/lutris", FLATPAK "/data/lutris", FLATPAK "/cache/lutris"};
    json_t *url = NULL;
    for (size_t i = 0; !url && i < sizeof(folders) / sizeof(folders[0]); i++) {
        char *folder = pf_place(p->home, folders[i]);
        url = picture_at(folder, kind, slug);
        free(folder);
    }
    return url;
}

/* A slug is a file name, so it must not lead anywhere else. */
static bool is_slug(const char *slug)
{
    return slug && *slug && strlen(slug) < 200 && !strchr(slug, '/') && *slug != '.';
}

static void add_art(const struct pf_places *p, json_t *title, const char *slug)
{
    json_t *art = json_object_get(title, "art"), *url;
    if (!is_slug(slug))
        return;
    if ((url = find_picture(p, "coverart", slug)))
        json_object_set_new(art, "portrait", url);
    if ((url = find_picture(p, "banners", slug)))
        json_object_set_new(art, "header", url);
}

/* ---- rows ---- */

static void add_row(const struct pf_places *p, sqlite3_stmt *row, json_t *titles)
{
    long long number = sqlite3_column_int64(row, 0);
    const char *slug = (const char *)sqlite3_column_text(row, 1);
    const char *name = (const char *)sqlite3_column_text(row, 2);
    char id[40], value[24];
    snprintf(id, sizeof(id), "lutris:%lld", number);
    snprintf(value, sizeof(value), "%lld", number);
    json_t *title = name ? pf_title(id, "lutris", name, "lutris_id", value) : NULL;
    if (!title)
        return;
    add_art(p, title, slug);
    json_array_append_new(titles, title);
}

void pf_scan_lutris(const struct pf_places *places, json_t *titles)
{
    char *path = find_database(places);
    sqlite3 *db = path ? open_database(path) : NULL;
    sqlite3_stmt *rows = NULL;
    if (db && sqlite3_prepare_v2(db, QUERY, -1, &rows, NULL) == SQLITE_OK)
        for (unsigned n = 0; n < PF_TITLES_MAX && sqlite3_step(rows) == SQLITE_ROW; n++)
            add_row(places, rows, titles);
    sqlite3_finalize(rows);
    sqlite3_close(db);
    free(path);
}
