/* A folder for one test, removed with what is in it. */
#ifndef PF_TESTS_TEMP_DIR_H
#define PF_TESTS_TEMP_DIR_H

#include "base/file.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_dir {
    char path[64];
};

static inline struct temp_dir temp_dir_make(void)
{
    struct temp_dir d = {"/tmp/pf-test-XXXXXX"};
    if (!mkdtemp(d.path))
        abort();
    return d;
}

static inline int temp_dir_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void temp_dir_remove(struct temp_dir *d)
{
    nftw(d->path, temp_dir_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void temp_dir_write(struct temp_dir *d, const char *name, const char *text)
{
    char *path = pf_path_join(d->path, name);
    if (pf_file_write(path, text, strlen(text), 0644, NULL) < 0)
        abort();
    free(path);
}

/* Content of the file, or NULL; free() it. */
static inline char *temp_dir_read(struct temp_dir *d, const char *name)
{
    char *path = pf_path_join(d->path, name), *text = NULL;
    size_t len;
    if (pf_file_read(path, 1 << 20, &text, &len) < 0)
        text = NULL;
    free(path);
    return text;
}

static inline mode_t temp_dir_mode(struct temp_dir *d, const char *name)
{
    char *path = pf_path_join(d->path, name);
    struct stat st;
    mode_t mode = stat(path, &st) < 0 ? 0 : st.st_mode & 07777;
    free(path);
    return mode;
}

#endif
