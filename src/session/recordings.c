#include "session/recordings.h"

#include "base/file.h"
#include "base/log.h"
#include "session/recorder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SUBFOLDER "captures"
#define SUFFIX    ".json"
#define FILE_MAX  (16u << 20)
#define META_MAX  1024u

void pf_recording_make_id(uint64_t unix_s, uint32_t width, uint32_t height, char out[PF_RECORDING_ID_SIZE])
{
    time_t t = (time_t)unix_s;
    struct tm tm;
    gmtime_r(&t, &tm);
    size_t n = strftime(out, PF_RECORDING_ID_SIZE, "%Y-%m-%dT%H-%M-%SZ", &tm);
    snprintf(out + n, PF_RECORDING_ID_SIZE - n, "_%ux%u", width, height);
}

bool pf_recording_is_id(const char *id)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strlen(id);
    return n > 0 && n < 200 && strspn(id, allowed) == n && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

static char *folder_of(const char *dir)
{
    return pf_path_join(dir, SUBFOLDER);
}

/* free() it. */
static char *path_of(const char *dir, const char *id)
{
    char name[256], *folder = folder_of(dir);
    snprintf(name, sizeof(name), "%s" SUFFIX, id);
    char *path = pf_path_join(folder, name);
    free(folder);
    return path;
}

/* ---- saving ---- */

/* Two captures may have been started in one second. */
static void choose_free_id(const char *dir, json_t *meta)
{
    uint64_t unix_s = (uint64_t)json_integer_value(json_object_get(meta, "started_unix_ms")) / 1000;
    for (unsigned later = 0; later < 60; later++) {
        char id[PF_RECORDING_ID_SIZE];
        pf_recording_make_id(unix_s + later, (uint32_t)json_integer_value(json_object_get(meta, "width")),
            (uint32_t)json_integer_value(json_object_get(meta, "height")), id);
        char *path = path_of(dir, id);
        bool taken = access(path, F_OK) == 0;
        free(path);
        json_object_set_new(meta, "id", json_string(id));
        if (!taken)
            return;
    }
}

static void prune(const char *dir)
{
    json_t *list = pf_recordings_list(dir);
    for (size_t i = PF_RECORDER_FILES; i < json_array_size(list); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(list, i), "id"));
        if (id && pf_recording_remove(dir, id, NULL) == 0)
            pf_log_info("stats", "there are more than %u recordings: %s was removed", PF_RECORDER_FILES, id);
    }
    json_decref(list);
}

int pf_recording_save(const char *dir, json_t *capture, struct pf_error *err)
{
    json_t *meta = json_object_get(capture, "meta");
    char *folder = folder_of(dir), *text = NULL;
    int rc = pf_dir_make_private(folder, err);
    free(folder);
    if (rc < 0)
        return rc;
    choose_free_id(dir, meta);
    text = json_dumps(capture, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!text)
        return pf_error_set(err, -ENOMEM, "the recording could not be written: out of memory");
    char *path = path_of(dir, json_string_value(json_object_get(meta, "id")));
    rc = pf_file_write(path, text, strlen(text), 0600, err);
    free(path);
    free(text);
    if (rc == 0)
        prune(dir);
    return rc;
}

/* ---- reading ---- */

/* The meta stands at the front, so that the samples need not be read for a list. */
static json_t *read_meta(const char *path)
{
    static const char head[] = "{\"meta\":";
    char text[META_MAX];
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof(text), f) : 0;
    if (f)
        fclose(f);
    if (n < sizeof(head) || memcmp(text, head, sizeof(head) - 1) != 0)
        return NULL;
    return json_loadb(text + sizeof(head) - 1, n - (sizeof(head) - 1), JSON_DISABLE_EOF_CHECK, NULL);
}

/* Files that something else wrote may look different. */
static json_t *read_meta_anyhow(const char *path)
{
    char *text = NULL;
    size_t len = 0;
    json_t *meta = read_meta(path);
    if (!meta && pf_file_read(path, FILE_MAX, &text, &len) == 0) {
        json_t *root = json_loadb(text, len, 0, NULL);
        meta = json_incref(json_object_get(root, "meta"));
        json_decref(root);
    }
    free(text);
    return meta;
}

static bool is_recording_name(const char *name, char id[256])
{
    size_t n = strlen(name), suffix = sizeof(SUFFIX) - 1;
    if (n <= suffix || n >= 256 || strcmp(name + n - suffix, SUFFIX) != 0)
        return false;
    memcpy(id, name, n - suffix);
    id[n - suffix] = 0;
    return pf_recording_is_id(id);
}

static int newest_first(const void *a, const void *b)
{
    json_int_t x = json_integer_value(json_object_get(*(json_t *const *)a, "started_unix_ms"));
    json_int_t y = json_integer_value(json_object_get(*(json_t *const *)b, "started_unix_ms"));
    return (x < y) - (x > y);
}

static json_t *sorted(json_t **metas, size_t n)
{
    json_t *list = json_array();
    if (n)
        qsort(metas, n, sizeof(metas[0]), newest_first);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, metas[i]);
    free(metas);
    return list;
}

json_t *pf_recordings_list(const char *dir)
{
    char *folder = folder_of(dir), id[256];
    json_t **metas = NULL;
    size_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!is_recording_name(e->d_name, id))
            continue;
        char *path = pf_path_join(folder, e->d_name);
        json_t *meta = read_meta_anyhow(path);
        free(path);
        json_t **more = meta ? realloc(metas, (n + 1) * sizeof(*metas)) : NULL;
        if (!more) {
            json_decref(meta);
            continue;
        }
        metas = more;
        metas[n++] = meta;
    }
    if (d)
        closedir(d);
    free(folder);
    return sorted(metas, n);
}

int pf_recording_read(const char *dir, const char *id, json_t **ret_capture, struct pf_error *err)
{
    char *text = NULL;
    size_t len = 0;
    if (!pf_recording_is_id(id))
        return pf_error_set(err, -ENOENT, "there is no such recording");
    char *path = path_of(dir, id);
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    free(path);
    if (rc < 0)
        return pf_error_set(
            err, rc, rc == -ENOENT ? "there is no such recording" : "the recording cannot be read");
    json_t *root = json_loadb(text, len, 0, NULL);
    free(text);
    if (!json_is_object(json_object_get(root, "meta")) || !json_is_array(json_object_get(root, "samples"))) {
        json_decref(root);
        return pf_error_set(err, -EBADMSG, "the file is no recording");
    }
    *ret_capture = root;
    return 0;
}

int pf_recording_remove(const char *dir, const char *id, struct pf_error *err)
{
    if (!pf_recording_is_id(id))
        return pf_error_set(err, -ENOENT, "there is no such recording");
    char *path = path_of(dir, id);
    int rc = unlink(path) == 0 ? 0 : -errno;
    free(path);
    if (rc < 0)
        pf_error_set(
            err, rc, rc == -ENOENT ? "there is no such recording" : "the recording cannot be removed");
    return rc;
}
