#include "display/scales.h"

#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE     "display"
#define FILE_MAX  (16u << 10)
#define SCALE_MIN 0.25
#define SCALE_MAX 16

struct pf_display_scales {
    pthread_mutex_t lock;
    char *path;
    bool unread; /* the file could not be read: what is in it is not overwritten */
    struct pf_display_scale_map map;
};

/* ---- as text ---- */

static void key_of(unsigned slot, char ret_key[16])
{
    if (slot)
        snprintf(ret_key, 16, "%u", slot);
    else
        strcpy(ret_key, "shared");
}

static bool makes_sense(double scale)
{
    return scale >= SCALE_MIN && scale <= SCALE_MAX;
}

int pf_display_scales_parse(const char *text, size_t len, struct pf_display_scale_map *ret_map)
{
    struct pf_display_scale_map map = {0};
    json_t *root = json_loadb(text, len, 0, NULL);
    bool good = json_is_object(root);
    for (unsigned slot = 0; slot <= PF_IDENTITY_SLOTS; slot++) {
        char key[16];
        key_of(slot, key);
        double scale = json_number_value(json_object_get(root, key));
        map.scale[slot] = makes_sense(scale) ? scale : 0;
    }
    json_decref(root);
    if (good)
        *ret_map = map;
    return good ? 0 : -EINVAL;
}

static char *to_text(const struct pf_display_scale_map *map)
{
    json_t *root = json_object();
    for (unsigned slot = 0; slot <= PF_IDENTITY_SLOTS; slot++) {
        char key[16];
        key_of(slot, key);
        if (map->scale[slot] > 0)
            json_object_set_new(root, key, json_real(map->scale[slot]));
    }
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(root);
    return text;
}

/* ---- the host's ---- */

static void set_aside(const char *path)
{
    struct pf_error err;
    pf_log_warn(SCOPE, "%s is damaged and set aside; displays get their scales from the desktop", path);
    if (pf_file_set_aside(path, &err) < 0)
        pf_log_warn(SCOPE, "%s", err.text);
}

static void read_map(struct pf_display_scales *s)
{
    char *text;
    size_t len;
    int rc = pf_file_read(s->path, FILE_MAX, &text, &len);
    if (rc == 0) {
        rc = pf_display_scales_parse(text, len, &s->map);
        free(text);
    }
    if (rc == -EINVAL || rc == -EFBIG) {
        set_aside(s->path);
    } else if (rc < 0 && rc != -ENOENT) {
        s->unread = true;
        pf_log_warn(SCOPE,
            "%s cannot be read and is left alone: %s; displays get their scales from the desktop, and keep "
            "them only until the host ends",
            s->path, strerror(-rc));
    }
}

int pf_display_scales_open(const char *dir, struct pf_display_scales **ret_scales)
{
    struct pf_display_scales *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    s->path = pf_path_join(dir, PF_SCALES_FILE);
    read_map(s);
    *ret_scales = s;
    return 0;
}

void pf_display_scales_close(struct pf_display_scales *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
}

double pf_display_scales_get(struct pf_display_scales *s, unsigned slot)
{
    if (!s || slot > PF_IDENTITY_SLOTS)
        return 0;
    pthread_mutex_lock(&s->lock);
    double scale = s->map.scale[slot];
    pthread_mutex_unlock(&s->lock);
    return scale;
}

static void save(const struct pf_display_scales *s)
{
    struct pf_error err = {"out of memory"};
    char *text = to_text(&s->map);
    if (!text || pf_file_write(s->path, text, strlen(text), 0600, &err) < 0)
        pf_log_warn(SCOPE, "the scale of a display is not kept: %s", err.text);
    free(text);
}

void pf_display_scales_put(struct pf_display_scales *s, unsigned slot, double scale)
{
    if (!s || slot > PF_IDENTITY_SLOTS || !makes_sense(scale))
        return;
    pthread_mutex_lock(&s->lock);
    double before = s->map.scale[slot];
    s->map.scale[slot] = scale;
    if (!s->unread && (before < scale || before > scale))
        save(s);
    pthread_mutex_unlock(&s->lock);
}
