#include "library/steam_art.h"

#include "base/file.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER      "https://cdn.cloudflare.steamstatic.com/steam/apps"
#define MISS_NS     (600 * PF_NS_PER_S)
#define FOLDERS_MAX 64u

static const struct {
    const char *kind, *local[2], *remote;
} kinds[] = {
    {"portrait", {"library_600x900_2x.jpg", "library_600x900.jpg"}, "library_600x900.jpg"},
    {"hero", {"library_hero.jpg", NULL}, "library_hero.jpg"},
    {"logo", {"logo.png", NULL}, "logo.png"},
    {"header", {"library_header.jpg", NULL}, "header.jpg"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t find_kind(const char *kind)
{
    size_t i = 0;
    while (i < KINDS && strcmp(kinds[i].kind, kind) != 0)
        i++;
    return i;
}

bool pf_steam_art_kind(const char *kind)
{
    return find_kind(kind) < KINDS;
}

const char *pf_image_media(const void *data, size_t len)
{
    static const struct {
        const char *media, *magic;
        size_t len;
    } forms[] = {
        {"image/jpeg", "\xff\xd8\xff", 3},
        {"image/png", "\x89PNG\r\n\x1a\n", 8},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (len > forms[i].len && memcmp(data, forms[i].magic, forms[i].len) == 0)
            return forms[i].media;
    return NULL;
}

/* ---- local ---- */

static int read_picture(const char *path, struct pf_art *ret)
{
    char *data = NULL;
    size_t len = 0;
    if (pf_file_read(path, PF_ART_MAX, &data, &len) < 0)
        return -ENOENT;
    const char *media = pf_image_media(data, len);
    if (!media) {
        free(data);
        return -ENOENT;
    }
    *ret = (struct pf_art){data, len, media};
    return 0;
}

static int look_in(const char *folder, size_t kind, struct pf_art *ret)
{
    int rc = -ENOENT;
    for (size_t i = 0; rc < 0 && i < 2 && kinds[kind].local[i]; i++) {
        char *path = pf_place(folder, kinds[kind].local[i]);
        rc = read_picture(path, ret);
        free(path);
    }
    return rc;
}

/* Newer versions of Steam put each picture into a folder of its own. */
static int look_below(const char *folder, size_t kind, struct pf_art *ret)
{
    int rc = look_in(folder, kind, ret);
    DIR *dir = rc < 0 ? opendir(folder) : NULL;
    unsigned seen = 0;
    for (struct dirent *e; dir && rc < 0 && seen < FOLDERS_MAX && (e = readdir(dir)); seen++) {
        if (e->d_name[0] == '.')
            continue;
        char *inner = pf_place(folder, e->d_name);
        if (pf_is_dir(inner))
            rc = look_in(inner, kind, ret);
        free(inner);
    }
    if (dir)
        closedir(dir);
    return rc;
}

int pf_steam_art_local(const struct pf_places *places, uint32_t appid, const char *kind, struct pf_art *ret)
{
    char name[64];
    size_t n = 0, k = find_kind(kind);
    int rc = -ENOENT;
    char **roots = pf_steam_roots(places, &n);
    snprintf(name, sizeof(name), "appcache/librarycache/%" PRIu32, appid);
    for (size_t i = 0; i < n; i++) {
        char *folder = rc < 0 ? pf_place(roots[i], name) : NULL;
        if (folder)
            rc = look_below(folder, k, ret);
        free(folder);
        free(roots[i]);
    }
    free(roots);
    return rc;
}

/* ---- remote ---- */

void pf_art_misses_init(struct pf_art_misses *m)
{
    memset(m, 0, sizeof(*m));
    pthread_mutex_init(&m->lock, NULL);
}

void pf_art_misses_finish(struct pf_art_misses *m)
{
    pthread_mutex_destroy(&m->lock);
}

/* False: enough is fetched already. */
static bool begin_fetch(struct pf_art_misses *m)
{
    pthread_mutex_lock(&m->lock);
    bool free_place = m->fetching < PF_ART_FETCHES;
    m->fetching += free_place;
    pthread_mutex_unlock(&m->lock);
    return free_place;
}

static void end_fetch(struct pf_art_misses *m)
{
    pthread_mutex_lock(&m->lock);
    m->fetching--;
    pthread_mutex_unlock(&m->lock);
}

static bool is_missed(struct pf_art_misses *m, uint32_t appid, const char *kind, uint64_t now)
{
    bool missed = false;
    pthread_mutex_lock(&m->lock);
    for (unsigned i = 0; !missed && i < PF_ART_MISSES; i++)
        missed = m->entries[i].kind == kind && m->entries[i].appid == appid && now < m->entries[i].until_ns;
    pthread_mutex_unlock(&m->lock);
    return missed;
}

static void note_miss(struct pf_art_misses *m, uint32_t appid, const char *kind, uint64_t now)
{
    pthread_mutex_lock(&m->lock);
    m->entries[m->next].appid = appid;
    m->entries[m->next].kind = kind;
    m->entries[m->next].until_ns = now + MISS_NS;
    m->next = (m->next + 1) % PF_ART_MISSES;
    pthread_mutex_unlock(&m->lock);
}

int pf_steam_art_remote(struct pf_art_misses *m, uint32_t appid, const char *kind, struct pf_art *ret)
{
    char url[200];
    size_t k = find_kind(kind), len = 0;
    void *data = NULL;
    uint64_t now = pf_time_mono_ns();
    if (is_missed(m, appid, kinds[k].kind, now))
        return -ENOENT;
    if (!begin_fetch(m))
        return -EBUSY;
    snprintf(url, sizeof(url), SERVER "/%" PRIu32 "/%s", appid, kinds[k].remote);
    const char *media = pf_fetch(url, &data, &len) == 0 ? pf_image_media(data, len) : NULL;
    end_fetch(m);
    if (!media) {
        free(data);
        note_miss(m, appid, kinds[k].kind, now);
        return -ENOENT;
    }
    *ret = (struct pf_art){data, len, media};
    return 0;
}
