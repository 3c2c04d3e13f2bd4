#include "display/wlroots/record.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "punktfunk"
#define PREFIX "sway-outputs-"
#define SUFFIX ".json"
#define LIMIT  (64u << 10)

/* Start time of a process: field 22 of /proc/<pid>/stat, counted behind the name, which may contain anything.
 * 0 if there is no such process. */
static uint64_t start_time(pid_t pid)
{
    char path[40], *text;
    size_t len;
    unsigned long long start = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (pf_file_read(path, LIMIT, &text, &len))
        return 0;
    const char *p = strrchr(text, ')');
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p)
        start = strtoull(p, NULL, 10);
    free(text);
    return start;
}

void pf_sway_record_init(struct pf_sway_record *record)
{
    *record = (struct pf_sway_record){.host_pid = getpid(), .host_start = start_time(getpid())};
}

bool pf_sway_record_is_live(const struct pf_sway_record *record)
{
    return record->host_start && start_time(record->host_pid) == record->host_start;
}

struct pf_sway_record_item *pf_sway_record_find(
    struct pf_sway_record *record, const char *socket, const char *name)
{
    for (size_t i = 0; i < record->count; i++)
        if (!strcmp(record->item[i].name, name) && !strcmp(record->item[i].socket, socket))
            return &record->item[i];
    return NULL;
}

int pf_sway_record_put(struct pf_sway_record *record, const char *socket, const char *name, bool parked)
{
    struct pf_sway_record_item *item = pf_sway_record_find(record, socket, name);
    if (!item) {
        if (record->count == PF_SWAY_RECORD_MAX)
            return -ENOSPC;
        item = &record->item[record->count++];
        snprintf(item->socket, sizeof(item->socket), "%s", socket);
        snprintf(item->name, sizeof(item->name), "%s", name);
    }
    item->parked = parked;
    return 0;
}

void pf_sway_record_remove(struct pf_sway_record *record, const char *socket, const char *name)
{
    struct pf_sway_record_item *item = pf_sway_record_find(record, socket, name);
    if (item)
        *item = record->item[--record->count];
}

static json_t *to_json(const struct pf_sway_record *record)
{
    json_t *outputs = json_array();
    for (size_t i = 0; i < record->count; i++) {
        const struct pf_sway_record_item *item = &record->item[i];
        json_array_append_new(outputs,
            json_pack("{s:s, s:s, s:b}", "socket", item->socket, "name", item->name, "parked", item->parked));
    }
    json_t *root = json_pack("{s:i, s:I, s:o}", "host_pid", (int)record->host_pid, "host_start",
        (json_int_t)record->host_start, "outputs", outputs);
    if (root && record->creating_socket[0])
        json_object_set_new(root, "creating",
            json_pack("{s:s, s:i}", "socket", record->creating_socket, "after", (int)record->creating_after));
    return root;
}

int pf_sway_record_save(const struct pf_sway_record *record, const char *runtime_dir, struct pf_error *err)
{
    char folder[256], path[320];
    snprintf(folder, sizeof(folder), "%s/" FOLDER, runtime_dir);
    snprintf(path, sizeof(path), "%s/" PREFIX "%d" SUFFIX, folder, (int)record->host_pid);
    if (!record->count && !record->creating_socket[0])
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;

    int rc = pf_dir_make_private(folder, err);
    if (rc)
        return rc;
    json_t *root = to_json(record);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return pf_error_set(err, -ENOMEM, "cannot write %s: out of memory", path);
    rc = pf_file_write(path, text, strlen(text), 0600, err);
    free(text);
    return rc;
}

static int from_json(const json_t *root, struct pf_sway_record *record)
{
    *record = (struct pf_sway_record){
        .host_pid = (pid_t)json_integer_value(json_object_get(root, "host_pid")),
        .host_start = (uint64_t)json_integer_value(json_object_get(root, "host_start")),
    };
    const char *socket, *name;
    int parked, after;
    size_t i;
    json_t *item, *creating = json_object_get(root, "creating");
    json_array_foreach(json_object_get(root, "outputs"), i, item)
    {
        if (json_unpack(item, "{s:s, s:s, s:b}", "socket", &socket, "name", &name, "parked", &parked))
            return -EPROTO;
        if (pf_sway_record_put(record, socket, name, parked))
            return -EPROTO;
    }
    if (creating && json_unpack(creating, "{s:s, s:i}", "socket", &socket, "after", &after))
        return -EPROTO;
    if (creating) {
        snprintf(record->creating_socket, sizeof(record->creating_socket), "%s", socket);
        record->creating_after = after < 0 ? 0 : (unsigned)after;
    }
    return record->host_pid > 0 ? 0 : -EPROTO;
}

int pf_sway_record_load(const char *path, struct pf_sway_record *ret_record)
{
    char *text;
    size_t len;
    int rc = pf_file_read(path, LIMIT, &text, &len);
    if (rc)
        return rc;
    json_t *root = json_loadb(text, len, 0, NULL);
    free(text);
    struct pf_sway_record record;
    rc = root ? from_json(root, &record) : -EPROTO;
    json_decref(root);
    if (!rc)
        *ret_record = record;
    return rc;
}

void pf_sway_record_each(const char *runtime_dir, void (*visit)(const char *path, void *user), void *user)
{
    char folder[256], path[600];
    snprintf(folder, sizeof(folder), "%s/" FOLDER, runtime_dir);
    DIR *dir = opendir(folder);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        const char *dot = strrchr(d->d_name, '.');
        if (strncmp(d->d_name, PREFIX, sizeof(PREFIX) - 1) != 0 || !dot || strcmp(dot, SUFFIX) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
        visit(path, user);
    }
    if (dir)
        closedir(dir);
}
