#include "display/journal.h"

#include "base/args.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SCOPE  "journal"
#define PREFIX "desktop-journal-"
#define SUFFIX ".json"
#define LOCK   "desktop-journal.lock"
#define LIMIT  (256u << 10)

struct pf_journal {
    pthread_mutex_t lock;
    char *dir, *path; /* NULL: in memory only */
    struct pf_journal_list list;
};

/* ---- lists ---- */

static void entry_finish(struct pf_journal_entry *e)
{
    json_decref(e->before);
}

void pf_journal_list_finish(struct pf_journal_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        entry_finish(&list->item[i]);
    free(list->item);
    *list = (struct pf_journal_list){0};
}

void pf_journal_list_remove(struct pf_journal_list *list, size_t index)
{
    entry_finish(&list->item[index]);
    list->count--;
    memmove(
        &list->item[index], &list->item[index + 1], (list->count - index) * sizeof(struct pf_journal_entry));
}

static int append(struct pf_journal_list *list, const struct pf_journal_entry *e)
{
    if (list->count == PF_JOURNAL_MAX)
        return -ENOSPC;
    struct pf_journal_entry *item = realloc(list->item, (list->count + 1) * sizeof(*item));
    if (!item)
        return -ENOMEM;
    list->item = item;
    item[list->count] = *e;
    item[list->count++].before = json_incref(e->before);
    return 0;
}

/* NULL fits everything. */
static bool fits(const struct pf_journal_entry *e, const char *owner, const char *kind, const char *session,
    const char *name)
{
    return !strcmp(e->owner, owner) && (!kind || !strcmp(e->kind, kind)) &&
           (!session || !strcmp(e->session, session)) && (!name || !strcmp(e->name, name));
}

static struct pf_journal_entry *find(struct pf_journal_list *list, const struct pf_journal_entry *like)
{
    for (size_t i = 0; i < list->count; i++)
        if (fits(&list->item[i], like->owner, like->kind, like->session, like->name))
            return &list->item[i];
    return NULL;
}

/* ---- on disk ---- */

static json_t *to_json(const struct pf_journal_list *list)
{
    json_t *changes = json_array();
    char boot[PF_BOOT_ID_SIZE];
    pf_boot_id(boot);
    for (size_t i = 0; i < list->count; i++) {
        const struct pf_journal_entry *e = &list->item[i];
        json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:b}", "owner", e->owner, "kind", e->kind, "session",
            e->session, "name", e->name, "lasting", (int)e->lasting);
        if (e->before)
            json_object_set(one, "before", e->before);
        if (json_array_append_new(changes, one)) {
            json_decref(changes);
            return NULL;
        }
    }
    return json_pack("{s:i, s:s, s:i, s:I, s:o}", "version", 1, "boot", boot, "host_pid", (int)getpid(),
        "host_start", (json_int_t)pf_process_start_time(getpid()), "changes", changes);
}

static int write_json(const char *path, json_t *root, struct pf_error *err)
{
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return pf_error_set(err, -EINVAL, "cannot write %s: it has no place for such a name", path);
    int rc = pf_file_write(path, text, strlen(text), 0600, err);
    free(text);
    return rc;
}

/* Locked. */
static int save(struct pf_journal *j, struct pf_error *err)
{
    if (!j->path)
        return 0;
    if (!j->list.count)
        return unlink(j->path) < 0 && errno != ENOENT ? -errno : 0;
    int rc = pf_dir_make_private(j->dir, err);
    return rc ? rc : write_json(j->path, to_json(&j->list), err);
}

static bool take_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= size)
        return false;
    strcpy(out, text);
    return true;
}

static int from_json(const json_t *root, struct pf_journal_list *list)
{
    size_t i;
    json_t *one, *changes = json_object_get(root, "changes");
    if (!json_is_array(changes))
        return -EPROTO;
    json_array_foreach(changes, i, one)
    {
        struct pf_journal_entry e = {
            .lasting = json_is_true(json_object_get(one, "lasting")),
            .before = json_object_get(one, "before"),
        };
        if (!take_text(one, "owner", e.owner, sizeof(e.owner)) ||
            !take_text(one, "kind", e.kind, sizeof(e.kind)) ||
            !take_text(one, "session", e.session, sizeof(e.session)) ||
            !take_text(one, "name", e.name, sizeof(e.name)))
            return -EPROTO;
        int rc = append(list, &e);
        if (rc)
            return rc == -ENOSPC ? -EPROTO : rc;
    }
    return 0;
}

/* *ret_root belongs to the caller. */
static int load(const char *path, json_t **ret_root, struct pf_journal_list *ret_list)
{
    char *text;
    size_t len;
    int rc = pf_file_read(path, LIMIT, &text, &len);
    if (rc)
        return rc == -EFBIG ? -EPROTO : rc;
    json_t *root = json_loadb(text, len, 0, NULL);
    free(text);
    struct pf_journal_list list = {0};
    bool whole = json_integer_value(json_object_get(root, "version")) == 1 &&
                 json_is_string(json_object_get(root, "boot")) &&
                 json_integer_value(json_object_get(root, "host_pid")) > 0;
    rc = whole ? from_json(root, &list) : -EPROTO;
    if (rc) {
        pf_journal_list_finish(&list);
        json_decref(root);
        return rc;
    }
    *ret_root = root;
    *ret_list = list;
    return 0;
}

static bool is_same_boot(const json_t *root)
{
    char boot[PF_BOOT_ID_SIZE];
    pf_boot_id(boot);
    return !strcmp(json_string_value(json_object_get(root, "boot")), boot);
}

/* 0: the host that wrote it has ended. */
static pid_t live_host(const json_t *root)
{
    pid_t pid = (pid_t)json_integer_value(json_object_get(root, "host_pid"));
    uint64_t start = (uint64_t)json_integer_value(json_object_get(root, "host_start"));
    return is_same_boot(root) && start && pf_process_start_time(pid) == start ? pid : 0;
}

int pf_journal_read(const char *path, struct pf_journal_list *ret_list, pid_t *ret_live, bool *ret_same_boot)
{
    json_t *root;
    int rc = load(path, &root, ret_list);
    if (rc)
        return rc;
    *ret_live = live_host(root);
    *ret_same_boot = is_same_boot(root);
    json_decref(root);
    return 0;
}

/* ---- this process's own ---- */

int pf_journal_open(const char *dir, struct pf_journal **ret_journal)
{
    struct pf_journal *j = calloc(1, sizeof(*j));
    if (!j)
        return -ENOMEM;
    pthread_mutex_init(&j->lock, NULL);
    if (dir) {
        char name[64];
        snprintf(name, sizeof(name), PREFIX "%d" SUFFIX, (int)getpid());
        j->dir = strdup(dir);
        j->path = pf_path_join(dir, name);
        if (!j->dir) {
            pf_journal_close(j);
            return -ENOMEM;
        }
    }
    *ret_journal = j;
    return 0;
}

void pf_journal_close(struct pf_journal *j)
{
    if (!j)
        return;
    pf_journal_list_finish(&j->list);
    pthread_mutex_destroy(&j->lock);
    free(j->dir);
    free(j->path);
    free(j);
}

static int put(struct pf_journal *j, const struct pf_journal_entry *entry, bool replace, struct pf_error *err)
{
    pthread_mutex_lock(&j->lock);
    struct pf_journal_entry *old = find(&j->list, entry);
    int rc = 0;
    if (!old) {
        rc = append(&j->list, entry);
        if (rc)
            pf_error_set(err, rc, "the journal of changes cannot take another one");
    } else if (replace) {
        json_t *before = json_incref(entry->before);
        json_decref(old->before);
        *old = *entry;
        old->before = before;
    }
    if (!rc && (!old || replace))
        rc = save(j, err);
    pthread_mutex_unlock(&j->lock);
    return rc;
}

int pf_journal_note(struct pf_journal *j, const struct pf_journal_entry *entry, struct pf_error *err)
{
    return put(j, entry, false, err);
}

int pf_journal_set(struct pf_journal *j, const struct pf_journal_entry *entry, struct pf_error *err)
{
    return put(j, entry, true, err);
}

void pf_journal_forget(
    struct pf_journal *j, const char *owner, const char *kind, const char *session, const char *name)
{
    struct pf_error err = {"unknown reason"};
    pthread_mutex_lock(&j->lock);
    size_t before = j->list.count;
    for (size_t i = before; i-- > 0;)
        if (fits(&j->list.item[i], owner, kind, session, name))
            pf_journal_list_remove(&j->list, i);
    if (j->list.count != before && save(j, &err) < 0)
        pf_log_warn(SCOPE, "a change that is undone stays on file: %s", err.text);
    pthread_mutex_unlock(&j->lock);
}

int pf_journal_entries(struct pf_journal *j, const char *owner, const char *kind, const char *session,
    struct pf_journal_list *ret_list)
{
    struct pf_journal_list list = {0};
    int rc = 0;
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; !rc && i < j->list.count; i++)
        if (fits(&j->list.item[i], owner, kind, session, NULL))
            rc = append(&list, &j->list.item[i]);
    pthread_mutex_unlock(&j->lock);
    if (rc)
        pf_journal_list_finish(&list);
    else
        *ret_list = list;
    return rc;
}

/* All lasting entries. */
static int lasting_entries(struct pf_journal *j, struct pf_journal_list *list)
{
    int rc = 0;
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; !rc && i < j->list.count; i++)
        if (j->list.item[i].lasting)
            rc = append(list, &j->list.item[i]);
    pthread_mutex_unlock(&j->lock);
    return rc;
}

bool pf_journal_socket_of(const char *session, char ret_socket[108])
{
    const char *space = strrchr(session, ' ');
    if (!space || space == session || space - session >= 108)
        return false;
    snprintf(ret_socket, 108, "%.*s", (int)(space - session), session);
    return true;
}

void pf_journal_settle_lasting(struct pf_journal *own, pf_journal_undo undo, void *user)
{
    struct pf_journal_list all = {0}, open = {0};
    if (!lasting_entries(own, &all) && all.count && !lasting_entries(own, &open)) {
        undo(user, own, &open);
        for (size_t i = 0; i < all.count; i++) {
            const struct pf_journal_entry *e = &all.item[i];
            if (!find(&open, e))
                pf_journal_forget(own, e->owner, e->kind, e->session, e->name);
        }
    }
    pf_journal_list_finish(&all);
    pf_journal_list_finish(&open);
}

/* ---- those of the dead ---- */

static bool is_journal(const char *name)
{
    size_t len = strlen(name), ends = strlen(SUFFIX);
    return !strncmp(name, PREFIX, strlen(PREFIX)) && len > ends && !strcmp(name + len - ends, SUFFIX);
}

static void drop_stale(struct pf_journal_list *list)
{
    for (size_t i = list->count; i-- > 0;) {
        if (list->item[i].lasting)
            continue;
        pf_log_debug(SCOPE, "%s %s was changed before this machine started; nothing to undo",
            list->item[i].kind, list->item[i].name);
        pf_journal_list_remove(list, i);
    }
}

static void set_damaged_aside(const char *path, struct pf_journal_report *report)
{
    struct pf_error err = {"unknown reason"};
    report->damaged++;
    if (pf_file_set_aside(path, &err) < 0)
        pf_log_warn(SCOPE, "%s", err.text);
    else
        pf_log_warn(SCOPE,
            "%s is damaged and was set aside as %s.bad: what a former host changed on the desktop is not "
            "undone",
            path, path);
}

/* Writes back what is left, under the dead host's name; `root` is the file as it was. */
static void keep_rest(const char *path, json_t *root, const struct pf_journal_list *list)
{
    struct pf_error err = {"unknown reason"};
    json_t *mine = to_json(list);
    json_object_set(root, "changes", json_object_get(mine, "changes"));
    json_decref(mine);
    if (write_json(path, json_incref(root), &err) < 0)
        pf_log_warn(SCOPE, "%s", err.text);
}

static void recover_file(const char *path, struct pf_journal *own, pf_journal_undo undo, void *user,
    struct pf_journal_report *report)
{
    struct pf_journal_list list;
    json_t *root;
    int rc = load(path, &root, &list);
    if (rc == -EPROTO)
        set_damaged_aside(path, report);
    else if (rc && rc != -ENOENT)
        pf_log_warn(SCOPE, "cannot read %s: %s", path, strerror(-rc));
    if (rc)
        return;
    pid_t live = live_host(root);
    if (live) {
        report->live = live;
    } else {
        size_t before = list.count;
        report->dead++;
        if (!is_same_boot(root))
            drop_stale(&list);
        if (list.count)
            undo(user, own, &list);
        report->undone += (unsigned)(before - list.count);
        report->left += (unsigned)list.count;
        if (!list.count)
            unlink(path);
        else if (list.count != before)
            keep_rest(path, root, &list);
    }
    pf_journal_list_finish(&list);
    json_decref(root);
}

/* What a host left that was killed while it wrote: the file beside it, old or new, is whole. */
static void remove_half_written(const char *dir, const char *name)
{
    const char *rest;
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !(rest = strstr(name, SUFFIX ".tmp.")))
        return;
    char pid[16];
    long n;
    snprintf(pid, sizeof(pid), "%.*s", (int)(rest - name - (int)strlen(PREFIX)), name + strlen(PREFIX));
    if (!pf_parse_long(pid, 1, INT_MAX, &n) || pf_process_start_time((pid_t)n))
        return;
    char *path = pf_path_join(dir, name);
    unlink(path);
    free(path);
}

/* Two recoveries at once would both switch the same things. −1: it goes without a lock. */
static int lock_folder(const char *dir)
{
    char *path = pf_path_join(dir, LOCK);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (fd >= 0)
        while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
            ;
    return fd;
}

void pf_journal_recover(
    struct pf_journal *own, pf_journal_undo undo, void *user, struct pf_journal_report *ret_report)
{
    *ret_report = (struct pf_journal_report){0};
    DIR *dir = own->dir ? opendir(own->dir) : NULL;
    if (!dir)
        return;
    int lock = lock_folder(own->dir);
    for (struct dirent *d; (d = readdir(dir));) {
        remove_half_written(own->dir, d->d_name);
        if (!is_journal(d->d_name))
            continue;
        char *path = pf_path_join(own->dir, d->d_name);
        if (strcmp(path, own->path) != 0)
            recover_file(path, own, undo, user, ret_report);
        free(path);
    }
    if (lock >= 0)
        close(lock);
    closedir(dir);
}

/* ---- those of all ---- */

static int add_file(const char *path, bool of_live, struct pf_journal_list *list)
{
    struct pf_journal_list one;
    pid_t live = 0;
    bool same_boot = false;
    int rc = 0;
    if (pf_journal_read(path, &one, &live, &same_boot) < 0)
        return 0;
    for (size_t i = 0; rc == 0 && i < one.count && of_live == (live != 0); i++)
        if (same_boot || one.item[i].lasting)
            rc = append(list, &one.item[i]);
    pf_journal_list_finish(&one);
    return rc == -ENOSPC ? 0 : rc;
}

int pf_journal_survey(const char *dir, bool of_live, struct pf_journal_list *ret_list)
{
    struct pf_journal_list list = {0};
    DIR *folder = opendir(dir);
    int rc = 0;
    for (struct dirent *d; rc == 0 && folder && (d = readdir(folder));) {
        if (!is_journal(d->d_name))
            continue;
        char *path = pf_path_join(dir, d->d_name);
        rc = path ? add_file(path, of_live, &list) : -ENOMEM;
        free(path);
    }
    if (folder)
        closedir(folder);
    if (rc < 0)
        pf_journal_list_finish(&list);
    else
        *ret_list = list;
    return rc;
}
