#include "kwin/permit.h"

#include "base/env.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (64u * 1024)

static const char *const needed[] = {"zkde_screencast_unstable_v1", "kde_output_management_v2",
    "kde_output_device_v2", "org_kde_kwin_fake_input"};

/* ---- one file ---- */

/* The value of a key in the group [Desktop Entry]; NULL if there is none. */
static const char *value_of(const char *text, const char *key, size_t *ret_len)
{
    bool inside = false;
    size_t key_len = strlen(key);
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (text[0] == '[')
            inside = !strncmp(text, "[Desktop Entry]", 15);
        if (inside && len > key_len && !strncmp(text, key, key_len) && text[key_len] == '=') {
            *ret_len = len - key_len - 1;
            return text + key_len + 1;
        }
        text += len + (text[len] == '\n');
    }
    return NULL;
}

/* True if `word` is one of the list, which commas separate. */
static bool lists(const char *list, size_t len, const char *word)
{
    const char *end = list + len;
    while (list < end) {
        size_t n = 0;
        while (list + n < end && !strchr(",; \r", list[n]))
            n++;
        if (n == strlen(word) && !strncmp(list, word, n))
            return true;
        list += n + 1;
    }
    return false;
}

void pf_kwin_permit_read(const char *text, const char *program, struct pf_kwin_permit *ret_permit)
{
    size_t len = 0;
    struct pf_kwin_permit permit = {0};
    const char *exec = value_of(text, "Exec", &len);
    while (exec && len && strchr(" \r", exec[len - 1]))
        len--;
    permit.is_for_us = exec && len == strlen(program) && !strncmp(exec, program, len);
    const char *list = value_of(text, "X-KDE-Wayland-Interfaces", &len);
    for (size_t i = 0; !permit.has_missing && i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (list && lists(list, len, needed[i]))
            continue;
        permit.has_missing = true;
        snprintf(permit.missing, sizeof(permit.missing), "%s", needed[i]);
    }
    *ret_permit = permit;
}

/* ---- the machine ---- */

static bool look_at(const char *path, const char *program, struct pf_kwin_permit *ret_permit)
{
    char *text;
    size_t len;
    if (pf_file_read(path, FILE_MAX, &text, &len) < 0)
        return false;
    pf_kwin_permit_read(text, program, ret_permit);
    free(text);
    return ret_permit->is_for_us;
}

/* Searches one folder of applications. */
static bool search(const char *data_dir, size_t len, const char *program, char path[PATH_MAX],
    struct pf_kwin_permit *ret_permit)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%.*s/applications", (int)len, data_dir);
    DIR *dir = opendir(folder);
    bool found = false;
    for (struct dirent *d; dir && !found && (d = readdir(dir));) {
        size_t n = strlen(d->d_name);
        if (n < 8 || strcmp(d->d_name + n - 8, ".desktop") != 0)
            continue;
        if (snprintf(path, PATH_MAX, "%s/%s", folder, d->d_name) < PATH_MAX)
            found = look_at(path, program, ret_permit);
    }
    if (dir)
        closedir(dir);
    return found;
}

static bool search_all(const char *program, char path[PATH_MAX], struct pf_kwin_permit *ret_permit)
{
    char home[PATH_MAX] = "";
    const char *data_home = pf_env_get("XDG_DATA_HOME"), *dirs = pf_env_get("XDG_DATA_DIRS");
    if (data_home)
        snprintf(home, sizeof(home), "%s", data_home);
    else if (pf_env_get("HOME"))
        snprintf(home, sizeof(home), "%s/.local/share", pf_env_get("HOME"));
    if (home[0] && search(home, strlen(home), program, path, ret_permit))
        return true;
    for (const char *at = dirs ? dirs : "/usr/local/share:/usr/share"; *at;) {
        size_t len = strcspn(at, ":");
        if (len && search(at, len, program, path, ret_permit))
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

int pf_kwin_permit_explain(const char *lacking, struct pf_error *err)
{
    char program[PATH_MAX] = "", path[PATH_MAX];
    struct pf_kwin_permit permit;
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[n > 0 ? n : 0] = 0;
    if (strstr(program, " (deleted)"))
        return pf_error_set(err, -EACCES,
            "KWin keeps %s from this program, which was replaced while it ran; restart it", lacking);
    if (!search_all(program, path, &permit))
        return pf_error_set(err, -EACCES,
            "KWin keeps %s from this program: no installed application has Exec=%.100s; install %s in "
            "/usr/share/applications, then log out and in once",
            lacking, program, PF_KWIN_PERMIT_FILE);
    if (permit.has_missing)
        return pf_error_set(err, -EACCES,
            "KWin keeps %s from this program: X-KDE-Wayland-Interfaces in %.100s does not list %s; add it, "
            "then log "
            "out and in once",
            lacking, path, permit.missing);
    return pf_error_set(err, -EACCES,
        "KWin keeps %s from this program although %.100s is in order; log out and in once", lacking, path);
}
