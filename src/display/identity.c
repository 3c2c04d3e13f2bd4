#include "display/identity.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE    "display"
#define FILE_MAX (64u << 10)

/* ---- the map ---- */

static unsigned find(const struct pf_display_identity_map *map, const char *key)
{
    for (unsigned n = 1; n <= PF_IDENTITY_SLOTS; n++)
        if (!strcmp(map->slot[n].key, key))
            return n;
    return 0;
}

static unsigned least_recent(const struct pf_display_identity_map *map, unsigned taken)
{
    unsigned found = 0;
    for (unsigned n = 1; n <= PF_IDENTITY_SLOTS; n++)
        if (!(taken & 1u << n) && (!found || map->slot[n].seen < map->slot[found].seen))
            found = n;
    return found;
}

static unsigned lowest_free(const struct pf_display_identity_map *map, unsigned taken)
{
    for (unsigned n = 1; n <= PF_IDENTITY_SLOTS; n++)
        if (!map->slot[n].key[0] && !(taken & 1u << n))
            return n;
    return 0;
}

unsigned pf_display_identity_assign(struct pf_display_identity_map *map, const char *key, unsigned taken)
{
    unsigned n = find(map, key);
    if (!n)
        n = lowest_free(map, taken);
    if (!n)
        n = least_recent(map, taken);
    if (!n)
        return 0;
    snprintf(map->slot[n].key, sizeof(map->slot[n].key), "%s", key);
    map->slot[n].seen = ++map->tick;
    return n;
}

bool pf_display_identity_key(enum pf_identity_rule rule, const uint8_t *fingerprint,
    const struct pf_mode *mode, char ret_key[PF_IDENTITY_KEY_SIZE])
{
    if (!fingerprint || rule == PF_IDENTITY_SHARED)
        return false;
    pf_hex_encode(fingerprint, 32, ret_key);
    if (rule == PF_IDENTITY_PER_CLIENT_MODE)
        snprintf(ret_key + 64, PF_IDENTITY_KEY_SIZE - 64, "@%ux%u", mode->width, mode->height);
    return true;
}

/* ---- as text ---- */

static void take_entry(struct pf_display_identity_map *map, const json_t *object)
{
    const char *key = json_string_value(json_object_get(object, "fp"));
    json_int_t id = json_integer_value(json_object_get(object, "id"));
    json_int_t seen = json_integer_value(json_object_get(object, "seen"));
    if (!key || !key[0] || strlen(key) >= PF_IDENTITY_KEY_SIZE || id < 1 || id > PF_IDENTITY_SLOTS ||
        seen < 0)
        return;
    unsigned twin = find(map, key);
    struct pf_display_identity_entry *e = &map->slot[id];
    if ((twin && map->slot[twin].seen >= (uint64_t)seen) || (e->key[0] && e->seen >= (uint64_t)seen))
        return;
    if (twin)
        map->slot[twin] = (struct pf_display_identity_entry){0};
    strcpy(e->key, key);
    e->seen = (uint64_t)seen;
    if (map->tick < e->seen)
        map->tick = e->seen;
}

int pf_display_identity_parse(const char *text, size_t len, struct pf_display_identity_map *ret_map)
{
    struct pf_display_identity_map map = {0};
    json_t *root = json_loadb(text, len, 0, NULL), *entries = json_object_get(root, "entries"), *one;
    json_int_t tick = json_integer_value(json_object_get(root, "tick"));
    bool good = json_is_array(entries);
    size_t i;
    if (tick > 0)
        map.tick = (uint64_t)tick;
    json_array_foreach(entries, i, one)
    {
        take_entry(&map, one);
    }
    json_decref(root);
    if (good)
        *ret_map = map;
    return good ? 0 : -EINVAL;
}

static json_t *to_json(const struct pf_display_identity_map *map)
{
    json_t *entries = json_array();
    for (unsigned n = 1; n <= PF_IDENTITY_SLOTS; n++)
        if (map->slot[n].key[0])
            json_array_append_new(entries, json_pack("{s:s, s:i, s:I}", "fp", map->slot[n].key, "id", (int)n,
                                               "seen", (json_int_t)map->slot[n].seen));
    return json_pack("{s:I, s:o}", "tick", (json_int_t)map->tick, "entries", entries);
}

/* ---- the host's ---- */

struct pf_display_identities {
    pthread_mutex_t lock;
    char *path;
    struct pf_display_identity_map map;
};

static int read_map(const char *path, struct pf_display_identity_map *map)
{
    char *text;
    size_t len;
    struct pf_error err;
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    if (rc == -ENOENT)
        return rc;
    if (rc == 0) {
        rc = pf_display_identity_parse(text, len, map);
        free(text);
    }
    if (rc < 0) {
        pf_log_warn(SCOPE, "%s is damaged and set aside; clients get new display numbers", path);
        if (pf_file_set_aside(path, &err) < 0)
            pf_log_warn(SCOPE, "%s", err.text);
    }
    return rc;
}

int pf_display_identities_open(const char *dir, struct pf_display_identities **ret_identities)
{
    struct pf_display_identities *i = calloc(1, sizeof(*i));
    if (!i)
        return -ENOMEM;
    pthread_mutex_init(&i->lock, NULL);
    i->path = pf_path_join(dir, PF_IDENTITY_FILE);
    if (read_map(i->path, &i->map) == -ENOENT) {
        char *old = pf_path_join(dir, PF_IDENTITY_FILE_OLD);
        read_map(old, &i->map);
        free(old);
    }
    *ret_identities = i;
    return 0;
}

void pf_display_identities_close(struct pf_display_identities *i)
{
    if (!i)
        return;
    pthread_mutex_destroy(&i->lock);
    free(i->path);
    free(i);
}

static void save(const struct pf_display_identities *i)
{
    struct pf_error err = {"out of memory"};
    json_t *root = to_json(&i->map);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text || pf_file_write(i->path, text, strlen(text), 0600, &err) < 0)
        pf_log_warn(SCOPE, "the number of a client's display is not kept: %s", err.text);
    free(text);
}

unsigned pf_display_identities_slot(struct pf_display_identities *i, enum pf_identity_rule rule,
    const uint8_t fingerprint[32], const struct pf_mode *mode, unsigned taken)
{
    char key[PF_IDENTITY_KEY_SIZE];
    if (!pf_display_identity_key(rule, fingerprint, mode, key))
        return 0;
    pthread_mutex_lock(&i->lock);
    unsigned slot = pf_display_identity_assign(&i->map, key, taken);
    if (slot)
        save(i);
    pthread_mutex_unlock(&i->lock);
    return slot;
}
